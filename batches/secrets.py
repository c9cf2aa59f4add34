"""What each kind of credential holds, and how it is read from what a person entered."""

import io
import re
from collections.abc import Mapping

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches.models import Credential
from convertr.errors import DomainError

Kind = Credential.Kind
# What is asked for, in the order in which it is; those in OPTIONAL may be left empty.
FIELDS: dict[str, tuple[str, ...]] = {
    Kind.PASSWORD: ("password",),
    Kind.SSH_KEY: ("private_key", "passphrase"),
    Kind.S3_KEY: ("key_id", "secret"),
    Kind.HTTP_HEADER: ("header",),
    Kind.FILE_PASSWORD: ("password",),
}
LABELS: dict[str, str | Promise] = {
    "password": _("Password"),
    "private_key": _("Private key"),
    "passphrase": _("Passphrase of the key"),
    "key_id": _("Access key ID"),
    "secret": _("Secret access key"),
    "header": _("Header (Name: value)"),
}
OPTIONAL = ("passphrase",)
LONGEST = 20_000
SHORTEST_FILE_PASSWORD = 8
CURVES = ("secp256r1", "secp384r1", "secp521r1")
Known = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
# A name as RFC 9110 has it, and a value without control characters.
_HEADER = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)"
)


def read(kind: str, entered: Mapping[str, str]) -> dict[str, str]:
    """The secret of a kind, complete and checked; DomainError where it can't be right."""
    if kind not in FIELDS:
        raise DomainError("bad_kind", _("Choose one of the kinds of credentials."))
    secret = {name: str(entered.get(name) or "") for name in FIELDS[kind]}
    for name, text in secret.items():
        if not text.strip() and name not in OPTIONAL:
            raise DomainError("missing", _("Fill in: %(name)s") % {"name": LABELS[name]})
        if len(text) > LONGEST:
            raise DomainError("too_long", _("This is too long: %(name)s") % {"name": LABELS[name]})
    if kind == Kind.SSH_KEY:
        secret["private_key"] = secret["private_key"].strip().replace("\r\n", "\n") + "\n"
        parse_key(secret["private_key"], secret["passphrase"])
    elif kind == Kind.HTTP_HEADER:
        secret["header"] = ": ".join(split_header(secret["header"]))
    elif kind == Kind.S3_KEY:
        secret = {name: text.strip() for name, text in secret.items()}
        _check_visible(secret, spaces=False)
    else:
        _check_visible(secret, spaces=True)
        if kind == Kind.FILE_PASSWORD and len(secret["password"]) < SHORTEST_FILE_PASSWORD:
            raise DomainError("too_short", _("A file's password has 8 characters at least."))
    return secret


def parse_key(text: str, passphrase: str = "") -> paramiko.PKey:
    """An SSH key: Ed25519, ECDSA or RSA; DomainError where it can't be read."""
    if "PRIVATE KEY" not in text:
        raise DomainError(
            "bad_key",
            _("Paste a private key, from its line BEGIN to its line END; not the public one."),
        )
    key = _load(text.encode(), passphrase.encode())
    # paramiko reads some keys of OpenSSH wrongly, so it gets them in a form that it does read.
    if isinstance(key, Ed25519PrivateKey):
        return paramiko.Ed25519Key.from_private_key(_written(key, PrivateFormat.OpenSSH))
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return paramiko.ECDSAKey.from_private_key(_written(key, PrivateFormat.TraditionalOpenSSL))
    if isinstance(key, RSAPrivateKey):
        return paramiko.RSAKey.from_private_key(_written(key, PrivateFormat.TraditionalOpenSSL))
    raise _bad_key()


def _load(text: bytes, passphrase: bytes) -> object:
    load = load_ssh_private_key if b"OPENSSH" in text else load_pem_private_key
    try:
        try:
            return load(text, passphrase or None)
        except TypeError:
            if not passphrase:
                raise DomainError("key_locked", _("This key has a passphrase: enter it.")) from None
            return load(text, None)  # it has none
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise _bad_key() from None


def _written(key: Known, form: PrivateFormat) -> io.StringIO:
    return io.StringIO(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode())


def _bad_key() -> DomainError:
    return DomainError(
        "bad_key",
        _("The key can't be read: it must be Ed25519, ECDSA or RSA, and its passphrase right."),
    )


def split_header(text: str) -> tuple[str, str]:
    """A header line's name and value; DomainError where it is none."""
    found = _HEADER.fullmatch(text.strip())
    if found is None:
        raise DomainError(
            "bad_header",
            _("Write a header as “Name: value”, such as “Authorization: Bearer …”, in ASCII."),
        )
    return found[1], found[2]


def _check_visible(secret: Mapping[str, str], *, spaces: bool) -> None:
    for name, text in secret.items():
        if not text.isprintable() or (not spaces and " " in text):
            raise DomainError(
                "not_printable",
                _("No line breaks or control characters may be in: %(name)s")
                % {"name": LABELS[name]},
            )
