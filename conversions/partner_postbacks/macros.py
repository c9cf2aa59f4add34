"""Macros of a postback's URL, such as {payout}: checked when saved, filled in when sent.

Pure. They may stand in the path and the query only, so that no value decides who is called.
Source: conversions.md, "Partner postbacks".
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

# Each from what a partner may see of a conversion (conversions/visibility.py); change_id is the
# event's own. The names that fill them are those of the whitelist.
MACROS: dict[str, str] = {
    "conversion_id": "id",
    "conversion_uuid": "uuid",
    "transaction_id": "transaction_id",
    "status": "status",
    "payout": "payout",
    "currency": "currency",
    "offer_id": "offer",
    "affiliate_id": "",
    **{f"sub{n}": f"sub{n}" for n in range(1, 7)},
    "order_id": "order_id",
    "event": "event",
    "change_id": "",
}
_MACRO = re.compile(r"\{([^{}]*)\}")
# What stands in for a conversion when a postback is tested.
SAMPLE: dict[str, str] = {
    "conversion_id": "1000001",
    "conversion_uuid": "00000000-0000-4000-8000-000000000000",
    "transaction_id": "sample-transaction",
    "status": "approved",
    "payout": "12.50",
    "currency": "EUR",
    "offer_id": "1",
    "affiliate_id": "1",
    **{f"sub{n}": f"sample-{n}" for n in range(1, 7)},
    "order_id": "sample-order",
    "event": "Base",
    "change_id": "test-1",
}


def used_in(url: str) -> list[str]:
    """The macros of a URL, in order, known or not."""
    return list(dict.fromkeys(_MACRO.findall(url)))


def problem(url: str) -> tuple[str, str] | None:
    """What is wrong with a URL, as a code and the part that it is about; None for a good one.

    Codes: not_printable, not_http, macro_in_host, no_host, fragment, bad_port, unknown_macro,
    brace.
    """
    if not url.isprintable() or " " in url:
        return "not_printable", ""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return "not_http", scheme[:20]
    # A backslash is a slash to some and no slash to others: who would be called?
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "{" in authority or "}" in authority or "\\" in rest:
        return "macro_in_host", authority
    if "#" in rest:
        return "fragment", ""
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return "no_host", ""
        _ = parts.port
    except ValueError:
        return "bad_port", authority
    for name in used_in(url):
        if name not in MACROS:
            return "unknown_macro", name
    if re.search(r"[{}]", _MACRO.sub("", url)):
        return "brace", ""
    return None


def fill_in(url: str, values: Mapping[str, str]) -> str:
    """The URL with each macro replaced by its value, URL-encoded; an unknown one stays."""
    return _MACRO.sub(
        lambda found: quote(values[found[1]], safe="") if found[1] in values else found[0], url
    )


def host_of(url: str) -> str:
    """Who is called, in lower case; nothing for a URL without one."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
