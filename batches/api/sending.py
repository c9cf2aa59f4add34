"""POST /api/v4/batch-manager-batch-now: send what waits at once, or take leads off the list."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from batches import pending, services
from batches.access import BATCH_NOW, VIEW, integration_for
from batches.api.types import BatchNowIn, Done
from batches.models import Integration
from convertr.accounts.models import Scope, User
from convertr.accounts.signing import require_signature
from convertr.http_api.access import allowed, network_key
from convertr.http_api.idempotency import idempotent

router = Router(auth=network_key, tags=["Batches"])


@router.post("/batch-manager-batch-now", response=Done, url_name="batch_now")
@idempotent
def batch_now(request: HttpRequest, body: BatchNowIn) -> HttpResponse:
    """Send what waits for an integration at once, whatever its schedule says.

    With `removeLeadIds` nothing is sent: those leads are taken off the list instead.
    """
    actor = allowed(request, Scope.LEADS, VIEW, BATCH_NOW)
    integration = integration_for(actor, body.batchIntegrationId)
    if body.removeLeadIds:
        return _removed(actor, integration, body)
    made = services.batch_now(actor=actor, integration=integration, signature=body.signature)
    return JsonResponse({"batchId": made.pk, "status": "queued", "leads": made.leads}, status=202)


def _removed(actor: User, integration: Integration, body: BatchNowIn) -> HttpResponse:
    require_signature(actor, body.signature)
    done = pending.remove(
        actor=actor,
        integration=integration,
        lead_ids=body.once,
        reason=body.reason.strip() or _("Removed through the API"),
    )
    off = set(done)
    missed = [lead for lead in body.once if lead not in off]
    return JsonResponse({"removed": len(done), "notFound": missed})
