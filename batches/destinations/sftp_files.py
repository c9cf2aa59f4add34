"""What is done with files on an SFTP server, and what its answers mean."""

import contextlib
import errno
from collections.abc import Iterator

import paramiko
from paramiko.sftp import CMD_EXTENDED

from batches.destinations.base import TransportError, Upload
from batches.destinations.guarding import BROKEN
from batches.destinations.pieces import pieces
from batches.destinations.replacing import put_in_place


class SftpFiles:
    """What the server does with files; what it refuses is a TransportError."""

    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client

    def write(self, name: str, upload: Upload) -> None:
        """All of it, on disk where the server can, and of the right size."""
        with self._answers():
            file = self._client.open(name, "wb")  # what an earlier attempt left is overwritten
            file.set_pipelined(True)
            left = upload.size
            for piece in pieces(upload):
                left -= len(piece)
                # The last one waits for the answers to all before it.
                file.set_pipelined(left > 0)
                file.write(piece)
            self._sync(file)
            file.close()
        if self.size(name) != upload.size:
            raise TransportError("incomplete")

    def put_in_place(self, part: str, final: str, aside: str) -> None:
        """In one step where the server can."""
        try:
            with self._answers():
                self._client.posix_rename(part, final)
        except TransportError as error:
            if error.permanent:
                raise
            put_in_place(self, part, final, aside)

    def rename(self, name: str, becomes: str) -> None:
        with self._answers():
            self._client.rename(name, becomes)

    def remove(self, name: str) -> None:
        with self._answers():
            self._client.remove(name)

    def size(self, name: str) -> int | None:
        with self._answers():
            try:
                return self._client.stat(name).st_size
            except FileNotFoundError:
                return None

    def clear(self, name: str) -> None:
        """Remove what is of no use any more, if possible."""
        with contextlib.suppress(TransportError, *BROKEN):
            self.remove(name)

    def _sync(self, file: paramiko.SFTPFile) -> None:
        try:
            # Has no call of its own in paramiko; one without it answers that it can't.
            self._client._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)  # type: ignore[attr-defined]
        except OSError as error:
            if not self._is_answer(error):
                raise

    @contextlib.contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._is_answer(error):
                raise
            raise _refusal(error) from None

    def _is_answer(self, error: OSError) -> bool:
        """Whether the server said so, or the line broke: paramiko has one class for both."""
        if error.errno in (errno.ENOENT, errno.EACCES):
            return True
        channel = self._client.get_channel()
        alive = channel is not None and not channel.closed and channel.get_transport().is_active()
        return error.errno is None and not isinstance(error, TimeoutError) and alive


def _refusal(error: OSError) -> TransportError:
    words = error.strerror or str(error)
    if error.errno == errno.ENOENT:
        return TransportError("folder_missing", words, permanent=True)
    if error.errno == errno.EACCES:
        return TransportError("not_allowed", words, permanent=True)
    full = any(word in words.lower() for word in ("space", "quota", "disk full"))
    return TransportError("disk_full" if full else "server_failed", words)
