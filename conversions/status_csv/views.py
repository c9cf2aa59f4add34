"""Verify a status for what was selected in the list."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from conversions.rules import ASSIGNABLE, Status
from conversions.selected import verify_selected
from conversions.status_csv import services
from conversions.status_csv.kinds import PERMISSION
from convertr.accounts.access import SignedInRequest, permission_required


@permission_required(PERMISSION)
@require_POST
def select(request: SignedInRequest) -> HttpResponse:
    """Verify one status for what is selected in the list (the list's form, with `status`)."""
    status = request.POST.get("status", "")
    if status not in ASSIGNABLE:
        raise Http404
    return verify_selected(
        request,
        lambda ids: services.verify_selection(actor=request.user, ids=ids, status=Status(status)),
    )
