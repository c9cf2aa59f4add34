"""Connections of transports that keep a line open: SFTP and FTP."""

import socket
from collections.abc import Collection

from batches.destinations.base import TransportError
from batches.destinations.pieces import limits
from convertr.outbound import connecting
from convertr.outbound.addresses import Network


def open_line(host: str, port: int, allowed: Collection[Network]) -> socket.socket:
    """A connection to a checked address; each read may take as long as an answer may.

    Raises RefusedAddressError, and TransportError `no_connection`.
    """
    try:
        line = connecting.connect(host, port, allowed=allowed, timeout=limits().connect)
    except OSError as error:
        raise TransportError("no_connection", error.strerror or str(error)) from None
    line.settimeout(limits().total)
    return line
