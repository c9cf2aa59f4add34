"""The servers of this folder, one of each for all its tests, and a file to send."""

import hashlib
import io

import pytest

from batches import destinations
from batches.destinations.base import Upload
from convertr.outbound.addresses import networks
from tests.batches.servers import (
    FtpServer,
    S3Server,
    SftpServer,
    Sink,
    SmtpServer,
    make_certificate,
)

LOOPBACK = networks(["127.0.0.0/8"])
CONTENT = "id;name\r\n1;“Ünï” \U0001f600\r\n".encode() + b"x" * 300_000 + b"\r\n.\r\n\0\xff"


@pytest.fixture(autouse=True)
def loopback(settings):
    """Loopback may be called; who hangs is given up on, but not who is late on a busy machine."""
    settings.OUTBOUND_ALLOW = LOOPBACK
    settings.OUTBOUND_CONNECT_SECONDS = settings.OUTBOUND_TOTAL_SECONDS = 2.5


def make_upload(content=CONTENT, name="leads 12.csv", key="convertr-batch-12-abc", **more):
    values = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), **more}
    return Upload(
        name=name, key=key, open=lambda: io.BytesIO(content), media_type="text/csv", **values
    )


@pytest.fixture
def upload():
    return make_upload()


def way(stored, secret, host_key="", **more):
    """A transport from what is stored."""
    kind = destinations.KINDS[stored["kind"]]
    return kind.transport(kind.read(stored), secret=secret, host_key=host_key, **more)


class Finishing:
    """What is told before the last step; counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1


@pytest.fixture
def finishing():
    return Finishing()


def _one_for_all(make):
    @pytest.fixture(scope="session", name=f"_{make.__name__}")
    def running(tmp_path_factory):
        server = make(tmp_path_factory)
        yield server
        server.stop()

    @pytest.fixture(name=make.__name__)
    def calm(request):
        server = request.getfixturevalue(f"_{make.__name__}")
        server.calm()
        return server

    return running, calm


def sftp_server(folders):
    return SftpServer(folders.mktemp("sftp"))


def ftp_server(folders):
    return FtpServer(folders.mktemp("ftp"))


def ftps_server(folders):
    return FtpServer(folders.mktemp("ftps"), make_certificate(folders.mktemp("tls")))


def smtp_server(folders):
    return SmtpServer()


def s3_server(folders):
    return S3Server()


_sftp, sftp_server = _one_for_all(sftp_server)
_ftp, ftp_server = _one_for_all(ftp_server)
_ftps, ftps_server = _one_for_all(ftps_server)
_smtp, smtp_server = _one_for_all(smtp_server)
_s3, s3_server = _one_for_all(s3_server)


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.stop()
