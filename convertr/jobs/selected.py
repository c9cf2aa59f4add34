"""Verifying an act on what is selected in a list."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render

from convertr.accounts.access import SignedInRequest
from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.jobs.views import context_of
from convertr.ui.lists import List
from convertr.ui.lists.selection import Selection
from convertr.ui.responses import toast


def verify_selected(
    request: SignedInRequest, list_class: type[List], verify: Callable[[list[int]], Job]
) -> HttpResponse:
    """The modal with the result of `verify` on the selected ids; a toast where it is refused."""
    try:
        selection = Selection.from_request(request, list_class)
        job = verify(list(selection.queryset.order_by("pk").values_list("pk", flat=True)))
    except DomainError as refused:
        return toast(HttpResponse(status=204), str(refused), level="error")
    return render(request, "jobs/modal.html", context_of(request.user, job))
