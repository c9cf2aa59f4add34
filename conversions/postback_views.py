"""The postback address that advertisers call, and the log of its last calls."""

import secrets
from collections.abc import Mapping

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from conversions import intake
from conversions.models import PostbackCall
from convertr.accounts.access import agency_required
from convertr.errors import DomainError
from convertr.network.models import Offer

SHOWN_CALLS = 100
KEPT_PARAMETERS, KEPT_CHARACTERS = 50, 300
MASK = "…"
STATUS = {"conversion_locked": 409, "conversion_invalid": 409}
REFUSED = "refused"


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def postback(request: HttpRequest) -> HttpResponse:
    """Take a conversion in; answers {"result", "code", "conversion_id"} and writes the log.

    A wrong secret and an unknown offer get the same answer.
    """
    parameters = {**request.GET.dict(), **request.POST.dict()}
    token = request.headers.get("X-Postback-Token") or parameters.pop("token", "")
    offer, is_known = intake.find_offer(parameters.get("offer", ""), token)
    if offer is None or not is_known:
        if offer and _may_log_stranger(offer):
            _log(offer, parameters, token, REFUSED, "token_wrong")
        return _answer("token_wrong", status=403)
    try:
        received = intake.receive(offer, parameters)
    except DomainError as error:
        _log(offer, parameters, token, REFUSED, error.code)
        return _answer(error.code, status=STATUS.get(error.code, 400), error=str(error))
    conversion_id = received.conversion.pk
    _log(offer, parameters, token, received.code, "", conversion_id)
    return _answer(received.code, conversion_id=conversion_id)


@agency_required
@require_GET
def postback_log(request: HttpRequest, offer_id: int) -> HttpResponse:
    """The last calls of an offer's postback address."""
    offer = get_object_or_404(Offer, pk=offer_id)
    calls = offer.postback_calls.order_by("-id")[:SHOWN_CALLS]
    return render(request, "conversions/postbacks.html", {"offer": offer, "calls": calls})


def _answer(
    code: str, *, conversion_id: int | None = None, status: int = 200, error: str = ""
) -> JsonResponse:
    body: dict[str, object] = {"result": status == 200, "code": code}
    if error:
        body["error"] = error
    return JsonResponse({**body, "conversion_id": conversion_id}, status=status)


def _may_log_stranger(offer: Offer) -> bool:
    """One call with a wrong secret a second and offer, so that strangers can't fill the table."""
    key = f"postback-stranger:{offer.pk}"
    if not cache.add(key, 1, timeout=1):
        return False
    # Without the cache nobody counts them: one in a hundred.
    return cache.get(key) is not None or secrets.randbelow(100) == 0


def _log(
    offer: Offer,
    parameters: Mapping[str, str],
    token: str,
    outcome: str,
    code: str,
    conversion_id: int | None = None,
) -> None:
    PostbackCall.objects.create(
        offer=offer,
        parameters=_kept(parameters, (token, offer.postback_token)),
        outcome=outcome,
        code=code,
        conversion_id=conversion_id,
    )


def _kept(parameters: Mapping[str, str], hidden: tuple[str, ...]) -> dict[str, str]:
    """The parameters for the log: short, storable, and without a secret wherever it stood."""
    kept = {}
    for name, value in list(parameters.items())[:KEPT_PARAMETERS]:
        if name.casefold() == "token":
            continue
        for part in filter(None, hidden):
            name, value = name.replace(part, MASK), value.replace(part, MASK)
        kept[_storable(name)] = _storable(value)
    return kept


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd")[:KEPT_CHARACTERS]
