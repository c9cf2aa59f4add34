"""Logs: JSON in production, plain text elsewhere; each line with request, job and user id.

Personal data and secrets stay out: texts name ids only, and what PostgreSQL tells about the
values of a failed row is cut from errors.
"""

import json
import logging
import logging.config
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from celery import current_task
from django.http import HttpRequest, HttpResponseBase

from convertr.audit.context import current

HEADER = "X-Request-Id"
# What a proxy in front may give us: enough for any tracing id, nothing that could forge a line.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
# The secret of an offer's postback address stands in its query (conversions.md).
QUERY = re.compile(r"(/postback)\?[^\s\"']*")
VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+):.*$", re.MULTILINE)
MOST_CHARACTERS = 20_000

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being answered, or of the running task, or nothing."""
    if found := _request_id.get():
        return found
    return str(current_task.request.id or "") if bool(current_task) else ""


class RequestIdMiddleware:
    """Gives each request an id, or keeps the proxy's, and tells it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        chosen = given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)
        token = _request_id.set(chosen)
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response[HEADER] = chosen
        return response


class AddIds(logging.Filter):
    """Puts the ids on the record while they are known."""

    def filter(self, record: logging.LogRecord) -> bool:
        actor = current()
        record.request_id = request_id()
        record.user_id = actor.actor_id
        record.job_id = actor.job_id
        return True


class PlainFormatter(logging.Formatter):
    """For people: time, level, logger, text."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's name
        return without_values(super().formatException(ei))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        record.message = without_query(record.message)
        return super().formatMessage(record)


class JsonFormatter(PlainFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": without_query(without_values(record.getMessage())),
            "request_id": getattr(record, "request_id", ""),
            "job_id": getattr(record, "job_id", None),
            "user_id": getattr(record, "user_id", None),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)[-MOST_CHARACTERS:]
        return json.dumps({key: value for key, value in line.items() if value not in ("", None)})


def without_values(text: str) -> str:
    """An error's text without the lines in which PostgreSQL repeats the values of a row."""
    return VALUES.sub(r"\1: (left out)", text)


def without_query(text: str) -> str:
    """A line about the postback address without what it was called with."""
    return QUERY.sub(r"\1", text)


def configure(options: dict[str, Any]) -> None:
    """Set up logging from settings.LOGGING: `json` (one object a line) and `level`."""
    kind = "json" if options["json"] else "plain"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"ids": {"()": AddIds}},
            "formatters": {
                "json": {"()": JsonFormatter},
                "plain": {
                    "()": PlainFormatter,
                    "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
                },
            },
            "handlers": {
                "stream": {
                    "class": "logging.StreamHandler",
                    "formatter": kind,
                    "filters": ["ids"],
                }
            },
            "root": {"level": options["level"], "handlers": ["stream"]},
            "loggers": {
                # Django's own handlers would print each line twice, or send it by mail.
                "django": {"handlers": [], "propagate": True},
                "django.server": {"handlers": [], "propagate": True},
                # A page that isn't there is the visitor's matter.
                "django.request": {"level": "ERROR"},
                # They would log addresses, and those hold other people's secrets.
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
            },
        }
    )
