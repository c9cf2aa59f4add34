"""What a view tells the page besides its HTML: a toast, or that the dialog is done."""

from django.http import HttpResponse
from django_htmx.http import trigger_client_event

from convertr.ui.registry import Text

LEVELS = ("success", "info", "warning", "error")


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
