"""What destinations share: what is sent, how it fails, what is asked after a cut (batches.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

# Told just before the step after which the other side may have the file (a rename, the last byte
# of a call). What breaks before it has sent nothing; what breaks after it is unknown.
Finishing = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send. `key` is the same for every attempt at it, and no other file has it."""

    name: str
    size: int
    sha256: str
    key: str
    open: Callable[[], BinaryIO]
    media_type: str = "application/octet-stream"


class TransportError(Exception):
    """It was not sent, or nobody knows.

    `code` is one of batches.texts; `words` what the server said, without a secret. `permanent`:
    trying again will not help. `unknown`: the other side may have it all the same.
    """

    def __init__(
        self, code: str, words: str = "", *, permanent: bool = False, unknown: bool = False
    ) -> None:
        super().__init__(code)
        self.code, self.words = code, words
        self.permanent, self.unknown = permanent, unknown


class Transport(Protocol):
    """One way to a server, with its address and secret inside."""

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """Send the file under its name; answers the server's words. Raises TransportError."""

    def arrived(self, upload: Upload) -> bool | None:
        """After an unknown outcome: whether the file is there under its name, with its size.

        None where the destination can't tell. Raises TransportError when it can't be asked.
        """
