"""Verifying an act on what is selected in the conversions list."""

from collections.abc import Callable

from django.http import HttpResponse

from conversions.views import ConversionList
from convertr.accounts.access import SignedInRequest
from convertr.jobs import selected
from convertr.jobs.models import Job


def verify_selected(request: SignedInRequest, verify: Callable[[list[int]], Job]) -> HttpResponse:
    """The modal with the result of `verify` on the selected ids; a toast where it is refused."""
    return selected.verify_selected(request, ConversionList, verify)
