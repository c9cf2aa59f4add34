"""The columns that lists are made of: how a value is shown, and how it is exported.

`render` makes the cell of the page, `value` the plain cell of an export: ISO dates, plain numbers,
texts as they are.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_tables2
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_tables2.utils import A

from convertr.ui.templatetags.ui import pill

# A longer text is cut on the page; it shows whole on hover and on focus.
CUT_AFTER = 40


class Column(django_tables2.Column):  # type: ignore[misc]
    """A column as it is; sorting is the list's business, not the table's.

    `render` and `value` take what they name, as django-tables2 calls them.
    """

    css = ""
    render: Callable[..., Any]
    value: Callable[..., Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("orderable", False)
        if self.css:
            kwargs.setdefault("attrs", {"td": {"class": self.css}, "th": {"class": self.css}})
        super().__init__(*args, **kwargs)

    def _text(self, value: Any) -> Any:
        return cut(str(value))

    def _plain(self, value: Any) -> Any:
        return value

    render, value = _text, _plain


class IdColumn(Column):
    """A number or key in the mono face, copied by a click."""

    css = "nowrap"

    def render(self, value: Any) -> SafeString:
        return copyable(str(value))

    def value(self, value: Any) -> Any:
        return str(value)


class LinkColumn(Column):
    """A text (or number) that leads to an object's page: `page=("conversions:detail", "pk")`."""

    def __init__(self, *args: Any, page: tuple[str, str], **kwargs: Any) -> None:
        self.url_name, self.argument = page[0], A(page[1])
        super().__init__(*args, **kwargs)

    def render(self, value: Any, record: Any) -> SafeString:
        url = reverse(self.url_name, args=[self.argument.resolve(record)])
        return format_html('<a href="{}">{}</a>', url, cut(str(value)))

    def value(self, value: Any) -> Any:
        return str(value)


class StateColumn(Column):
    """A choice as a pill: a word, an icon and a tint."""

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        return pill(A(bound_column.accessor).resolve(record), str(value))

    def value(self, value: Any, record: Any, bound_column: Any) -> Any:
        return A(bound_column.accessor).resolve(record)


class MoneyColumn(Column):
    """An amount with its currency, which `currency` leads to: "offer__currency"."""

    css = "num"

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = A(currency)
        super().__init__(*args, **kwargs)

    def render(self, value: Decimal, record: Any) -> SafeString:
        return money(value, self.currency.resolve(record))


class NumberColumn(Column):
    css = "num"

    def render(self, value: Any) -> str:
        return f"{value:,}"


class TimeColumn(Column):
    """Relative within a day, else the date; the exact time and UTC on hover."""

    css = "time"

    def render(self, value: datetime) -> SafeString:
        return moment(value)

    def value(self, value: datetime) -> str:
        return timezone.localtime(value).isoformat(timespec="seconds")


class YesColumn(Column):
    """A sign where it is so, nothing where not."""

    def __init__(self, *args: Any, word: Any = None, **kwargs: Any) -> None:
        self.word = word or gettext_lazy("Yes")
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> Any:
        return self.word if value else ""

    def value(self, value: Any) -> str:
        return "yes" if value else "no"


class TickColumn(Column):
    """The box that selects a row; the heading's ticks the page."""

    css = "pick"

    def __init__(self) -> None:
        super().__init__(accessor="pk", exclude_from_export=True, verbose_name="")

    @property
    def header(self) -> SafeString:
        return format_html('<input type="checkbox" data-tick-page aria-label="{}">', _("All here"))

    def render(self, value: Any) -> SafeString:
        label = _("Select %(row)s") % {"row": value}
        return format_html(
            '<input type="checkbox" name="ids" value="{}" aria-label="{}">', value, label
        )


def cut(text: str) -> str | SafeString:
    """A text shortened by the page where it is long."""
    if len(text) <= CUT_AFTER:
        return text
    return format_html('<span class="cut" tabindex="0" title="{0}">{0}</span>', text)


def copyable(text: str, *, whole: bool = False) -> SafeString:
    """A key in the mono face, copied by a click; a UUID shows its first digits unless `whole`."""
    shown = f"{text[:8]}…" if not whole and _is_uuid(text) else text
    return format_html(
        '<button type="button" class="copy mono" data-copy="{0}" title="{0}"'
        ' aria-label="{1}">{2}</button>',
        text,
        _("Copy %(text)s") % {"text": text},
        shown,
    )


def _is_uuid(text: str) -> bool:
    try:
        return len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False


def money(amount: Decimal, currency: str) -> SafeString:
    """1,234.50 EUR: at least two decimals, at most the four that are kept."""
    return format_html(
        '<span class="money">{} <span class="currency">{}</span></span>', figures(amount), currency
    )


def figures(amount: Decimal) -> str:
    """The same without its currency."""
    whole, _dot, decimals = f"{amount:,.4f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def moment(at: datetime, *, exact: bool = False) -> SafeString:
    """A time as lists show it, in the person's zone; `exact` with its hours where it is older."""
    local = timezone.localtime(at)
    full = f"{local:%Y-%m-%d %H:%M:%S %Z} ({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        full,
        _relative(at, timezone.now()) or date_format(local, "j M Y, H:i" if exact else "j M Y"),
    )


def _relative(at: datetime, now: datetime) -> str:
    """ "5 minutes ago" within a day; empty for what is older or still to come."""
    ago = now - at
    minutes = int(ago.total_seconds() // 60)
    if ago < timedelta(0) or ago >= timedelta(days=1):
        return ""
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}
