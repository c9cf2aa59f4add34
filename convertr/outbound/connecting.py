"""Connections to checked addresses without an event loop: for SFTP, FTP and long uploads."""

import socket
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from convertr.outbound import checked
from convertr.outbound.addresses import Network


def addresses(host: str, port: int, *, allowed: Collection[Network], timeout: float) -> list[str]:
    """All addresses of a name, looked up once, each of which may be called.

    Raises RefusedAddressError if one may not, TimeoutError where the name server takes longer
    than `timeout` seconds, OSError where there is none.
    """
    # The system's look-up can't be told how long it may take, so a thread is left behind with it.
    thread = ThreadPoolExecutor(1, "outbound-name")
    try:
        found = thread.submit(checked.look_up, host, port).result(timeout)
    except UnicodeError as error:
        raise OSError("no such name") from error
    finally:
        thread.shutdown(wait=False)
    if not found:
        raise OSError("no such name")
    return checked.check(found, allowed)


def connect(host: str, port: int, *, allowed: Collection[Network], timeout: float) -> socket.socket:
    """A connection to the very address that was looked at, made within `timeout` seconds.

    Each of its reads and writes may take that long, too, until it is told otherwise. Raises
    RefusedAddressError, or OSError (TimeoutError among them) where nobody can be reached.
    """
    until = time.monotonic() + timeout
    error: OSError = TimeoutError()
    for address in addresses(host, port, allowed=allowed, timeout=timeout):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            made = socket.create_connection((address, port), left)
        except OSError as refused:
            error = refused
        else:
            made.settimeout(timeout)
            return made
    raise error
