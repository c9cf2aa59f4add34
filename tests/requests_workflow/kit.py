"""Requests as tests need them, made through the services."""

from requests_workflow.models import ConversionRequest
from requests_workflow.services import deciding, processing, raising


def make_change(actor, conversion, **wanted):
    """A request of `actor` for a change; without further values it asks for approval."""
    wanted = wanted or {"status": "approved"}
    return raising.raise_change(actor=actor, conversion=conversion, wanted=wanted)


def make_create(actor, offer, partner, **wanted):
    """A request of `actor` for a new conversion of the offer's Base event."""
    return raising.raise_create(actor=actor, offer=offer, partner=partner, wanted=wanted)


def accept(actor, request, **how):
    """Accept it in the version that it has."""
    request = again(request)
    return deciding.accept(actor=actor, request=request, version=request.version, **how)


def reject(actor, request, reason="No such sale"):
    request = again(request)
    return deciding.reject(actor=actor, request=request, version=request.version, reason=reason)


def processed(actor, request, **how):
    """Accept and process it; answers it as it then is."""
    accept(actor, request, **how)
    processing.process()
    return again(request)


def again(request):
    """The request as it is now."""
    return ConversionRequest.objects.get(pk=request.pk)
