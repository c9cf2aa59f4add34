"""A file of leads from its rows to its last byte: plain, in a ZIP, locked."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.utils.translation import gettext as _

from batches.files import text, workbook
from batches.files.options import MOST_XLSX, FileOptions, Format
from convertr.errors import DomainError

Row = Sequence[str]
_COPIED = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its leads, its bytes, and their digest in hex."""

    rows: int
    size: int
    sha256: str


class _Target(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object: ...


class _Count:
    """How many rows were written."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, more: int) -> None:
        self.rows += more


def write(
    rows: Iterable[Row],
    headers: Row,
    options: FileOptions,
    *,
    password: str | None,
    inner_name: str,
    out: BinaryIO,
) -> Written:
    """Write rows to an empty file that can be read and sought; it is left at its start.

    Each row has a cell for each header. Memory doesn't grow with the rows, but where a workbook
    is locked. `inner_name` is the file's name in a ZIP. Raises DomainError for what the file can't
    hold; what `out` then holds is no file.
    """
    _check_password(password, options)
    count = _Count()
    if options.format == Format.XLSX:
        _write_workbook(rows, headers, options, password, inner_name, out, count)
    else:
        with _entry(out, options, password, inner_name, ZIP_DEFLATED) as target:
            for chunk in text.chunks(rows, headers, options, count):
                target.write(chunk)
    return _written(out, count.rows)


def _check_password(password: str | None, options: FileOptions) -> None:
    if password is None:
        return
    if not options.takes_password:
        raise DomainError(
            "password_needs_zip", _("A text file can’t have a password. Send it in a ZIP.")
        )
    if not password:
        raise DomainError("password_empty", _("The file’s password is empty. Enter another."))


def _write_workbook(
    rows: Iterable[Row],
    headers: Row,
    options: FileOptions,
    password: str | None,
    inner_name: str,
    out: BinaryIO,
    count: _Count,
) -> None:
    """A workbook is packed when all is there: until it goes on, it waits in a nameless file."""
    most = options.most_rows(with_password=password is not None) or MOST_XLSX
    if not options.zipped and password is None:
        workbook.write(rows, headers, out, header=options.header, most=most, count=count)
        return
    with tempfile.TemporaryFile() as plain:
        workbook.write(rows, headers, plain, header=options.header, most=most, count=count)
        plain.seek(0)
        if password is not None and not options.zipped:
            workbook.encrypt(plain, password, out)
            return
        # It is compressed as it is.
        with _entry(out, options, password, inner_name, ZIP_STORED) as target:
            shutil.copyfileobj(plain, target, _COPIED)


@contextmanager
def _entry(
    out: BinaryIO, options: FileOptions, password: str | None, name: str, compression: int
) -> Iterator[_Target]:
    """Where the file's bytes go: `out`, or the one file in a ZIP, locked by a password."""
    if not options.zipped:
        yield out
        return
    # Nobody knows yet whether it will be over 4 GiB.
    with (
        _archive(out, password, compression) as archive,
        archive.open(name, "w", force_zip64=True) as entry,
    ):
        yield entry


def _archive(out: BinaryIO, password: str | None, compression: int) -> ZipFile:
    if password is None:
        return ZipFile(out, "w", compression)
    # Loads half a second of cryptography, which every process would wait for.
    import pyzipper  # noqa: PLC0415

    archive = pyzipper.AESZipFile(
        out,
        "w",
        compression=compression,
        encryption=pyzipper.WZ_AES,  # 256 bits
    )
    archive.setpassword(password.encode())
    found: ZipFile = archive
    return found


def _written(out: BinaryIO, rows: int) -> Written:
    out.seek(0)
    digest = hashlib.file_digest(out, "sha256").hexdigest()  # type: ignore[arg-type]
    size = out.seek(0, os.SEEK_END)
    out.seek(0)
    return Written(rows, size, digest)
