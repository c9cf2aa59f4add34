"""The discussion of a request: saying something, with evidence; evidence to download."""

import logging

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from convertr.accounts.access import SignedInRequest, signed_in
from convertr.errors import DomainError
from convertr.ui.responses import toast
from requests_workflow.access import attachment_for, request_for
from requests_workflow.evidence import too_large_together
from requests_workflow.panel import Typed
from requests_workflow.panel_views import again, told
from requests_workflow.services import discussing

log = logging.getLogger(__name__)
# A file may be a web page, too, or hold a script: it is only ever saved, and never runs here.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


@signed_in
@require_POST
def comment(request: SignedInRequest, request_id: int) -> HttpResponse:
    """Say something about a request; a file alone says enough."""
    asked = request_for(request.user, request_id)
    text, internal = request.POST.get("text", ""), "internal" in request.POST
    try:
        if getattr(request, "upload_too_large", False):
            raise too_large_together()
        files = request.FILES.getlist("files")
        discussing.comment(
            actor=request.user, request=asked, text=text, internal=internal, files=files
        )
    except DomainError as refused:
        return again(request, request_id, Typed(str(refused), text, internal, "discussion"))
    if not request.htmx:
        return told(request, request_id, _("Sent."))
    return toast(again(request, request_id, Typed(at="discussion", sent=True)), _("Sent."))


@signed_in
@require_GET
def attachment(request: SignedInRequest, request_id: int, attachment_id: int) -> HttpResponseBase:
    """A file of the discussion, to be saved."""
    found = attachment_for(request.user, request_id, attachment_id)
    try:
        file = found.file.open("rb")
    except FileNotFoundError:
        log.exception("The file of attachment %s is gone", found.pk)
        raise Http404 from None
    return FileResponse(
        file,
        as_attachment=True,
        filename=found.name,
        content_type=found.content_type,
        headers=SAFE,
    )
