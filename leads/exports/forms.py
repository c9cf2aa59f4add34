"""The form of an export's conditions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Campaign, Partner
from convertr.ui.lists.filters import DAY
from leads.exports.conditions import Conditions
from leads.filters import NO_STATUS
from leads.rules import Status

ANY = ("", _("Any"))


class ConditionsForm(forms.Form):
    """What narrows an export; what is left empty narrows nothing."""

    campaign = forms.ModelMultipleChoiceField(
        label=_("Campaigns"),
        queryset=Campaign.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    partner = forms.ModelMultipleChoiceField(
        label=_("Partners"),
        queryset=Partner.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    status = forms.MultipleChoiceField(
        label=_("Status"),
        choices=[(status or NO_STATUS, status.label) for status in Status],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    delivered = forms.ChoiceField(
        label=_("Delivery"),
        choices=[ANY, ("1", _("Delivered")), ("0", _("Undelivered"))],
        required=False,
    )
    replacement = forms.ChoiceField(
        label=_("Replacement"),
        choices=[ANY, ("1", _("Replacements")), ("0", _("No replacements"))],
        required=False,
    )
    since = forms.DateField(label=_("Created from"), required=False, widget=DAY)
    until = forms.DateField(label=_("Created to"), required=False, widget=DAY)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("It ends before it begins."))
        return cleaned

    def conditions(self) -> Conditions:
        """What a valid form asks for."""
        told = self.cleaned_data
        found: Conditions = {
            "campaign": sorted(one.pk for one in told["campaign"]),
            "partner": sorted(one.pk for one in told["partner"]),
            "status": told["status"],
        }
        found |= {name: told[name] == "1" for name in ("delivered", "replacement") if told[name]}
        days = {name: told[name] for name in ("since", "until")}
        found |= {name: day.isoformat() for name, day in days.items() if day}
        return {name: value for name, value in found.items() if value != []}


def initial_of(conditions: Conditions) -> dict[str, Any]:
    """A form's first values from kept conditions."""
    return {name: _word(value) for name, value in conditions.items()}


def _word(value: Any) -> Any:
    return str(int(value)) if isinstance(value, bool) else value
