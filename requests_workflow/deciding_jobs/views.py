"""Verify a decision of what was selected in the Explorer."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from convertr.accounts.access import SignedInRequest, permission_required
from convertr.jobs.selected import verify_selected
from convertr.ui.lists.definition import registered
from requests_workflow.deciding_jobs import services
from requests_workflow.rules import DECIDE, Move

LIST = "requests"
# What a selection can be decided to.
MOVES = (Move.ACCEPT, Move.REJECT, Move.RETRY)


@permission_required(DECIDE)
@require_POST
def select(request: SignedInRequest) -> HttpResponse:
    """Verify `move` (accept, reject or retry) for what is selected in the list (its form)."""
    move = request.POST.get("move", "")
    if move not in MOVES:
        raise Http404
    return verify_selected(
        request,
        registered(LIST),
        lambda ids: services.verify_selection(actor=request.user, move=Move(move), ids=ids),
    )
