"""Verify "Mark paid (lock)" or "Unlock" for what was selected in the list."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from conversions.locking import services
from conversions.locking.kinds import PERMISSION
from conversions.selected import verify_selected
from convertr.accounts.access import SignedInRequest, permission_required


@permission_required(PERMISSION)
@require_POST
def select(request: SignedInRequest) -> HttpResponse:
    """Verify `act`, lock or unlock, for what is selected in the list (the list's form)."""
    act = request.POST.get("act", "")
    if act not in services.ACTS:
        raise Http404
    return verify_selected(
        request, lambda ids: services.verify_selection(actor=request.user, act=act, ids=ids)
    )
