"""The form of a postback, for agency with its partner, for a partner's person without."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from conversions.partner_postbacks.models import (
    LONGEST_URL,
    MOST_DELAY_SECONDS,
    TOLD,
    Method,
    PartnerPostback,
)
from conversions.partner_postbacks.texts import macro_list, url_problem
from convertr.accounts.models import User
from convertr.network.models import Offer, Partner

STATUSES = [(status.value, status.label) for status in TOLD]
# Where the errors of services belong.
FIELD_OF = {"bad_url": "url", "bad_statuses": "statuses", "not_its_offer": "offer"}


class PostbackForm(forms.Form):
    partner = forms.ModelChoiceField(label=_("Partner"), queryset=Partner.objects.none())
    offer = forms.ModelChoiceField(
        label=_("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        empty_label=_("All offers of the partner"),
    )
    method = forms.ChoiceField(label=_("Method"), choices=Method.choices, initial=Method.GET)
    url = forms.CharField(
        label=_("URL"),
        max_length=LONGEST_URL,
        help_text=macro_list(),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
    )
    statuses = forms.MultipleChoiceField(
        label=_("When a conversion becomes"),
        choices=STATUSES,
        initial=[status.value for status in TOLD],
        widget=forms.CheckboxSelectMultiple,
    )
    delay_seconds = forms.IntegerField(
        label=_("Delay in seconds"),
        min_value=0,
        max_value=MOST_DELAY_SECONDS,
        initial=0,
        help_text=_("Up to 300. A change taken back within it is never told."),
    )

    def __init__(self, *args: Any, user: User, postback: PartnerPostback | None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        partner = postback.partner if postback else user.partner
        if partner is None:
            self._field("partner").queryset = Partner.objects.filter(is_house=False)
        else:
            del self.fields["partner"]
        self._field("offer").queryset = _offers(partner)

    def _field(self, name: str) -> "forms.ModelChoiceField[Any]":
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells mypy which kind
        return field

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if problem := url_problem(url):
            raise forms.ValidationError(str(problem), code="bad_url")
        return url


def _offers(partner: Partner | None) -> QuerySet[Offer]:
    """The partner's; before one was chosen any, which the service then looks at."""
    return partner.offers.all() if partner else Offer.objects.all()
