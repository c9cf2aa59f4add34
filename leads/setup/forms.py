"""The forms of a campaign's set-up: of fields, and of rules, built from their declared options.

What was typed for an option is read by the rule itself, so that a form and the admin say the same.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Campaign
from leads import processors, transforms
from leads.models import CampaignField, ProcessorJob, ValueTransform
from leads.setup.services import RuleModel
from leads.transforms import BadOptions
from leads.transforms.base import Rule as RuleKind
from leads.transforms.options import Option

# Options are called as their rule calls them: kept apart from what all rules have.
OPTION = "option-"
NONE = [("", "–")]


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field; its name only as long as it is new."""

    class Meta:
        model = CampaignField
        fields = ("name", "label", "kind", "required")
        labels = {
            "name": _("Name"),
            "label": _("Label"),
            "kind": _("Kind"),
            "required": _("Required"),
        }
        help_texts = {
            "name": _("As partners send it, such as firstName. It can't be changed later."),
            "label": _("As people here read it."),
            "kind": _("What it holds: by it e-mail addresses, telephones and names are found."),
            "required": _("Without it a lead is refused when it comes in."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["name"]

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class RuleForm(forms.Form):
    """A rule of one kind: the field that it is about, its options, and what a job has besides."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        model: RuleModel,
        kind: type[RuleKind],
        campaign: Campaign,
        rule: ValueTransform | ProcessorJob | None = None,
    ) -> None:
        super().__init__(data)
        self.model, self.kind, self.rule = model, kind, rule
        self.names = [(one.name, _named(one)) for one in campaign.lead_fields.all()]
        stored = rule.options if rule else {}
        if kind.needs_field:
            text = _t("Field")
            self.fields["field"] = self._field_choice(text, rule.field if rule else "", needed=True)
        for option in kind.options:
            self.fields[f"{OPTION}{option.name}"] = self._of_option(option, stored)
        if model is ProcessorJob:
            self._add_job_fields(rule)

    # --- what it asks for ---

    def _field_choice(self, label: str | Promise, now: str, *, needed: bool) -> forms.Field:
        """The campaign's fields; one that is no more, too, as long as it is chosen."""
        gone = [(now, now)] if now and now not in dict(self.names) else []
        choices = [*NONE, *self.names, *gone]
        return forms.ChoiceField(label=str(label), choices=choices, required=needed, initial=now)

    def _of_option(self, option: Option, stored: Mapping[str, Any]) -> forms.Field:
        value = stored.get(option.name, option.default)
        common: dict[str, Any] = {
            "label": option.label,
            "required": option.required,
            "help_text": option.help,
            "initial": _typed(option, value),
        }
        if option.kind == "yes":
            return forms.BooleanField(**{**common, "required": False})
        if option.kind == "choice":
            needed = option.required or option.default is not None
            choices = [*([] if needed else NONE), *option.choices]
            return forms.ChoiceField(choices=choices, **common)
        if option.kind == "field":
            field = self._field_choice(option.label, str(value or ""), needed=option.required)
            field.help_text = option.help  # type: ignore[assignment]
            return field
        return forms.CharField(strip=False, widget=_widget(option), **common)

    def _add_job_fields(self, rule: Any) -> None:
        self.fields["score"] = forms.IntegerField(
            label=_t("Score"),
            min_value=0,
            max_value=1_000,
            initial=rule.score if rule else 10,
            help_text=_t("The points of a lead that passes."),
        )
        self.fields["hardfail"] = forms.BooleanField(
            label=_t("Hardfail: a lead that fails it is invalid, whatever its score"),
            required=False,
            initial=bool(rule and rule.hardfail),
        )
        self.fields["condition_field"] = self._field_choice(
            _t("Only if"), rule.condition_field if rule else "", needed=False
        )
        self.fields["condition_value"] = forms.CharField(
            label=_t("is one of"),
            required=False,
            max_length=255,
            initial=rule.condition_value if rule else "",
            help_text=_t("Between semicolons, in any case."),
        )

    # --- what was typed ---

    def clean(self) -> dict[str, Any]:
        """All that is wrong with the options is told at once, each at its field."""
        cleaned = super().clean() or {}
        options = dict(self._read(cleaned))
        if not self.errors:
            self._try(cleaned.get("field", ""), options)
        if cleaned.get("condition_value") and not cleaned.get("condition_field"):
            self.add_error("condition_field", _t("Choose the field that has to be this."))
        self.options = options
        return cleaned

    def _read(self, cleaned: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for option in self.kind.options:
            name = f"{OPTION}{option.name}"
            if name not in cleaned:
                continue
            try:
                typed = _parsed(option, cleaned[name])
                value = option.read(typed)
                self._known(option, value)
            except BadOptions as bad:
                self.add_error(name, _without_label(option, bad))
                continue
            # What nobody has typed is the rule's default, now and later.
            if typed not in (None, ""):
                yield option.name, list(value) if isinstance(value, tuple) else value

    def _known(self, option: Option, value: Any) -> None:
        """BadOptions for the name of a field that the campaign doesn't have."""
        named = value if option.kind == "fields" else ()
        for name in named:
            if name not in dict(self.names):
                raise option.bad(_t("the campaign has no field “%(name)s”.") % {"name": name})

    def _try(self, field: str, options: Mapping[str, Any]) -> None:
        """Make the rule, to see whether its options go together."""
        make = transforms.make if self.model is ValueTransform else processors.make
        try:
            make(self.kind.name, field, options)
        except BadOptions as bad:
            if option := _meant(self.kind, bad):
                self.add_error(f"{OPTION}{option.name}", _without_label(option, bad))
            else:
                self.add_error(None, str(bad))

    def values(self) -> dict[str, Any]:
        """What the services take."""
        own = {n: v for n, v in self.cleaned_data.items() if not n.startswith(OPTION)}
        return {"field": "", **own, "options": self.options}


def _named(field: CampaignField) -> str:
    return f"{field.name} ({field.label})" if field.label else field.name


def _widget(option: Option) -> forms.Widget:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    if option.kind in ("lines", "map"):
        return forms.Textarea({**attrs, "rows": 5})
    if option.kind == "number":
        return forms.TextInput({**attrs, "inputmode": "numeric"})
    return forms.TextInput(attrs)


def _typed(option: Option, value: Any) -> Any:
    """A stored value as a person types it."""
    if value is None or option.kind in ("yes", "choice", "text"):
        return value
    if option.kind == "map" and isinstance(value, Mapping):
        if any("=" in old for old in value):
            return json.dumps(dict(value), ensure_ascii=False, indent=1)
        return "\n".join(f"{old} = {new}" for old, new in value.items())
    if isinstance(value, list | tuple):
        return ("\n" if option.kind == "lines" else ", ").join(map(str, value))
    return str(value)


def _parsed(option: Option, typed: Any) -> Any:
    """A map may be typed as JSON, which knows values with “=” in them."""
    if option.kind == "map" and isinstance(typed, str) and typed.lstrip().startswith("{"):
        try:
            return json.loads(typed)
        except (ValueError, RecursionError):
            raise option.bad(_t("this is no JSON object.")) from None
    return typed


def _meant(kind: type[RuleKind], bad: BadOptions) -> Option | None:
    """The option that an error is about: the one that it begins with, else one that it names."""
    text = str(bad).casefold()
    first = (o for o in kind.options if text.startswith(f"{o.label}:".casefold()))
    named = (o for o in kind.options if str(o.label).casefold() in text)
    return next(first, None) or next(named, None)


def _without_label(option: Option, bad: BadOptions) -> str:
    """The error at its field, which says the label already."""
    text = str(bad).removeprefix(f"{option.label}:").strip()
    return text[:1].upper() + text[1:]
