"""What is done with files on an FTP server, over which connections, and what its answers mean."""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Iterator

from batches.destinations.base import TransportError, Upload
from batches.destinations.guarding import BROKEN
from batches.destinations.pieces import limits, pieces

# Answers of a server that doesn't know a command.
_UNKNOWN_COMMAND = ("500", "501", "502", "504")


class PlainFtp(ftplib.FTP):
    """FTP over a line that is there already.

    ftplib takes the host of data connections from that line, whatever PASV's answer says.
    """

    trust_server_pasv_ipv4_address = False

    def greet(self, line: socket.socket, host: str) -> None:
        """Read the server's welcome."""
        self.timeout = limits().total  # of data connections
        self.host, self.sock, self.af = host, line, line.family
        self.file = line.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()


class TlsFtp(PlainFtp, ftplib.FTP_TLS):
    """FTP whose data connections go on with the TLS session, as many servers require."""

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321  in TLS at once
        try:
            session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
            wrapped = self.context.wrap_socket(data, server_hostname=self.host, session=session)
        except BaseException:
            data.close()
            raise
        return wrapped, size


class FtpFiles:
    """What the server does with files in the folder; what it refuses is a TransportError."""

    def __init__(self, ftp: ftplib.FTP) -> None:
        self._ftp = ftp
        self.said = ""
        self.tells_sizes = True

    def write(self, name: str, upload: Upload) -> None:
        """All of it, and of the right size as far as the server tells."""
        with refusals("not_allowed"):
            with self._ftp.transfercmd(f"STOR {name}") as data:
                data.settimeout(limits().total)
                for piece in pieces(upload):
                    data.sendall(piece)
                if isinstance(data, ssl.SSLSocket):
                    # Some servers hang up without a goodbye; the size tells whether all is there.
                    with contextlib.suppress(OSError):
                        data.unwrap()
            self._ftp.voidresp()
        if self.size(name) != upload.size and self.tells_sizes:
            raise TransportError("incomplete")

    def rename(self, name: str, becomes: str) -> None:
        with refusals("not_allowed"):
            self.said = self._ftp.rename(name, becomes)

    def remove(self, name: str) -> None:
        with refusals("not_allowed"):
            self._ftp.delete(name)

    def size(self, name: str) -> int | None:
        try:
            with refusals("not_allowed"):
                answer = self._ftp.sendcmd(f"SIZE {name}")
        except TransportError as error:
            if error.words[:3] in _UNKNOWN_COMMAND:
                self.tells_sizes = False
            elif not error.permanent:
                raise
            return None
        size = answer[3:].strip()
        return int(size) if answer.startswith("213") and size.isdigit() else None

    def clear(self, name: str) -> None:
        """Remove what is of no use any more, if possible."""
        with contextlib.suppress(TransportError, *BROKEN):
            self.remove(name)


@contextlib.contextmanager
def refusals(code: str) -> Iterator[None]:
    """Read the server's answers; `code` is what a 5xx means at this point."""
    try:
        yield
    except ftplib.error_temp as error:
        full = str(error).startswith("452")
        raise TransportError("disk_full" if full else "busy", str(error)) from None
    except ftplib.error_perm as error:
        if str(error).startswith("552"):
            raise TransportError("disk_full", str(error)) from None
        raise TransportError(code, str(error), permanent=True) from None
    except (ftplib.error_proto, ftplib.error_reply) as error:
        raise TransportError("not_understood", str(error)) from None
