"""HTTP: the file as the body of one call, or as a field of a form."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from batches.destinations.answering import error_of, words_of
from batches.destinations.base import Finishing, Transport, Upload
from batches.destinations.destination import Kind, Secret
from batches.destinations.pieces import limits, pieces
from convertr.errors import DomainError
from convertr.outbound.addresses import Network
from convertr.outbound.uploading import upload as send_upload

METHODS = ("POST", "PUT")
BODIES = ("raw", "multipart")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """Which call is made. `headers` are lines "Name: value"; `field` is of multipart only."""

    url: str
    method: str = "POST"
    headers: tuple[str, ...] = ()
    body: str = "raw"
    field: str = "file"


class Http(Kind[HttpOptions]):
    """One call with the file; a repeated one has the same Idempotency-Key."""

    key = "http"
    label = _("HTTP")
    credential_kinds = ("http_header",)
    needs_credential = False
    after_unknown = "repeat"

    def read(self, stored: Mapping[str, Any]) -> HttpOptions:
        method = str(stored.get("method") or "POST").upper()
        body = str(stored.get("body") or "raw")
        if method not in METHODS:
            raise DomainError("bad_method", _("Choose POST or PUT."))
        if body not in BODIES:
            raise DomainError("bad_body", _("Choose the file itself or a form as the body."))
        field = reading.text(stored, "field", _("Name of the field"), empty=body == "raw")
        return HttpOptions(
            reading.url(stored, "url", _("URL")),
            method,
            reading.headers(stored),
            body,
            field or "file",
        )

    def words(self, options: HttpOptions) -> str:
        """Without the query, which may hold what lets one in."""
        parts = urlsplit(options.url)
        return f"{options.method} {parts.scheme}://{parts.netloc}{parts.path}"

    def host_of(self, options: HttpOptions) -> str:
        return urlsplit(options.url).hostname or ""

    def _way(
        self, options: HttpOptions, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        return HttpTransport(options, secret, allowed)


class HttpTransport:
    """One call a file."""

    def __init__(self, options: HttpOptions, secret: Secret, allowed: Collection[Network]) -> None:
        self._options, self._secret, self._allowed = options, secret, allowed

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """Sent where the server answers 2xx."""
        head, tail, kind = self._around(upload)
        answer = send_upload(
            self._options.method,
            self._options.url,
            headers=self._headers(upload, kind),
            body=_joined(head, upload, tail),
            length=len(head) + upload.size + len(tail),
            about_to_finish=finishing,
            allowed=self._allowed,
            limits=limits(),
        )
        words = words_of(answer)
        if not answer.delivered:
            raise error_of(answer, words)
        return words

    def arrived(self, upload: Upload) -> bool | None:
        """There is no call that asks."""
        return None

    def _headers(self, upload: Upload, kind: str) -> dict[str, str]:
        headers = {"Content-Type": kind, "Idempotency-Key": upload.key}
        if self._options.body == "raw":
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(upload.name)}"
        lines = [*self._options.headers, *filter(None, [self._secret.get("header")])]
        for line in lines:
            name, _colon, value = line.partition(":")
            # A name that is given replaces ours, however it is spelt.
            same = next((one for one in headers if one.lower() == name.lower()), name)
            if self._options.body == "raw" or same != "Content-Type":
                headers[same] = value.strip()
        return headers

    def _around(self, upload: Upload) -> tuple[bytes, bytes, str]:
        """What stands before and after the file, and the body's Content-Type."""
        if self._options.body == "raw":
            return b"", b"", upload.media_type
        # The same for every attempt: who compares bodies by their key finds the same one.
        boundary = hashlib.sha256(f"{upload.key} {upload.sha256}".encode()).hexdigest()
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data;"
            f' name="{_quoted(self._options.field)}"; filename="{_quoted(upload.name)}"\r\n'
            f"Content-Type: {upload.media_type}\r\n\r\n"
        )
        tail = f"\r\n--{boundary}--\r\n"
        return head.encode(), tail.encode(), f"multipart/form-data; boundary={boundary}"


def _joined(head: bytes, upload: Upload, tail: bytes) -> Iterator[bytes]:
    if head:
        yield head
    yield from pieces(upload)
    if tail:
        yield tail


def _quoted(text: str) -> str:
    """As browsers write names into forms."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
