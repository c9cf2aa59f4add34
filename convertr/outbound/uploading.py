"""One HTTP request whose body is too long to hold, sent as it is read, without an event loop.

To checked addresses only: no proxy of the environment, no cookies, no redirects followed.
"""

import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import httpcore
import httpx

from convertr.outbound import connecting
from convertr.outbound.addresses import Network
from convertr.outbound.answers import Answer, Outcome, beginning_at_once, outcome_of, read
from convertr.outbound.http import USER_AGENT, Limits

# A line slower than this, in bytes a second, is as good as none.
SLOWEST = 50_000
# What is written at once, so that the time is looked at in between.
PIECE_BYTES = 64 * 1_024


def upload(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Iterable[bytes],
    length: int,
    about_to_finish: Callable[[], None],
    allowed: Collection[Network],
    limits: Limits,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send `length` bytes of `body`; never raises for what the other side does.

    `about_to_finish` is called once, before the last piece leaves. What breaks before it is
    NO_CONNECTION: the other side hasn't the whole. In all it may take `limits.total` seconds and
    those that a line of 50 kB a second needs; the answer, `limits.total`. What `body` and
    `about_to_finish` raise is raised here.
    """
    began = time.perf_counter()
    sending = _Body(body, length, about_to_finish)
    try:
        request = _request(method, url, headers, sending, limits)
    except (httpx.InvalidURL, ValueError):
        return Answer(Outcome.REFUSED_ADDRESS, 0)
    until = time.monotonic() + limits.total + length / SLOWEST
    if tls is None and request.url.scheme == b"https":
        tls = httpx.create_ssl_context()
    pool = httpcore.ConnectionPool(
        ssl_context=tls,
        max_connections=1,
        network_backend=_Backend(allowed, until),
    )
    try:
        with pool:
            response = pool.handle_request(request)
            try:
                answered = beginning_at_once(response)
            finally:
                response.close()
    except Exception as error:
        if sending.fault is not None:
            raise sending.fault from None
        outcome = outcome_of(error, begun=sending.finishing)
        if outcome is None:
            raise
        return Answer(outcome, _since(began))
    answer = read(response, answered, _since(began))
    if answer.delivered and not sending.finishing:
        # Thanks for a file of which the rest never left.
        return Answer(Outcome.NO_CONNECTION, answer.milliseconds, answer.status, answer.body)
    return answer


def _request(
    method: str, text: str, headers: Mapping[str, str], body: "_Body", limits: Limits
) -> httpcore.Request:
    url = httpx.URL(text)
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ValueError("only http and https, without a password")
    sent: dict[bytes | str, bytes | str] = {
        "Host": url.netloc.decode(),
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
    }
    sent.update({name: value.encode() for name, value in headers.items()})
    if body.length or method not in ("GET", "HEAD"):
        sent["Content-Length"] = str(body.length)
    seconds = {"connect": limits.connect, "read": limits.total, "write": limits.total}
    return httpcore.Request(
        method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=sent,
        content=body,
        extensions={"timeout": seconds},
    )


class _Body:
    """The body, piece by piece; knows whether its last piece is leaving, and its own faults."""

    def __init__(
        self, pieces: Iterable[bytes], length: int, about_to_finish: Callable[[], None]
    ) -> None:
        self._pieces, self.length = pieces, length
        self._about_to_finish = about_to_finish
        self.finishing = False
        self.fault: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._counted()
        except Exception as error:
            self.fault = error
            raise

    def _counted(self) -> Iterator[bytes]:
        if self.length == 0:
            self._finish()
        sent = 0
        for piece in self._pieces:
            sent += len(piece)
            if sent > self.length:
                raise ValueError("the body is longer than was said")
            if sent == self.length and piece:
                self._finish()
            yield piece
        if sent < self.length:
            raise ValueError("the body is shorter than was said")

    def _finish(self) -> None:
        self._about_to_finish()
        self.finishing = True


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were looked at; all of it ends in time."""

    def __init__(self, allowed: Collection[Network], until: float) -> None:
        self._allowed, self._until = allowed, until
        self._tcp = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        until = time.monotonic() + (timeout or 5.0)
        try:
            found = connecting.addresses(host, port, allowed=self._allowed, timeout=timeout or 5.0)
        except OSError as error:
            raise httpcore.ConnectError("no such name") from error
        for number, address in enumerate(found, 1):
            try:
                left = max(until - time.monotonic(), 0.01)
                return _Stream(self._tcp.connect_tcp(address, port, left), self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(found):
                    raise
        raise httpcore.ConnectError("no such name")


class _Stream(httpcore.NetworkStream):
    """A connection that is given up when the time of the whole is over."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), PIECE_BYTES):
            left = self._left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[at : at + PIECE_BYTES], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise over("the time of the whole is over")
        return left if timeout is None else min(left, timeout)


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000)
