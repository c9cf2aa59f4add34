"""Test connection: a small file that says what it is, or the key of a server not known yet."""

import hashlib
import io
import secrets
import time
from dataclasses import dataclass
from typing import Any

from batches.destinations.base import Upload
from batches.destinations.destination import Allowed, Destination, Secret
from batches.destinations.sftp import fingerprint

CONTENT = b"This is a test file of Convertr. It holds no leads and can be deleted.\r\n"


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of it: the server's words, its key ("ssh-ed25519 AAAA…"), how long it took.

    `name` is the test file's; empty where only the key was asked for, nothing sent, nobody signed
    in: the person compares its fingerprint, and tests again with the key.
    """

    words: str
    host_key: str
    ms: int
    name: str = ""

    @property
    def fingerprint(self) -> str:
        """The key's, as ssh shows it; empty without a key."""
        return fingerprint(self.host_key) if self.host_key else ""


def try_out(
    destination: Destination,
    options: Any,
    secret: Secret | None,
    host_key: str = "",
    *,
    allowed: Allowed = None,
) -> Tested:
    """Send a marked test file. Raises TransportError, and DomainError without a credential."""
    began = time.perf_counter()
    if destination.pins and not host_key:
        shown = destination.host_key_of(options, allowed=allowed)
        return Tested("", shown, _since(began))
    way = destination.transport(
        destination.for_test(options), secret=secret, host_key=host_key, allowed=allowed
    )
    test = _test_file()
    words = way.send(test, lambda: None)
    return Tested(words, host_key, _since(began), test.name)


def _test_file() -> Upload:
    key = f"convertr-test-{secrets.token_hex(4)}"
    return Upload(
        name=f"{key}.txt",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        key=key,
        open=lambda: io.BytesIO(CONTENT),
        media_type="text/plain",
    )


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000)
