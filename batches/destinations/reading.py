"""Options as people enter them, checked: hosts, ports, folders, URLs, headers, recipients."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from batches.secrets import split_header
from convertr.errors import DomainError

LONGEST_TEXT = 255
LONGEST_FOLDER = 500
LONGEST_URL = 2_000
MOST_HEADERS = 20
MOST_RECIPIENTS = 20
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# Said by us, or a secret, which has no place in what everybody with the page can read.
_OUR_HEADERS = frozenset(
    {"host", "content-length", "content-disposition", "transfer-encoding", "idempotency-key"}
    | {"connection", "keep-alive", "expect", "te", "trailer", "upgrade"}
)
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


def text(stored: Mapping[str, Any], name: str, label: str | Promise, *, empty: bool = False) -> str:
    """A line of text without what can't be seen."""
    value = str(stored.get(name) or "").strip()
    if not value and not empty:
        raise DomainError("missing", _("Fill in: %(name)s") % {"name": label})
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise DomainError(
            "bad_text",
            _("Write one line of at most 255 characters: %(name)s") % {"name": label},
        )
    return value


def host(stored: Mapping[str, Any]) -> str:
    """A host's name, in the form that name servers know, or its IP address."""
    value = text(stored, "host", _("Host")).lower().strip("[]").rstrip(".")
    try:
        return str(ip_address(value))
    except ValueError:
        pass
    try:
        name = value if value.isascii() else value.encode("idna").decode()
    except UnicodeError:
        name = ""
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise DomainError(
            "bad_host",
            _("Write the host's name alone, such as files.example.com: no sftp://, no folder."),
        )
    return name


def port(stored: Mapping[str, Any], usual: int) -> int:
    """A port; the usual one where none is given."""
    value = str(stored.get("port") or usual).strip()
    if not (value.isascii() and value.isdigit() and 0 < int(value[:6]) < 65_536):
        raise DomainError("bad_port", _("A port is a number from 1 to 65535."))
    return int(value)


def folder(stored: Mapping[str, Any], name: str = "folder") -> str:
    """A folder as the server knows it, without a slash at its end; empty: where one arrives."""
    value = str(stored.get(name) or "").strip()
    value = re.sub(r"/+", "/", value)
    if len(value) > LONGEST_FOLDER or not value.isprintable() or "\\" in value:
        raise DomainError("bad_folder", _("Write a folder such as /upload/leads."))
    if set(value.split("/")) & {".", ".."}:
        raise DomainError("bad_folder", _("Write the whole folder, without . and .. in it."))
    return value if value == "/" else value.rstrip("/")


def url(stored: Mapping[str, Any], name: str, label: str | Promise) -> str:
    """An http or https URL without a user, a password or a fragment."""
    value = str(stored.get(name) or "").strip()
    if not value:
        raise DomainError("missing", _("Fill in: %(name)s") % {"name": label})
    good = len(value) <= LONGEST_URL and value.isprintable() and not set(value) & set(" \\#")
    try:
        parts = urlsplit(value)
        good = good and parts.scheme in ("http", "https") and bool(parts.hostname)
        _number = parts.port
    except ValueError:
        good = False
    if not good:
        raise DomainError(
            "bad_url",
            _("Write a URL that begins with https:// or http://, without spaces, \\ and #."),
        )
    if "@" in parts.netloc:
        raise DomainError(
            "secret_in_url", _("Leave user and password out of the URL: use a credential.")
        )
    return value


def headers(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Header lines "Name: value", none of ours and none that is a secret."""
    found = [": ".join(split_header(line)) for line in lines(stored.get("headers"))]
    names = [line.partition(":")[0].lower() for line in found]
    if len(found) > MOST_HEADERS:
        raise DomainError("too_many_headers", _("20 headers at most."))
    if len(set(names)) < len(names):
        raise DomainError("headers_twice", _("Each header once."))
    for name in names:
        if name in _OUR_HEADERS:
            raise DomainError("our_header", _("We set this header: %(name)s") % {"name": name})
        if name in _SECRET_HEADERS:
            raise DomainError(
                "secret_header",
                _("This header is a secret, so put it into a credential: %(name)s")
                % {"name": name},
            )
    return tuple(found)


def recipients(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """E-mail addresses, each once."""
    found: dict[str, str] = {}
    for one in lines(stored.get("recipients"), also=",;"):
        try:
            checked = validate_email(
                one, check_deliverability=False, allow_smtputf8=False, test_environment=True
            )
        except EmailNotValidError:
            raise DomainError(
                "bad_recipient",
                _("This is no e-mail address: %(address)s") % {"address": one[:100]},
            ) from None
        address = checked.ascii_email or checked.normalized
        found[address.lower()] = address
    if not found:
        raise DomainError("no_recipients", _("Write at least one recipient."))
    if len(found) > MOST_RECIPIENTS:
        raise DomainError("too_many_recipients", _("20 recipients at most."))
    return tuple(found.values())


def lines(value: Any, also: str = "") -> list[str]:
    """A list, or a text of many lines (or parts between the marks in `also`), without blanks."""
    if value is None:
        return []
    parts = value if isinstance(value, list | tuple) else re.split(f"[\r\n{also}]", str(value))
    return [str(part).strip() for part in parts if str(part).strip()]


def bracketed(name: str) -> str:
    """A host as a URL writes it."""
    return f"[{name}]" if ":" in name else name
