"""The discussion of a request: comments, and files as evidence."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from requests_workflow import rules
from requests_workflow.access import who
from requests_workflow.evidence import checked
from requests_workflow.models import LONGEST_TEXT, Attachment, Comment, ConversionRequest
from requests_workflow.services import notifying
from requests_workflow.wanted import is_storable


def comment(
    *,
    actor: User,
    request: ConversionRequest,
    text: str,
    internal: bool = False,
    files: Sequence[UploadedFile[Any]] = (),
    tell: bool = True,
) -> Comment:
    """Say something about a request, with up to REQUEST_EVIDENCE_MAX_FILES files.

    DomainError where there is neither text nor file, or one of the files is refused. An internal
    comment is the agency's alone.
    """
    if not rules.may_comment(who(actor, request)) or (internal and actor.is_partner):
        raise PermissionDenied
    text = checked_text(text, "comment_bad")
    _check(text, files)
    kinds = [checked(file) for file in files]
    with transaction.atomic():
        said = Comment.objects.create(request=request, author=actor, text=text, internal=internal)
        for file, kind in zip(files, kinds, strict=True):
            Attachment.objects.create(
                request=request,
                comment=said,
                name=kind.name,
                content_type=kind.content_type,
                size=file.size or 0,
                file=file,
            )
        if tell:
            notifying.tell_comment(said)
    return said


def checked_text(text: str, code: str) -> str:
    """What somebody wrote, trimmed; DomainError with this code where it can't be kept."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        most = f"{LONGEST_TEXT:,}"
        raise DomainError(code, _("Write at most %(most)s characters.") % {"most": most})
    if not is_storable(text):
        raise DomainError(code, _("The text holds characters that can't be stored."))
    return text


def _check(text: str, files: Sequence[UploadedFile[Any]]) -> None:
    if not (text or files):
        raise DomainError("nothing_said", _("Write a comment, or choose a file."))
    if len(files) > settings.REQUEST_EVIDENCE_MAX_FILES:
        most = settings.REQUEST_EVIDENCE_MAX_FILES
        raise DomainError("too_many_files", _("Choose at most %(most)s files.") % {"most": most})
