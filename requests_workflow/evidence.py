"""What may be attached as evidence: judged by its content, whatever it is called. Pure.

Source: requests.md, "Portal" (PDF, PNG, JPEG, CSV, TXT, up to 10 MB, type checked by content). A
file may be two types at once; it is kept as the one found here and only ever comes back as a
download, so the other one never runs.
"""

import codecs
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from convertr.errors import DomainError

LONGEST_NAME = 255
# How each kind begins, what it is served as, and the endings that its name may have.
BINARY = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
)
TEXT = {".csv": "text/csv", ".txt": "text/plain"}
ENDINGS = tuple(end for _head, _type, ends in BINARY for end in ends) + tuple(TEXT)
# What a file chooser offers.
ACCEPT = ",".join(ENDINGS)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Checked:
    """The name to keep a file under, and the content type to serve it with."""

    name: str
    content_type: str


def checked(file: UploadedFile[Any]) -> Checked:
    """What the file is; DomainError evidence_empty, evidence_too_large or evidence_type."""
    if not file.size:
        raise DomainError("evidence_empty", _("The file is empty. Choose another."))
    most = settings.REQUEST_EVIDENCE_MAX_BYTES
    if file.size > most:
        raise too_large()
    file.seek(0)
    content = file.read()
    file.seek(0)
    return _of_content(content, safe_name(file.name or ""))


def too_large() -> DomainError:
    most = settings.REQUEST_EVIDENCE_MAX_BYTES // 1024**2
    text = _("A file may have at most %(mb)s MB. Choose a smaller one.") % {"mb": most}
    return DomainError("evidence_too_large", text, mb=most)


def too_large_together() -> DomainError:
    """What was sent at once is more than any page takes."""
    most = settings.REQUEST_EVIDENCE_MAX_BYTES // 1024**2
    together = settings.UPLOAD_MAX_BYTES // 1024**2
    text = _("A file may have at most %(mb)s MB, all together %(together)s MB. Send fewer at once.")
    return DomainError("evidence_too_large", text % {"mb": most, "together": together}, mb=most)


def safe_name(name: str) -> str:
    """The last part of a name, without what isn't seen or turns the reading direction; short."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in last if not unicodedata.category(c).startswith("C")).strip(" .")
    return _short(seen)


def _of_content(content: bytes, name: str) -> Checked:
    ending = PurePosixPath(name).suffix.lower()
    for head, content_type, endings in BINARY:
        if content.startswith(head):
            # The name must not call it what it isn't: people open it by its name.
            fits = ending in endings
            return Checked(name if fits else _ended(name, endings[0]), content_type)
    charset = _charset(content) if ending in TEXT else ""
    if not charset:
        text = _("Attach a PDF, a PNG or JPEG picture, or a CSV or TXT file in UTF-8.")
        raise DomainError("evidence_type", text)
    return Checked(name, f"{TEXT[ending]}; charset={charset}")


def _charset(content: bytes) -> str:
    """How a text is written: UTF-8, or UTF-16 that says so; empty where it is no text."""
    charset = "utf-16" if content.startswith(_UTF_16) else "utf-8"
    try:
        text = content.decode(charset)
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else charset


def _ended(name: str, ending: str) -> str:
    return _short(f"{name or _('evidence')}{ending}")


def _short(name: str) -> str:
    """At most 255 characters; the ending stays."""
    ending = PurePosixPath(name).suffix[:20]
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - len(ending)] + ending
