"""The forms with which a request is raised and edited: one field for each that can be asked for.

A change starts from what the conversion has. What stood in the form when it was shown comes back
with it (`was_…`), so that only what the person changed is asked for, whatever happened since.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from conversions.models import Reason
from conversions.rules import ASSIGNABLE
from conversions.rules import Status as ConversionStatus
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.texts import render
from convertr.network.models import Offer, OfferEvent, Partner
from requests_workflow import wanted
from requests_workflow.models import LONGEST_TEXT, ConversionRequest
from requests_workflow.rules import Type
from requests_workflow.services.raising import offers_for
from requests_workflow.shown import label

MOST_NAMES = 200
# Where errors of the services belong that name no column.
FIELD_OF = {
    "bad_conversion_status": "status",
    "open_not_possible": "status",
    "unknown_reason": "reason_code",
    "amount_too_large": "sale_amount",
    "offer_unknown": "offer",
    "event_unknown": "event",
    "partner_unknown": "partner",
    "partner_not_on_offer": "partner",
    "comment_bad": "comment",
}


class WantedForm(forms.Form):
    """What both kinds have: the fields asked for, and a first comment.

    `kept` are reasons that can be chosen though they are retired: what it is already.
    """

    type: Type
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever decides reads it, and so does whoever raised the request."),
    )

    def __init__(
        self, *args: Any, user: User, kept: Iterable[str | None] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {code for code in kept if code}
        self.names = wanted.names_for(self.type, is_partner=user.is_partner)
        for name in self.names:
            self.fields[name] = self._field(name)
        self.order_fields([*self.order(), "comment"])

    def order(self) -> list[str]:
        return self.names

    def _field(self, name: str) -> forms.Field:
        kind, shown = wanted.FIELDS[name].kind, label(name)
        if kind == "status":
            return forms.ChoiceField(label=shown, required=False, choices=self.statuses())
        if kind == "reason":
            text, choices = _("With the status Rejected."), self.reasons()
            return forms.ChoiceField(label=shown, required=False, choices=choices, help_text=text)
        if kind == "time":
            picker = forms.DateTimeInput(
                {"type": "datetime-local", "step": "1"}, "%Y-%m-%dT%H:%M:%S"
            )
            return forms.DateTimeField(label=shown, required=False, widget=picker)
        attrs = {"inputmode": "decimal", "autocomplete": "off"} if kind == "money" else {}
        widget_class = forms.Textarea if kind == "note" else forms.TextInput
        widget = widget_class({**attrs, **({"rows": 2} if kind == "note" else {})})
        return forms.CharField(label=shown, required=False, widget=widget, strip=kind != "note")

    def reasons(self) -> list[tuple[str, Any]]:
        chosen = Reason.objects.filter(Q(retired=False) | Q(code__in=self.kept))
        known = list(chosen.values_list("code", "text"))
        gone = self.kept - {code for code, _text in known}
        return [("", "–"), *known, *((code, code) for code in sorted(gone))]

    def statuses(self) -> list[tuple[str, Any]]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """All that can't be kept is told at once, each at its field."""
        cleaned = super().clean() or {}
        for name, value in self._written(cleaned).items():
            try:
                wanted.FIELDS[name].read(name, value)
            except wanted.BadValue as error:
                self._tell(name, error.code, error.params)
        return cleaned

    def _tell(self, name: str | None, code: str, params: Mapping[str, Any]) -> None:
        shown = {**params, "column": label(name)} if name else params
        text = render(code, shown)
        self.add_error(name, f"{text[:1].upper()}{text[1:]}.")

    def _written(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        """What was written, by field; what was left empty isn't asked for."""
        return {n: _text(cleaned[n]) for n in self.names if cleaned.get(n) not in (None, "")}

    def asked(self) -> dict[str, str]:
        """What a valid form asks for, as the services take it."""
        return self._written(self.cleaned_data)

    def refuse(self, refused: DomainError) -> None:
        """Put a service's refusal where it belongs."""
        name = refused.params.get("column") or FIELD_OF.get(refused.code)
        self.add_error(name if name in self.fields else None, str(refused))

    def money_fields(self) -> Iterator[BoundField]:
        return self._shown("status", "reason", "money")

    def key_fields(self) -> Iterator[BoundField]:
        return self._shown("text", "time", "note")

    def _shown(self, *kinds: str) -> Iterator[BoundField]:
        return (self[name] for name in self.names if wanted.FIELDS[name].kind in kinds)


class CreateForm(WantedForm):
    """A conversion that was not tracked."""

    type = Type.CREATE
    offer = forms.ModelChoiceField(
        label=_("Offer"), queryset=Offer.objects.none(), empty_label=_("Choose an offer")
    )
    event = forms.CharField(
        label=_("Event"),
        required=False,
        max_length=100,
        help_text=_("The name of one of the offer's events; empty: Base."),
        widget=forms.TextInput({"list": "event-names", "autocomplete": "off"}),
    )
    partner = forms.ModelChoiceField(
        label=_("Partner"), queryset=Partner.objects.none(), empty_label=_("Choose a partner")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer, partner = self.fields["offer"], self.fields["partner"]
        assert isinstance(offer, forms.ModelChoiceField)  # noqa: S101  tells mypy which kind
        assert isinstance(partner, forms.ModelChoiceField)  # noqa: S101  the same
        self.offers = offer.queryset = offers_for(user)
        partner.queryset = Partner.objects.filter(is_house=False)
        if user.is_partner:
            del self.fields["partner"]
        self.fields["sale_amount"].help_text = _("What percentage rates apply to.")
        self.fields["payout"].help_text = _("Empty: what the offer pays.")

    def order(self) -> list[str]:
        return ["offer", "event", "partner", *self.names]

    def statuses(self) -> list[tuple[str, Any]]:
        return [(s.value, s.label) for s in (ConversionStatus.PENDING, *ASSIGNABLE)]

    def clean_event(self) -> str:
        name = str(self.cleaned_data["event"]).strip() or OfferEvent.BASE
        offer = self.cleaned_data.get("offer")
        if offer and not offer.events.filter(name=name).exists():
            raise forms.ValidationError(_("The offer has no event with this name."))
        return name

    def event_names(self) -> list[str]:
        """What the events of these offers are called, for the browser to offer."""
        events = OfferEvent.objects.filter(offer__in=self.offers).exclude(name=OfferEvent.BASE)
        names = events.order_by("name").values_list("name", flat=True)
        return list(names.distinct()[:MOST_NAMES])

    def head_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in ("offer", "partner", "event") if name in self.fields)


class ChangeForm(WantedForm):
    """A tracked conversion, as it is; what one changes is asked for."""

    type = Type.CHANGE

    def __init__(
        self,
        *args: Any,
        user: User,
        present: Mapping[str, Any],
        kept: Iterable[str | None] = (),
        **kwargs: Any,
    ) -> None:
        self.present = present
        kept = (present.get("reason_code"), *kept)
        super().__init__(*args, user=user, kept=kept, **kwargs)
        for name in self.names:
            was = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
            was.initial = shown_as(name, present.get(name))
            self.fields[f"was_{name}"] = was
            self.fields[name].initial = was.initial

    @classmethod
    def editing(
        cls, data: Any, *, user: User, request: ConversionRequest, present: Mapping[str, Any]
    ) -> "ChangeForm":
        """The form of a request that is there, with what it asks for so far."""
        kept = [request.wanted.get("reason_code")]
        form = cls(data, user=user, present=present, kept=kept)
        for name in form.names:
            if name in request.wanted:
                form.fields[name].initial = shown_as(name, request.wanted[name])
        del form.fields["comment"]
        return form

    def statuses(self) -> list[tuple[str, Any]]:
        now = self.present.get("status") or ""
        own = [(now, ConversionStatus(now).label)] if now and now not in ASSIGNABLE else []
        return [*own, *((s.value, s.label) for s in ASSIGNABLE)]

    def _written(self, cleaned: Mapping[str, Any]) -> dict[str, str]:
        """What differs from what was shown; a text can be emptied, an amount can't."""
        differing = {}
        for name in self.names:
            value = _text(cleaned.get(name, ""))
            kind = wanted.FIELDS[name].kind
            was = str(cleaned.get(f"was_{name}", ""))
            # A line's field drops breaks and blanks around it, which isn't a wish.
            was = was if kind == "note" else "".join(was.splitlines()).strip()
            if value != was and (value or kind in ("text", "note")):
                differing[name] = value
        if differing.get("status") == ConversionStatus.REJECTED and cleaned.get("reason_code"):
            differing["reason_code"] = _text(cleaned["reason_code"])
        return differing

    def hidden_inputs(self) -> Iterator[BoundField]:
        return (self[f"was_{name}"] for name in self.names)


class EditCreateForm(CreateForm):
    """A request for a new conversion that is there: its parties stay."""

    def __init__(self, *args: Any, user: User, request: ConversionRequest, **kwargs: Any) -> None:
        kept = [request.wanted.get("reason_code")]
        super().__init__(*args, user=user, kept=kept, **kwargs)
        for name in ("offer", "event", "partner", "comment"):
            self.fields.pop(name, None)
        for name in self.names:
            if name in request.wanted:
                self.fields[name].initial = shown_as(name, request.wanted[name])


class FindForm(forms.Form):
    """Which conversion is to be changed."""

    conversion = forms.CharField(
        label=_("Conversion ID or UUID"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


def shown_as(name: str, text: Any) -> Any:
    """A kept text as its field begins with it: amounts without zeros that say nothing."""
    if text in (None, ""):
        return ""
    if wanted.FIELDS[name].kind == "time":
        return parse_datetime(text)
    if wanted.FIELDS[name].kind == "money":
        amount = Decimal(text)
        cents = amount.quantize(Decimal("0.01"))
        return str(cents) if cents == amount else f"{amount.normalize():f}"
    return str(text)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
