"""What an integration is called and what it sends when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches.rules import Kind
from convertr.network.models import Campaign

ABOUT = {
    Kind.DEFAULT: _("Default: each lead in one file"),
    Kind.CUMULATIVE: _("Cumulative: each file holds all leads so far that are still valid"),
    Kind.REALTIME: _("Real-time: each lead at once, by HTTP"),
}


class GeneralForm(forms.Form):
    """Of an existing one the type stays on its side: in batches, or in real time."""

    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        help_text=_("As people here call it; file names may, too."),
    )
    kind = forms.ChoiceField(label=_("Type"), choices=[], widget=forms.RadioSelect)

    def __init__(self, *args: Any, now: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = list(Kind)
        if now:
            kinds = [kind for kind in kinds if (kind == Kind.REALTIME) == (now == Kind.REALTIME)]
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy which kind
        field.choices = [(kind.value, ABOUT[kind]) for kind in kinds]


class CampaignField(forms.ModelChoiceField[Campaign]):
    """Campaigns of one name are told apart by their advertiser and number."""

    def label_from_instance(self, obj: Campaign) -> str:
        return f"{obj} · {obj.advertiser} · {obj.pk}"


class CampaignForm(forms.Form):
    """The first question of a new one: its fields depend on it."""

    campaign = CampaignField(
        label=_("Campaign"), queryset=Campaign.objects.select_related("advertiser")
    )
