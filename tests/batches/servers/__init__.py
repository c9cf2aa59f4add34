"""Real servers on loopback that take files: SFTP, FTP(S), SMTP, S3; the HTTP one is `Sink`.

Each runs in a thread on a free port. `files()` is what has arrived, by name; `uploads` counts how
often each final name was given. What goes wrong is told by attributes; `calm()` sets them back.
"""

from tests.batches.servers.certificates import make_certificate
from tests.batches.servers.folders import PASSWORD, USER, closed_port
from tests.batches.servers.ftp import FtpServer
from tests.batches.servers.s3 import S3Server
from tests.batches.servers.sftp import SftpServer
from tests.batches.servers.smtp import SmtpServer
from tests.outbound.sink import Sink

__all__ = [
    "PASSWORD",
    "USER",
    "FtpServer",
    "S3Server",
    "SftpServer",
    "Sink",
    "SmtpServer",
    "closed_port",
    "make_certificate",
]
