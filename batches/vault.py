"""Secrets at rest, encrypted with the keys of settings.VAULT_KEYS, newest first (batches.md)."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError


def seal(secret: Mapping[str, str]) -> bytes:
    """Encrypt a secret with the newest key."""
    return _keys().encrypt(json.dumps(dict(secret)).encode())


def unseal(ciphertext: bytes | memoryview) -> dict[str, str]:
    """What was sealed; DomainError `vault_key_missing` where no key fits."""
    try:
        opened = _keys().decrypt(bytes(ciphertext))
    except InvalidToken:
        raise _missing() from None
    secret: dict[str, str] = json.loads(opened)
    return secret


def rotate(ciphertext: bytes | memoryview) -> bytes:
    """The same secret, encrypted with the newest key; DomainError `vault_key_missing`."""
    try:
        return _keys().rotate(bytes(ciphertext))
    except InvalidToken:
        raise _missing() from None


def _keys() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.VAULT_KEYS])
    except ValueError:
        # Without the chained error, which may show the key.
        raise ImproperlyConfigured(
            "VAULT_KEYS must hold Fernet keys (32 bytes in URL-safe base64), separated by commas."
        ) from None


def _missing() -> DomainError:
    return DomainError(
        "vault_key_missing",
        _("A credential can't be opened: the key that it was encrypted with isn't in VAULT_KEYS."),
    )
