"""FTP and FTPS by pyftpdlib."""

import threading
import warnings
from pathlib import Path

from tests.batches.servers.folders import FolderServer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyftpdlib brings its own asyncore, and says so
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer


class FtpServer(FolderServer):
    """pyftpdlib; over TLS with a certificate (make_certificate), whose PEM is `authority`."""

    def __init__(self, folder, certificate=None):
        super().__init__(folder)
        self.authority = (
            certificate.read_text().partition("-----BEGIN PRIVATE")[0] if certificate else ""
        )
        account = DummyAuthorizer()
        account.add_user(self.user, self.password, str(self.folder), perm="elradfmwMT")
        self._handler = _handler(self, account, certificate)
        self._loop = IOLoop()
        self._server = FTPServer(("127.0.0.1", 0), self._handler, ioloop=self._loop)
        self.port = self._server.address[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def options(self):
        kind = "ftps" if self.authority else "ftp"
        more = {"ca_certificate": self.authority} if self.authority else {}
        return {"kind": kind, "host": "127.0.0.1", "port": self.port, "user": self.user, **more}

    def lie_about_the_host(self, address):
        """What PASV answers, instead of where the server is."""
        self._handler.masquerade_address = address

    def stop(self):
        self._ending.set()
        self._thread.join()

    def _run(self):
        while not self._ending.is_set():
            self._loop.loop(timeout=0.02, blocking=False)
        self._server.close_all()


def _handler(server, account, certificate):
    """A class of handlers of one server: pyftpdlib keeps its settings there."""
    of_control, of_data = (
        (TLS_FTPHandler, TLS_DTPHandler) if certificate else (FTPHandler, DTPHandler)
    )

    class Data(_CutData, of_data):
        pass

    class Control(_Commands, of_control):
        dtp_handler = Data
        authorizer = account
        auth_failed_timeout = 0.05
        banner = "ready"

    Data.server_of_test = Control.server_of_test = server
    if certificate:
        Control.certfile = str(certificate)
        Control.tls_control_required = Control.tls_data_required = True
    return Control


class _CutData:
    server_of_test = None

    def handle_read_event(self):
        super().handle_read_event()
        cut_after = self.server_of_test.cut_after
        if cut_after is not None and self.tot_bytes_received > cut_after:
            self.cmd_channel.close()


class _Commands:
    server_of_test = None

    def on_login(self, username):
        self.server_of_test.sign_ins += 1

    def ftp_STOR(self, file, mode="w"):  # noqa: N802  pyftpdlib's names
        if self.server_of_test.read_only:
            return self.respond("550 Not enough privileges.")
        return super().ftp_STOR(file, mode)

    def ftp_RNTO(self, path):  # noqa: N802
        if self.server_of_test.refuse_rename:
            return self.respond("553 No renaming here.")
        if self.server_of_test.refuse_taken and Path(path).exists():
            return self.respond("550 File exists.")
        self.server_of_test.will_rename(path)
        if self.server_of_test.cut_after_rename:
            Path(self._rnfr).rename(path)
            self.server_of_test.was_renamed(path)
            self.close()
            return None
        done = super().ftp_RNTO(path)
        self.server_of_test.was_renamed(path)
        return done
