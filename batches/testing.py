"""Test connection: what was entered is tried out, and the server's key is kept by the first test.

The key travels in the page, signed with the address that showed it, until it is saved: so only a
key that this installation has seen there can be pinned.
"""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from batches import destinations
from batches.configuring import CONFIGURE
from batches.credentials import secret_for
from batches.destinations.base import TransportError
from batches.destinations.sftp import fingerprint
from batches.models import Credential, Integration
from batches.texts import text_of
from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.audit.entries import note
from convertr.errors import DomainError

_SALT = "batches.host_key"
# A page is not kept open for longer.
KEPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Result:
    """What came of a test, in words. `seen` is the key's token, to be sent along from now on."""

    ok: bool
    text: str
    words: str = ""
    fingerprint: str = ""
    seen: str = ""
    # The key was only asked for: a person compares it, then tests again with it.
    asks: bool = False
    ms: int = 0


def known_key(integration: Integration | None, destination: Any, options: Any, seen: str) -> str:
    """The key that this address has to show: the one just seen there, else the pinned one."""
    token = token_of(destination, options, "")
    try:
        found: dict[str, str] = signing.loads(seen, salt=_SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        found = {}
    if found.get("at") == token:
        return found.get("key", "")
    return integration.host_key if integration and _is_stored_at(integration, token) else ""


def token_of(destination: Any, options: Any, key: str) -> str:
    """The key with its address, signed; without a key the address alone, as it is compared."""
    at = (
        f"{getattr(options, 'host', '')}:{getattr(options, 'port', '')}" if destination.pins else ""
    )
    return signing.dumps({"at": at, "key": key}, salt=_SALT) if key else at


def try_out(
    *, actor: User, kind: str, options: Any, credential: Credential | None, host_key: str
) -> Result:
    """Send a test file to what was entered; written to the audit, with where it went."""
    require(actor, CONFIGURE)
    destination = destinations.KINDS[kind]
    where = str(destination.words(options))
    note("integration.tested", where, credential=credential.pk if credential else None)
    try:
        host = destination.host_of(options)
        secret = None
        if credential is not None:
            secret = secret_for(Credential.objects.get(pk=credential.pk), host)
        tested = destinations.try_out(destination, options, secret, host_key)
    except TransportError as error:
        return Result(ok=False, text=text_of(error.code), words=error.words)
    except DomainError as refused:
        return Result(ok=False, text=str(refused))
    seen = token_of(destination, options, tested.host_key) if tested.host_key else ""
    if not tested.name:
        return Result(
            ok=True,
            asks=True,
            text=_("The server answers, and shows this key. Compare it with what you were told."),
            fingerprint=tested.fingerprint,
            seen=seen,
            ms=tested.ms,
        )
    return Result(
        ok=True,
        text=_("It works: the file %(name)s has arrived.") % {"name": tested.name},
        words=tested.words,
        fingerprint=tested.fingerprint,
        seen=seen,
        ms=tested.ms,
    )


def pinned(integration: Integration | None) -> str:
    """The fingerprint of the key that is required; empty where none is yet."""
    return fingerprint(integration.host_key) if integration and integration.host_key else ""


def _is_stored_at(integration: Integration, at: str) -> bool:
    stored = integration.destination
    return f"{stored.get('host', '')}:{stored.get('port', '')}" == at
