"""What a view asks and tells the page besides its HTML: is it htmx, a toast, the dialog is done."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from convertr.ui.registry import Text

LEVELS = ("success", "info", "warning", "error")


def htmx(request: HttpRequest) -> HtmxDetails:
    """What HtmxMiddleware found out; true where htmx asks for a fragment."""
    return cast("HtmxDetails", request.htmx)  # type: ignore[attr-defined]


def toast(
    response: HttpResponse, text: Text, *, level: str = "success", url: str = "", link: Text = ""
) -> HttpResponse:
    """Show a toast when htmx gets this response. Errors and warnings stay until closed."""
    params = {"level": level, "text": str(text), "url": url, "link": str(link)}
    return trigger_client_event(response, "toast", params)


def close_modal(response: HttpResponse | None = None) -> HttpResponse:
    """Close the dialog; without a response of one's own an empty 204, which swaps nothing."""
    response = response or HttpResponse(status=204)
    return trigger_client_event(response, "closeModal", {})
