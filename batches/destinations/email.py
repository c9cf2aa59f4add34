"""E-mail, through the mail server of this installation (settings.EMAIL_*)."""

import hashlib
import smtplib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from batches.destinations import reading
from batches.destinations.base import Finishing, Transport, TransportError, Upload
from batches.destinations.destination import Kind, Secret
from batches.destinations.pieces import pieces
from convertr.errors import DomainError
from convertr.outbound.addresses import Network

LARGEST = 20 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """Who gets it, under which subject."""

    recipients: tuple[str, ...]
    subject: str


class Email(Kind[EmailOptions]):
    """The file attached to an e-mail; only ever in a ZIP with a password."""

    key = "email"
    label = _("E-mail")
    needs_credential = False
    after_unknown = "hold"

    def read(self, stored: Mapping[str, Any]) -> EmailOptions:
        return EmailOptions(
            recipients=reading.recipients(stored),
            subject=reading.text(stored, "subject", _("Subject")),
        )

    def words(self, options: EmailOptions) -> str:
        first = ", ".join(options.recipients[:3])
        more = len(options.recipients) - 3
        return f"mailto:{first} + {more}" if more > 0 else f"mailto:{first}"

    def check(self, options: EmailOptions, *, encrypted: bool) -> None:
        if not encrypted:
            raise DomainError(
                "needs_password",
                _("Files sent by e-mail must be in a ZIP with a password. Set that up first."),
            )

    def for_test(self, options: EmailOptions) -> EmailOptions:
        return replace(options, subject=_now("Test: %(subject)s") % {"subject": options.subject})

    def _way(
        self, options: EmailOptions, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        return EmailTransport(options)


class EmailTransport:
    """One message to all recipients, or to none."""

    def __init__(self, options: EmailOptions) -> None:
        self._options = options

    def send(self, upload: Upload, finishing: Finishing) -> str:
        """Nothing has been sent until DATA; from then on nobody knows until the server answers."""
        if upload.size > LARGEST:
            raise TransportError("too_large", permanent=True)
        message = self._message(upload)
        connection = get_connection()
        if not isinstance(connection, EmailBackend):
            # Of development: the message is printed.
            finishing()
            connection.send_messages([message])
            return ""
        try:
            return _hand_over(_opened(connection), message, finishing)
        finally:
            connection.close()

    def arrived(self, upload: Upload) -> bool | None:
        """Nobody can tell."""
        return None

    def _message(self, upload: Upload) -> EmailMessage:
        digest = hashlib.sha256(upload.key.encode()).hexdigest()[:32]
        sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        domain = sender.rpartition("@")[2] or "localhost"
        message = EmailMessage(
            subject=self._options.subject,
            body=_now(
                "The file is attached. If it asks for a password: you are told that another way."
            ),
            to=list(self._options.recipients),
            headers={"Message-ID": f"<{digest}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        message.attach(upload.name, b"".join(pieces(upload)), upload.media_type)
        return message


def _opened(connection: EmailBackend) -> smtplib.SMTP:
    try:
        connection.open()
        server = connection.connection
        if server is None:
            raise smtplib.SMTPServerDisconnected("connection closed")
        server.ehlo_or_helo_if_needed()
        return server
    except smtplib.SMTPAuthenticationError as error:
        raise TransportError("mail_auth_refused", _said(error), permanent=True) from None
    except smtplib.SMTPResponseException as error:
        raise TransportError("no_connection", _said(error)) from None
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError("no_connection", str(error)) from None


def _hand_over(server: smtplib.SMTP, message: EmailMessage, finishing: Finishing) -> str:
    content = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    size = [f"SIZE={len(content)}"] if server.has_extn("size") else []
    _answer(server.mail(sender, size), "refused")
    for recipient in message.to:
        _answer(server.rcpt(recipient), "recipient_refused")
    finishing()
    try:
        code, words = server.data(content)
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error, "refused") from None
    return _answer((code, words), "refused")


def _answer(answer: tuple[int, bytes], code: str) -> str:
    """The server's words; TransportError `code` or `busy` where it doesn't agree."""
    number, words = answer
    if not 200 <= number < 300:
        raise _refusal(number, words, code)
    return f"{number} {words.decode(errors='replace')}"


def _refusal(number: int, words: bytes | str, code: str) -> TransportError:
    if number == -1:
        # What smtplib says of a line that broke.
        raise smtplib.SMTPServerDisconnected("connection closed")
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    permanent = number >= 500
    return TransportError(code if permanent else "busy", f"{number} {text}", permanent=permanent)


def _said(error: smtplib.SMTPResponseException) -> str:
    words = error.smtp_error
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{error.smtp_code} {text}"
