"""Connections to checked addresses only: names are resolved here, and each address looked at.

What httpcore connects through, so that the connection goes to the very address that was checked.
"""

import asyncio
import socket
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpcore

from convertr.outbound.addresses import Network, may_call

# One look-up a host at a time: slow name servers hold up few of these.
RESOLVING_THREADS = 32


class RefusedAddressError(Exception):
    """The name leads to an address that may not be called."""


def look_up(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order; OSError where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check(addresses: list[str], allowed: Collection[Network]) -> list[str]:
    """The addresses, if each of them may be called; RefusedAddressError if one may not."""
    if not all(may_call(address, allowed) for address in addresses):
        raise RefusedAddressError
    return addresses


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves names itself, looks at every address, and connects to what it looked at."""

    def __init__(self, allowed: Collection[Network]) -> None:
        self._allowed = allowed
        self._tcp = httpcore.AnyIOBackend()
        self._threads = ThreadPoolExecutor(RESOLVING_THREADS, "outbound-names")
        self._running: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        async with asyncio.timeout(timeout):
            addresses = await self._checked(host, port)
            for address in addresses[:-1]:
                try:
                    return await self._tcp.connect_tcp(address, port, timeout)
                except httpcore.ConnectError:
                    continue
            return await self._tcp.connect_tcp(addresses[-1], port, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = await asyncio.shield(self._resolving(host, port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("no such name") from error
        if not addresses:
            raise httpcore.ConnectError("no such name")
        return check(addresses, self._allowed)

    def _resolving(self, host: str, port: int) -> asyncio.Task[list[str]]:
        """The look-up that is running for this host, or a new one."""
        key = (host, port)
        if (task := self._running.get(key)) is None:
            task = asyncio.ensure_future(self._in_thread(host, port))
            task.add_done_callback(lambda done: self._forget(key, done))
            self._running[key] = task
        return task

    async def _in_thread(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, look_up, host, port)

    def _forget(self, key: tuple[str, int], done: asyncio.Task[list[str]]) -> None:
        del self._running[key]
        if not done.cancelled():
            done.exception()  # all who waited may have given up: nobody is left to be told

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
