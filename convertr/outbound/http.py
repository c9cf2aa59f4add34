"""HTTP to other people's servers: to checked addresses only, few connections a host, bounded.

Built on httpcore (what httpx itself sends with), a pool a host: no proxy of the environment, no
cookies, no redirects followed.
"""

import asyncio
import base64
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpcore
import httpx

from convertr.outbound.addresses import Network
from convertr.outbound.answers import Answer, Outcome, beginning, outcome_of, read
from convertr.outbound.checked import CheckedBackend

CONNECTIONS_PER_HOST = 4
MOST_POOLS = 512
KEEPALIVE_SECONDS = 3.0
USER_AGENT = "Convertr"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a call may take, in seconds: to connect, and as a whole."""

    connect: float = 5.0
    total: float = 15.0


class Client:
    """Calls to many hosts at once, each over at most `connections` connections.

    Use it as an async context manager, within one event loop. `allowed` are networks that may be
    called although they are private (settings.OUTBOUND_ALLOW).
    """

    def __init__(
        self,
        *,
        allowed: Collection[Network] = (),
        limits: Limits | None = None,
        connections: int = CONNECTIONS_PER_HOST,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._backend = CheckedBackend(allowed)
        self._limits = limits or Limits()
        self._connections = connections
        self._tls = tls or httpx.create_ssl_context()
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._backend.close()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> Answer:
        """Make one call; never raises for what the other side does."""
        began = time.perf_counter()
        try:
            request = self._request(method, url, headers or {}, content)
        except (httpx.InvalidURL, ValueError):
            return Answer(Outcome.REFUSED_ADDRESS, 0)
        pool = await self._pool(request.url.host.decode())
        try:
            async with asyncio.timeout(self._limits.total):
                response = await pool.handle_async_request(request)
                try:
                    body = await beginning(response)
                finally:
                    await response.aclose()
        except BaseException as error:
            outcome = outcome_of(error, begun=_has_left(request))
            if outcome is None:
                raise
            return Answer(outcome, _since(began))
        return read(response, body, _since(began))

    def _request(
        self, method: str, text: str, headers: Mapping[str, str], content: bytes
    ) -> httpcore.Request:
        url = httpx.URL(text)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("only http and https")
        sent: dict[bytes | str, bytes | str] = {
            "Host": url.netloc.decode(),
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
        sent.update(headers.items())
        if url.userinfo:
            sent["Authorization"] = (
                "Basic " + base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
            )
        if content or method not in ("GET", "HEAD"):
            sent["Content-Length"] = str(len(content))
        connect, total = self._limits.connect, self._limits.total
        seconds = {"connect": connect, "read": total, "write": total, "pool": total}
        left: list[bool] = []

        async def trace(name: str, _info: object) -> None:
            if name.endswith("send_request_headers.started"):
                left.append(True)

        return httpcore.Request(
            method,
            httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=sent,
            content=content,
            extensions={"timeout": seconds, "trace": trace, "left": left},
        )

    async def _pool(self, host: str) -> httpcore.AsyncConnectionPool:
        if (pool := self._pools.pop(host, None)) is None:
            pool = httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=self._connections,
                keepalive_expiry=KEEPALIVE_SECONDS,
                network_backend=self._backend,
            )
        # The one used last stands last.
        self._pools[host] = pool
        if len(self._pools) > MOST_POOLS:
            await self._drop_an_idle_one()
        return pool

    async def _drop_an_idle_one(self) -> None:
        for host, pool in self._pools.items():
            if all(connection.is_idle() for connection in pool.connections):
                del self._pools[host]
                await pool.aclose()
                return


def _has_left(request: httpcore.Request) -> bool:
    return bool(request.extensions["left"])


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000)
