"""Where files go to: one file a kind, each a small transport (batches.md)."""

from batches.destinations.destination import Destination
from batches.destinations.email import Email
from batches.destinations.ftp import Ftp, Ftps
from batches.destinations.http import Http
from batches.destinations.s3 import S3
from batches.destinations.sftp import Sftp
from batches.destinations.trying import Tested, try_out

KINDS: dict[str, Destination] = {
    kind.key: kind for kind in (Sftp(), Ftp(), Ftps(), Email(), Http(), S3())
}

__all__ = ["KINDS", "Destination", "Tested", "try_out"]
