"""Around every transport: each error becomes a TransportError, and no word holds a secret."""

import ftplib
import re
import smtplib
import ssl
from collections.abc import Mapping

import paramiko

from batches.destinations.base import Finishing, Transport, TransportError, Upload
from convertr.outbound.checked import RefusedAddressError

LONGEST_WORDS = 500
HIDDEN = "•••"
# What a line that breaks raises, of Python and of the libraries.
BROKEN = (
    OSError,
    EOFError,
    paramiko.SSHException,
    ftplib.Error,
    smtplib.SMTPException,
)


class Guarded:
    """A transport whose errors all are TransportErrors, and whose words are fit to be shown."""

    def __init__(self, way: Transport, secret: Mapping[str, str]) -> None:
        self._way, self._hidden = way, _parts(secret)

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """As base.Transport says. What `finishing` raises passes through."""
        told: list[bool] = []

        def tell() -> None:
            finishing()
            told.append(True)

        try:
            _check_name(upload.name)
            return self._clean(self._way.send(upload, tell))
        except (TransportError, RefusedAddressError, *BROKEN) as error:
            raise self._read(error, unknown=bool(told)) from None

    def arrived(self, upload: Upload) -> bool | None:
        """As base.Transport says."""
        try:
            return self._way.arrived(upload)
        except (TransportError, RefusedAddressError, *BROKEN) as error:
            raise self._read(error, unknown=False) from None

    def _read(self, error: Exception, *, unknown: bool) -> TransportError:
        if not isinstance(error, TransportError):
            error = read_error(error, unknown=unknown)
        return TransportError(
            error.code,
            self._clean(error.words),
            permanent=error.permanent,
            unknown=error.unknown,
        )

    def _clean(self, words: str) -> str:
        """One line of what may be shown, without the secret."""
        for part in self._hidden:
            words = words.replace(part, HIDDEN)
        shown = "".join(char if char.isprintable() else " " for char in words)
        return re.sub(r"\s+", " ", shown).strip()[:LONGEST_WORDS]


def read_error(error: Exception, *, unknown: bool) -> TransportError:
    """What a broken line means; `unknown`: the last step had been begun."""
    if isinstance(error, RefusedAddressError):
        return TransportError("refused_address", permanent=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransportError("certificate", error.verify_message, permanent=True)
    code = "timeout" if isinstance(error, TimeoutError) else "cut"
    return TransportError(code, str(error), unknown=unknown)


def _parts(secret: Mapping[str, str]) -> list[str]:
    """What to hide, the longest first: each value, its lines and words, as far as they tell."""
    parts = set(secret.values())
    parts |= {word for value in secret.values() for word in value.split() if len(word) > 7}
    return sorted(filter(None, parts), key=len, reverse=True)


def _check_name(name: str) -> None:
    """Names are checked where they are made (batches.names); here so that none leads elsewhere."""
    if not name or name in (".", "..") or not name.isprintable() or set(name) & set("/\\"):
        raise TransportError("bad_name", permanent=True)
