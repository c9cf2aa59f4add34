"""FTP and FTPS: passive, data to the checked address; a temporary name, then the final one."""

import contextlib
import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from batches.destinations.base import Finishing, Transport, TransportError, Upload
from batches.destinations.destination import Kind, Secret
from batches.destinations.ftp_files import FtpFiles, PlainFtp, TlsFtp, refusals
from batches.destinations.guarding import BROKEN
from batches.destinations.lines import open_line
from batches.destinations.pieces import temporary
from batches.destinations.replacing import put_in_place
from convertr.errors import DomainError
from convertr.outbound.addresses import Network


@dataclass(frozen=True, slots=True)
class FtpOptions:
    """Where to, and as whom. The last two are of FTPS: its own authority, as PEM; or no check."""

    host: str
    port: int
    user: str
    folder: str
    ca_certificate: str = ""
    accept_any_certificate: bool = False


class Ftp(Kind[FtpOptions]):
    """A folder on an FTP server; nothing is encrypted on the way."""

    key = "ftp"
    label = _("FTP")
    credential_kinds = ("password",)
    after_unknown = "look"

    def read(self, stored: Mapping[str, Any]) -> FtpOptions:
        return FtpOptions(
            host=reading.host(stored),
            port=reading.port(stored, 21),
            user=reading.text(stored, "user", _("User")),
            folder=reading.folder(stored),
        )

    def words(self, options: FtpOptions) -> str:
        host = reading.bracketed(options.host)
        folder = options.folder.lstrip("/")
        return f"{self.key}://{options.user}@{host}:{options.port}/{folder}"

    def _way(
        self, options: FtpOptions, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        return FtpTransport(options, secret, allowed, None)


class Ftps(Ftp):
    """The same over explicit TLS, commands and data."""

    key = "ftps"
    label = _("FTPS (FTP over TLS)")

    def read(self, stored: Mapping[str, Any]) -> FtpOptions:
        plain = super().read(stored)
        authority = str(stored.get("ca_certificate") or "").strip()
        if authority:
            _check_authority(authority)
        return FtpOptions(
            plain.host,
            plain.port,
            plain.user,
            plain.folder,
            authority,
            str(stored.get("accept_any_certificate") or "").lower() in ("true", "on", "1"),
        )

    def _way(
        self, options: FtpOptions, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        context = ssl.create_default_context()
        if options.ca_certificate:
            context.load_verify_locations(cadata=options.ca_certificate)
        if options.accept_any_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return FtpTransport(options, secret, allowed, context)


class FtpTransport:
    """One upload over one connection, and one for its data."""

    def __init__(
        self,
        options: FtpOptions,
        secret: Secret,
        allowed: Collection[Network],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._options, self._secret = options, secret
        self._allowed, self._tls = allowed, tls

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """To the temporary name, looked at, and renamed."""
        part = temporary(upload)
        with self._files() as files:
            files.write(part, upload)
            finishing()
            try:
                put_in_place(files, part, upload.name, temporary(upload, "old"))
            except TransportError:
                files.clear(part)
                raise
            return files.said

    def arrived(self, upload: Upload) -> bool | None:
        """Whether the final name has our size; None where the server can't tell sizes."""
        with self._files() as files:
            size = files.size(upload.name)
            return size == upload.size if size is not None or files.tells_sizes else None

    @contextlib.contextmanager
    def _files(self) -> Iterator[FtpFiles]:
        line = open_line(self._options.host, self._options.port, self._allowed)
        ftp = TlsFtp(context=self._tls) if self._tls else PlainFtp()
        try:
            with refusals("no_service"):
                ftp.greet(line, self._options.host)
            if isinstance(ftp, TlsFtp):
                with refusals("tls_refused"):
                    ftp.auth()
                    ftp.prot_p()
            with refusals("auth_refused"):
                ftp.login(self._options.user, self._secret["password"])
            with refusals("folder_missing"):
                ftp.voidcmd("TYPE I")
                if self._options.folder:
                    ftp.cwd(self._options.folder)
            yield FtpFiles(ftp)
            with contextlib.suppress(*BROKEN):
                ftp.quit()
        finally:
            ftp.close()
            line.close()


def _check_authority(pem: str) -> None:
    try:
        ssl.create_default_context().load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise DomainError(
            "bad_certificate",
            _("Paste the authority's certificate as PEM, from BEGIN CERTIFICATE to its END."),
        ) from None
