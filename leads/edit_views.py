"""The page on which a lead's fields are edited."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError
from convertr.jobs.texts import render as text_of
from leads import editing, rules
from leads.access import VIEW, lead_for
from leads.intake import RefusedError
from leads.models import CampaignField, Lead
from leads.rules import Processing

# Fields of the campaign are called as the campaign calls them: kept apart from ours.
PREFIX, WAS = "value", "was."
SAVED: dict[Processing, str | Promise] = {
    Processing.COMPLETE: _("Saved, and processed anew."),
    Processing.ON_HOLD: _("Saved. It is on hold: its campaign has no processor job."),
    Processing.FAILED: _("Saved, but a rule of its campaign failed: see below which."),
}


class EditForm(forms.Form):
    """One field for each of the campaign's; what is typed is checked by the service.

    What stood in a field when it was shown comes back with it (`was`), so that only what the person
    changed is written, whatever happened since.
    """

    def __init__(self, data: QueryDict | None = None, *, lead: Lead) -> None:
        self.changed: dict[str, str] = {}
        fields = list(lead.campaign.lead_fields.all())
        present = {field.name: lead.received.get(field.name, "") for field in fields}
        if data is not None:
            data = self._read(data.copy(), present)
        super().__init__(data, prefix=PREFIX, initial=present)
        for field in fields:
            was = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
            was.initial = present[field.name]
            self.fields[field.name] = _field(field, present[field.name])
            self.fields[f"{WAS}{field.name}"] = was

    def _read(self, data: QueryDict, present: Mapping[str, str]) -> QueryDict:
        """Note what the person changed; all else is shown as it is now."""
        for name, now in present.items():
            key, was_key = f"{PREFIX}-{name}", f"{PREFIX}-{WAS}{name}"
            typed, was = data.get(key, ""), data.get(was_key, "")
            # Browsers write line ends in their own way.
            if typed.splitlines() == was.splitlines():
                data[key] = now
            else:
                self.changed[name] = typed
            data[was_key] = now
        return data

    def refuse(self, refused: DomainError) -> None:
        """What is wrong, each at its field."""
        if not isinstance(refused, RefusedError):
            self.add_error(None, str(refused))
            return
        for problem in refused.refused[0].problems:
            self.add_error(problem.field, f"{text_of(problem.code, problem.params)}.")


def _field(field: CampaignField, value: str) -> forms.Field:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    many_lines = "\n" in value or "\r" in value
    widget = forms.Textarea({**attrs, "rows": 3}) if many_lines else forms.TextInput(attrs)
    return forms.CharField(
        label=str(field), required=field.required, strip=False, widget=widget, initial=value
    )


@sensitive_post_parameters()
@permission_required(VIEW, rules.FLAG)
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, lead_id: int) -> HttpResponse:
    """Edit a lead's fields; saving processes it anew."""
    lead = lead_for(request.user, lead_id)
    if request.method == "GET":
        if refused := editing.refusal(lead):
            messages.error(request, str(refused))
            return redirect(lead)
        return _page(request, lead, EditForm(lead=lead))
    form = EditForm(request.POST, lead=lead)
    if form.is_valid():
        try:
            came = editing.edit(
                actor=request.user, lead=lead, version=_version(request), typed=form.changed
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            told = SAVED[came] if came else _("Nothing was changed.")
            messages.success(request, str(told))
            return redirect(lead)
    return _page(request, lead, form)


def _version(request: SignedInRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _page(request: SignedInRequest, lead: Lead, form: EditForm) -> HttpResponse:
    # Saved again after being told, what was typed is meant for the lead as it is now.
    context = {"lead": lead, "form": form, "version": lead.version}
    return render(request, "leads/edit.html", context, status=422 if form.errors else 200)
