"""What a listing, a summary and an export are asked by: one body, in Everflow's shape."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import BeforeValidator, Field

from convertr.errors import DomainError
from convertr.http_api.timezones import zone
from convertr.http_api.types import MOST_ID, Text, whole_number

MOST_FILTERS = 1_000
# A year, leap years included, and the hour that a clock may be set back.
LONGEST = timedelta(days=366, hours=2)
FIRST_YEAR, LAST_YEAR = 1970, 2199
LAST_SECOND = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) - 1
DATE, FORMATS = "%Y-%m-%d", ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004  pydantic's way
    return value


def _object(value: Any) -> Any:
    # PHP writes an empty object as [].
    if value is not None and value != [] and not isinstance(value, dict):
        raise ValueError("must be an object")
    return value or None


Number = Annotated[
    int | Text | None, BeforeValidator(_no_flag, json_schema_input_type=int | str | None)
]


class Filter(Schema):
    resource_type: Text = Field(description="offer, affiliate, country, status, sub1, event, …")
    filter_id_value: Text = Field(description="Always a string, an ID too.")


class SearchTerm(Schema):
    search_type: Text = Field(description="conversion_id, transaction_id, order_id or click_id.")
    value: Text


class Query(Schema):
    """Filters of one type widen, of several types narrow what is listed; so do search terms."""

    filters: Annotated[list[Filter], Field(max_length=MOST_FILTERS)] | None = None
    search_terms: Annotated[list[SearchTerm], Field(max_length=MOST_FILTERS)] | None = None


class RangeIn(Schema):
    from_: Text = Field(
        alias="from",
        description="YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in the time zone.",
        examples=["2026-11-01"],
    )
    to: Text = Field(
        description="As `from`; a date means the end of that day. At most a year after `from`.",
        examples=["2026-11-30"],
    )
    timezone_id: Annotated[int, Field(ge=0, le=MOST_ID)] = Field(
        description="From GET /v1/meta/timezones; UTC is 67.", examples=[67]
    )
    show_conversions: bool = Field(description="Whether Base conversions are listed.")
    show_events: bool = Field(description="Whether all other events are listed.")
    query: Annotated[
        Query | None, BeforeValidator(_object, json_schema_input_type=Query | None)
    ] = None
    updated_from: Number = Field(
        default=None,
        description=(
            "Only what was made or changed since then: a time like `from`, or Unix seconds. "
            "A change is stamped when its transaction begins: ask from some minutes before the "
            "last time."
        ),
    )


class ListingIn(RangeIn):
    order_field: Text | None = None
    order_direction: Text | None = None
    page: Number = None
    page_size: Number = None


class Column(Schema):
    column: Text


class ExportIn(ListingIn):
    columns: list[Column] | None = Field(
        default=None, max_length=100, description="The fields wanted; all where none is named."
    )
    format: Text | None = Field(default=None, description="csv, the only one there is.")


@dataclass(frozen=True)
class Span:
    """The times that a body names, the end left out."""

    start: datetime
    end: datetime
    updated_from: datetime | None


def span_of(body: RangeIn) -> Span:
    """DomainError for what is no time, backwards, longer than a year, or shows nothing."""
    if not (body.show_conversions or body.show_events):
        text = _("Set show_conversions, show_events or both to true.")
        raise DomainError("nothing_shown", text)
    where = zone(body.timezone_id)
    start, _step = moment("from", body.from_, where)
    last, step = moment("to", body.to, where)
    end = last + step
    if end <= start:
        raise DomainError("range_backwards", _("“to” is before “from”."))
    if end - start > LONGEST:
        raise DomainError("range_too_long", _("From “from” to “to” is a year at most."))
    return Span(start, end, _updated(body.updated_from, where))


def _updated(given: int | str | None, where: ZoneInfo) -> datetime | None:
    if given in (None, ""):
        return None
    text = str(given).strip()
    if not (text.isascii() and text.isdigit()):
        return moment("updated_from", text, where)[0]
    seconds = whole_number(text, LAST_SECOND)
    if seconds is None:
        raise _no_time("updated_from", text)
    return datetime.fromtimestamp(seconds, UTC)


def moment(name: str, text: str, where: ZoneInfo) -> tuple[datetime, timedelta]:
    """A moment in UTC, and how long what was written lasts: a day, or a second."""
    text = text.strip()
    day = _parsed(text, DATE)
    if day:
        # The next midnight by the zone's clock: a day may have 23 or 25 hours.
        start = _in_utc(day, where)
        return start, _in_utc(day + timedelta(days=1), where) - start
    for form in FORMATS:
        if moment := _parsed(text, form):
            return _in_utc(moment, where), timedelta(seconds=1)
    raise _no_time(name, text)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007  the zone is the caller's
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _in_utc(naive: datetime, where: ZoneInfo) -> datetime:
    return naive.replace(tzinfo=where).astimezone(UTC)


def _no_time(name: str, text: str) -> DomainError:
    message = _("%(name)s “%(text)s”: write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS.")
    return DomainError("bad_time", message % {"name": name, "text": text[:40]})
