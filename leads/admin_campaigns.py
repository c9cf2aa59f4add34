"""A campaign in the Django admin with the fields and rules of its leads.

The ground registers campaigns without them, for it knows no leads: here they are registered anew.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from convertr.network.admin import CampaignAdmin
from convertr.network.models import Campaign
from leads.models import CampaignField, ProcessorJob, ValueTransform
from leads.setup import services
from leads.transforms import BadOptions


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field of a campaign; its name stays what leads call it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "name" in self.fields:
            self.fields["name"].disabled = True


class FieldFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """A field that is used can't be removed."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            refused = services.refusal_to_remove(form.instance) if form.instance.pk else None
            if refused:
                raise ValidationError(f"{form.instance.name}: {refused}")


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule of a kind of the registry, with options as JSON of which it can be made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = services.kinds_of(self._meta.model)
        known = [(kind.name, str(kind.label)) for kind in kinds]
        now = self.instance.kind
        gone = [(now, now)] if now and now not in dict(known) else []
        choices = [("", "–"), *sorted(known, key=lambda pair: pair[1]), *gone]
        if "options" in self.fields:
            self.fields["options"].widget.attrs["rows"] = 2
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(
                label=_("Kind"), choices=choices, widget=UnfoldAdminSelectWidget
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        options = cleaned.get("options") or {}
        if not isinstance(options, dict):
            self.add_error("options", _("Options are a JSON object in braces."))
        elif not self.errors:
            rule = self._meta.model(
                kind=cleaned.get("kind", ""), field=cleaned.get("field", ""), options=options
            )
            try:
                services.check_rule(rule)
            except BadOptions as bad:
                self.add_error("options", str(bad))
        return cleaned

    def clean_options(self) -> Any:
        return self.cleaned_data["options"] or {}


class Inline(TabularInline):  # type: ignore[misc]
    extra = 0


class FieldInline(Inline):
    model = CampaignField
    form, formset = FieldForm, FieldFormSet
    fields = ("position", "name", "label", "kind", "required")


class TransformInline(Inline):
    model = ValueTransform
    form = RuleForm
    fields = ("position", "kind", "field", "options", "active")


class JobInline(Inline):
    model = ProcessorJob
    form = RuleForm
    fields = (
        "position", "kind", "field", "options", "score", "hardfail", "condition_field",
        "condition_value", "active",
    )  # fmt: skip


admin.site.unregister(Campaign)


@admin.register(Campaign)
class LeadCampaignAdmin(CampaignAdmin):
    """The set-up page of a campaign does the same, with a form for each rule and a try-out."""

    inlines = (FieldInline, TransformInline, JobInline)
