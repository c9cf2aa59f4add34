"""SFTP: password or key, the server's key pinned; a temporary name, then the final one."""

import base64
import contextlib
import hashlib
import logging
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import paramiko
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from batches.destinations.base import Finishing, Transport, TransportError, Upload
from batches.destinations.destination import Allowed, Kind, Secret
from batches.destinations.guarding import BROKEN, read_error
from batches.destinations.lines import open_line
from batches.destinations.pieces import limits, temporary
from batches.destinations.sftp_files import SftpFiles
from batches.secrets import parse_key
from convertr.errors import DomainError
from convertr.outbound.addresses import Network
from convertr.outbound.checked import RefusedAddressError

# It logs each line that breaks with a traceback; what matters of it is in our errors.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class SftpOptions:
    """Where to, and as whom."""

    host: str
    port: int
    user: str
    folder: str


class Sftp(Kind[SftpOptions]):
    """A folder on an SSH server."""

    key = "sftp"
    label = _("SFTP")
    credential_kinds = ("password", "ssh_key")
    pins = True
    after_unknown = "look"

    def read(self, stored: Mapping[str, Any]) -> SftpOptions:
        return SftpOptions(
            host=reading.host(stored),
            port=reading.port(stored, 22),
            user=reading.text(stored, "user", _("User")),
            folder=reading.folder(stored),
        )

    def words(self, options: SftpOptions) -> str:
        host = reading.bracketed(options.host)
        folder = options.folder.lstrip("/")
        return f"sftp://{options.user}@{host}:{options.port}/{folder}"

    def host_key_of(self, options: SftpOptions, *, allowed: Allowed = None) -> str:
        networks = settings.OUTBOUND_ALLOW if allowed is None else allowed
        try:
            with _greeted(options, "", networks) as ssh:
                return _shown_key(ssh)
        except (RefusedAddressError, *BROKEN) as error:
            raise read_error(error, unknown=False) from None

    def _way(
        self, options: SftpOptions, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        return SftpTransport(options, secret, host_key, allowed)


def fingerprint(host_key: str) -> str:
    """A host's key as ssh shows it: "SHA256:…"."""
    digest = hashlib.sha256(base64.b64decode(host_key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class SftpTransport:
    """One upload over one connection."""

    def __init__(
        self,
        options: SftpOptions,
        secret: Secret,
        host_key: str,
        allowed: Collection[Network],
    ) -> None:
        self._options, self._secret = options, secret
        self._host_key, self._allowed = host_key, allowed

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """To the temporary name, looked at, and renamed."""
        final, part = self._path(upload.name), self._path(temporary(upload))
        with self._files() as files:
            files.write(part, upload)
            finishing()
            try:
                files.put_in_place(part, final, self._path(temporary(upload, "old")))
            except TransportError:
                files.clear(part)
                raise
        return f"{upload.size} bytes stored as {final}"

    def arrived(self, upload: Upload) -> bool | None:
        """Whether the final name has our size."""
        with self._files() as files:
            return files.size(self._path(upload.name)) == upload.size

    def _path(self, name: str) -> str:
        return posixpath.join(self._options.folder, name)

    @contextlib.contextmanager
    def _files(self) -> Iterator[SftpFiles]:
        if not self._host_key:
            raise TransportError("host_key_missing", permanent=True)
        with _greeted(self._options, self._host_key, self._allowed) as ssh:
            if _shown_key(ssh) != self._host_key.strip():
                raise TransportError(
                    "host_key_changed", fingerprint(_shown_key(ssh)), permanent=True
                )
            self._sign_in(ssh)
            client = paramiko.SFTPClient.from_transport(ssh)
            if client is None:
                raise EOFError("no channel")
            with client:
                client.get_channel().settimeout(limits().total)  # type: ignore[union-attr]
                yield SftpFiles(client)

    def _sign_in(self, ssh: paramiko.Transport) -> None:
        user = self._options.user
        try:
            if "private_key" in self._secret:
                key = parse_key(self._secret["private_key"], self._secret.get("passphrase", ""))
                wants_more = ssh.auth_publickey(user, key)
            else:
                wants_more = ssh.auth_password(user, self._secret["password"])
        except paramiko.AuthenticationException as error:
            # The same class says that the line broke, and that no answer came.
            if not ssh.is_active():
                raise EOFError(str(error)) from None
            if "timeout" in str(error).lower():
                raise TimeoutError(str(error)) from None
            raise TransportError("auth_refused", str(error), permanent=True) from None
        except DomainError as error:
            raise TransportError(error.code, permanent=True) from None
        if wants_more:
            raise TransportError(
                "auth_refused", f"wants {', '.join(wants_more)} as well", permanent=True
            )


@contextlib.contextmanager
def _greeted(
    options: SftpOptions, host_key: str, allowed: Collection[Network]
) -> Iterator[paramiko.Transport]:
    """A connection on which nobody has signed in; the kind of key that is pinned is asked for."""
    line = open_line(options.host, options.port, allowed)
    try:
        ssh = paramiko.Transport(line)
    except BaseException:
        line.close()
        raise
    try:
        ssh.banner_timeout = ssh.auth_timeout = ssh.handshake_timeout = limits().total
        if host_key:
            security = ssh.get_security_options()
            wanted = _signatures(host_key.split(maxsplit=1)[0])
            known = list(security.key_types)
            security.key_types = tuple(sorted(known, key=lambda name: name not in wanted))
        try:
            ssh.start_client(timeout=limits().total)
        except (paramiko.SSHException, EOFError) as error:
            raise TransportError("not_understood", str(error)) from None
        if not ssh.initial_kex_done:
            raise TimeoutError("no greeting")  # start_client just returns then
        yield ssh
    finally:
        ssh.close()


def _signatures(kind: str) -> tuple[str, ...]:
    """The ways in which a kind of key signs."""
    return ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa") if kind == "ssh-rsa" else (kind,)


def _shown_key(ssh: paramiko.Transport) -> str:
    key = ssh.get_remote_server_key()
    return f"{key.get_name()} {key.get_base64()}"
