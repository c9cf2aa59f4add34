"""A file on its way: read piece by piece, checked before its last, and given up when too slow."""

import hashlib
import time
from collections.abc import Iterator
from typing import BinaryIO

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from batches.destinations.base import TransportError, Upload
from convertr.outbound.http import Limits
from convertr.outbound.uploading import SLOWEST

PIECE_BYTES = 64 * 1_024


def limits() -> Limits:
    """How long a connection, and each answer, may take."""
    return Limits(settings.OUTBOUND_CONNECT_SECONDS, settings.OUTBOUND_TOTAL_SECONDS)


def temporary(upload: Upload, end: str = "part") -> str:
    """The name under which a file arrives: the same for every attempt at it, and no other's."""
    return f"convertr-{hashlib.sha256(upload.key.encode()).hexdigest()[:16]}.{end}"


def pieces(upload: Upload) -> Iterator[bytes]:
    """The file. Before its last piece, its size and hash have been compared with what was built.

    Raises TransportError `file_unreadable` and `file_changed`, and TimeoutError where those who
    take it are slower than 50 kB a second.
    """
    until = time.monotonic() + limits().total + upload.size / SLOWEST
    digest, size, held = hashlib.sha256(), 0, b""
    with _opened(upload) as file:
        while piece := _read(file):
            digest.update(piece)
            size += len(piece)
            if held:
                yield held
            held = piece
            if time.monotonic() > until:
                raise TimeoutError("slower than 50 kB a second")
    if (size, digest.hexdigest()) != (upload.size, upload.sha256):
        raise TransportError("file_changed", permanent=True)
    if held:
        yield held


def _opened(upload: Upload) -> BinaryIO:
    try:
        return upload.open()
    except (OSError, BotoCoreError, ClientError):
        raise TransportError("file_unreadable") from None


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(PIECE_BYTES)
    except (OSError, BotoCoreError, ClientError):
        raise TransportError("file_unreadable") from None
