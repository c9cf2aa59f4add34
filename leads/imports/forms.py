"""The form with which a file of leads is uploaded."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.network.models import Campaign, Partner, Status


class UploadForm(forms.Form):
    """Which campaign, from which partner; the file itself is the view's."""

    campaign = forms.ModelChoiceField(
        label=_("Campaign"), queryset=Campaign.objects.none(), empty_label=_("Choose a campaign")
    )
    partner = forms.ModelChoiceField(
        label=_("Partner who brought them"),
        queryset=Partner.objects.filter(status=Status.ACTIVE),
        empty_label=_("Choose a partner"),
    )
    replacement = forms.BooleanField(
        label=_("These are replacements"),
        required=False,
        help_text=_("Each lead is marked as the replacement of another; its status is its own."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        running = Q(ends_on=None) | Q(ends_on__gte=timezone.now().date())
        campaigns = Campaign.objects.filter(running, status=Status.ACTIVE)
        self.fields["campaign"].queryset = campaigns  # type: ignore[attr-defined]
