"""Where a real-time integration calls, with what body, and what counts as taken: pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from convertr.errors import DomainError
from leads.transforms.options import BadOptions
from leads.transforms.patterns import Pattern

KIND = "realtime"
METHODS = ("POST", "PUT")
BODIES = ("json", "form")


@dataclass(frozen=True, slots=True)
class RealtimeOptions:
    """`success`: a pattern that the answer must hold besides a 2xx; empty where that is enough."""

    url: str
    method: str = "POST"
    body: str = "json"
    success: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From what is stored or typed; DomainError for what won't do."""
        options = cls(
            url=reading.url(stored, "url", _("URL")),
            method=str(stored.get("method", "POST")),
            body=str(stored.get("body", "json")),
            success=str(stored.get("success", "")),
        )
        options.check()
        return options

    def check(self) -> None:
        if self.method not in METHODS:
            raise DomainError("bad_method", _("Choose POST or PUT."))
        if self.body not in BODIES:
            raise DomainError("bad_body", _("Choose JSON or form."))
        if self.success:
            try:
                Pattern(self.success)
            except BadOptions as error:
                raise DomainError("pattern", str(error)) from error

    def stored(self) -> dict[str, Any]:
        return {"kind": KIND, **asdict(self)}

    @property
    def host(self) -> str:
        """The server that is called."""
        return httpx.URL(self.url).host

    def words(self) -> str:
        """For lists: the address without what may be secret in it."""
        url = httpx.URL(self.url)
        return f"{self.method} {url.scheme}://{url.netloc.decode()}{url.path}"

    def content(self, names: Sequence[str], cells: Sequence[str]) -> tuple[str, bytes]:
        """Content-Type and body of one lead."""
        pairs = dict(zip(names, cells, strict=True))
        if self.body == "form":
            return "application/x-www-form-urlencoded", urlencode(pairs).encode()
        return "application/json", json.dumps(pairs, ensure_ascii=False).encode()
