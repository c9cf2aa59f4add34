"""What came of a call to another's server, read from its answer or from the error.

At most 64 kB of an answer are read, and its first kilobyte is kept.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import httpcore

from convertr.outbound.backoff import read_retry_after
from convertr.outbound.checked import RefusedAddressError

KEPT_BYTES = 1_024
READ_BYTES = 64 * 1_024


class Outcome(StrEnum):
    """What came of one call."""

    DELIVERED = "delivered"  # 2xx
    HTTP_STATUS = "http_status"  # any other answer, but redirects
    REDIRECT = "redirect"  # 3xx: not followed
    NO_CONNECTION = "no_connection"  # no name, no route, refused, TLS: nothing was sent
    TIMEOUT = "timeout"  # sent, and no answer in time: unknown what came of it
    CUT = "cut"  # the connection broke after the request left: unknown, too
    ERROR = "error"  # a fault of ours, told by the caller: unknown, too
    REFUSED_ADDRESS = "refused_address"  # ours to refuse: private, or no usable URL


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one call, and what its log keeps of it."""

    outcome: Outcome
    milliseconds: int
    status: int | None = None
    # The first kilobyte, as it came.
    body: bytes = b""
    # What 429 and 503 ask for.
    retry_after: timedelta | None = None
    # What Content-Length says; to HEAD, the size of what GET would bring.
    length: int | None = None

    @property
    def delivered(self) -> bool:
        return self.outcome is Outcome.DELIVERED

    @property
    def unknown(self) -> bool:
        """Whether the other side may have taken it all the same."""
        return self.outcome in (Outcome.TIMEOUT, Outcome.CUT, Outcome.ERROR)

    @property
    def transient(self) -> bool:
        """Whether trying again may help. A refused address is no accident, so it isn't tried."""
        if self.outcome is Outcome.HTTP_STATUS:
            return self.status == 429 or (self.status or 0) >= 500
        return self.unknown or self.outcome is Outcome.NO_CONNECTION


async def beginning(response: httpcore.Response) -> bytes:
    """The first kilobyte; up to 64 kB are read so that the connection can serve again."""
    reading = _Beginning()
    stream = response.stream
    assert not isinstance(stream, bytes)  # noqa: S101  for mypy: an answer's body is a stream
    async for part in stream:  # type: ignore[union-attr]
        if not reading.wants_more(part):
            break
    return reading.kept


def beginning_at_once(response: httpcore.Response) -> bytes:
    """The same of an answer that comes without an event loop."""
    reading = _Beginning()
    for part in response.iter_stream():
        if not reading.wants_more(part):
            break
    return reading.kept


class _Beginning:
    """Keeps the first kilobyte of what it is shown."""

    def __init__(self) -> None:
        self.kept = b""
        self._read = 0

    def wants_more(self, part: bytes) -> bool:
        self.kept += part[: KEPT_BYTES - len(self.kept)]
        self._read += len(part)
        return self._read <= READ_BYTES


def outcome_of(error: BaseException, *, begun: bool) -> Outcome | None:
    """What an error means for the call; None for one that isn't the other side's."""
    if isinstance(error, RefusedAddressError):
        return Outcome.REFUSED_ADDRESS
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        return Outcome.TIMEOUT if begun else Outcome.NO_CONNECTION
    kinds = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)
    if isinstance(error, (*kinds, OSError, ssl.SSLError)):
        return Outcome.CUT if begun else Outcome.NO_CONNECTION
    return None


def read(response: httpcore.Response, body: bytes, milliseconds: int) -> Answer:
    """The answer of a call that was answered, and how long that took."""
    status = response.status
    if 200 <= status < 300:
        outcome = Outcome.DELIVERED
    elif 300 <= status < 400:
        outcome = Outcome.REDIRECT
    else:
        outcome = Outcome.HTTP_STATUS
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    wait = None
    if status in (429, 503) and (text := headers.get(b"retry-after")):
        wait = read_retry_after(text, now=datetime.now(UTC))
    length = headers.get(b"content-length", "")
    return Answer(
        outcome, milliseconds, status, body, wait, int(length) if length.isdigit() else None
    )
