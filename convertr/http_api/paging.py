"""Listings that are paged through while rows arrive (conversions.md, "HTTP API").

The first page keeps the highest id and the count for 15 minutes, and each page the key of its
last row, from which the next one goes on: rows that arrive later stay out, rows that change or
commit late move no page's boundary, and a deep page costs what the first does.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F, Func, JSONField, Model, QuerySet, TextField, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import ApiKey
from convertr.errors import DomainError
from convertr.http_api.forgetting import forget
from convertr.http_api.models import Listing
from convertr.http_api.types import whole_number
from convertr.ui.lists.keyset import Order

KEPT = timedelta(minutes=15)
DEFAULT_SIZE, LARGEST_SIZE, MOST = 50, 2_000, 10**15 - 1
# So many pages' last rows are kept; who pages on needs but the latest.
EDGES = 100
# How often, and how long in all, a first page waits for those who are writing: about as long as a
# chunk of a job takes. What commits later still is found by who reads on (see `read`).
PAUSES = (0.02, 0.04, 0.08, 0.16)
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = %s::regclass AND mode = 'RowExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND granted AND pid <> pg_backend_pid()
"""


def forget_old() -> None:
    """Housekeeping: listings that nobody pages through any more."""
    forget(Listing.objects.filter(created_at__lt=timezone.now() - KEPT))


@dataclass(frozen=True)
class Page:
    """The page asked for, and the page size in effect."""

    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    @property
    def end(self) -> int:
        return self.start + self.size

    def told(self, total: int) -> dict[str, int]:
        """The `paging` of an answer."""
        return {"page": self.number, "page_size": self.size, "total_count": total}


def page_of(
    page: str | int | None,
    page_size: str | int | None,
    *,
    name: str = "page_size",
    default: int = DEFAULT_SIZE,
    largest: int = LARGEST_SIZE,
) -> Page:
    """The page of a call's parameters: 50 rows unless told, over 2,000 is 2,000.

    `name` is what the API calls its page size. DomainError `bad_page` for what is no number from
    1 on.
    """
    size = _number(page_size, name, default=default)
    return Page(_number(page, "page", default=1), min(size, largest))


def _number(given: str | int | None, name: str, *, default: int) -> int:
    if given in (None, ""):
        return default
    number = whole_number(str(given).strip(), MOST)
    if not number:
        raise DomainError("bad_page", _("%(name)s is a whole number from 1 on.") % {"name": name})
    return number


class Ceilings(NamedTuple):
    """The highest ids that a listing shows: of its rows, and of their history."""

    rows: int
    history: int | None = None


@dataclass(frozen=True)
class Source:
    """What is listed: the rows up to given ids, how to learn these, and the order."""

    rows: Callable[[Ceilings], QuerySet[Any]]
    ceilings: Callable[[], Ceilings]
    order: Order


class Read(NamedTuple):
    """A page's rows, and how many there are in all."""

    rows: list[Any]
    total: int


def digest_of(path: str, asked: object, page: Page, *more: object) -> str:
    """What tells one listing from another: all that was asked for but the page's number."""
    said = json.dumps([path, asked, page.size, *more], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def read(source: Source, page: Page, *, key: ApiKey, digest: str) -> Read:
    """One page of a listing; the first begins it anew."""
    known = Listing.objects.filter(key=key, digest=digest, created_at__gt=timezone.now() - KEPT)
    listing = known.first() if page.number > 1 else None
    listing = listing or _begin(source, key, digest)
    rows = source.rows(Ceilings(listing.ceiling, listing.history_ceiling))
    found = _rows(rows, source.order, page, listing)
    more, shown = len(found) > page.size, found[: page.size]
    total = max(listing.total, page.start + len(shown) if shown else 0)
    if more and total <= page.end:
        # Something committed after the first page, with a lower id: who goes by the total reads on.
        total = page.end + _after(rows, source.order, shown[-1]).count()
    _keep(listing, page, source.order.key_of(shown[-1]) if len(shown) == page.size else "", total)
    return Read(shown, total)


def _begin(source: Source, key: ApiKey, digest: str) -> Listing:
    settle(source.order.model)
    ceilings = source.ceilings()
    total = source.rows(ceilings).order_by().count()
    fresh: dict[str, Any] = {
        "ceiling": ceilings.rows,
        "history_ceiling": ceilings.history,
        "total": total,
        "edges": {},
        "created_at": timezone.now(),
    }
    return Listing.objects.update_or_create(key=key, digest=digest, defaults=fresh)[0]


def settle(model: type[Model]) -> None:
    """Wait for those who are writing to a table now: their rows may have lower ids than others'.

    Nobody is held up by it, and it gives up after 0.3 s.
    """
    waiting = _writers(model)
    for pause in PAUSES:
        if not waiting:
            return
        time.sleep(pause)
        waiting &= _writers(model)


def _writers(model: type[Model]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [model._meta.db_table])
        return {row[0] for row in cursor.fetchall()}


def _rows(rows: QuerySet[Any], order: Order, page: Page, listing: Listing) -> list[Any]:
    """The page and one row more, from the nearest page whose last row is known."""
    before = [int(number) for number in listing.edges if int(number) < page.number]
    nearest = max(before, default=0)
    skipped = page.number - 1 - nearest
    if skipped and page.start >= listing.total:
        return []
    if nearest:
        key = order.parse(listing.edges[str(nearest)]) or []
        rows = order.beyond(rows, key, backwards=False)
    start = skipped * page.size
    return list(order.apply(rows)[start : start + page.size + 1])


def _after(rows: QuerySet[Any], order: Order, row: Any) -> QuerySet[Any]:
    return order.beyond(rows, order.values_of(row), backwards=False).order_by()


def _keep(listing: Listing, page: Page, edge: str, total: int) -> None:
    """Remember where this page ended. Pages read at once each add theirs."""
    changed: dict[str, Any] = {"created_at": timezone.now()}
    if total != listing.total:
        changed["total"] = total
    if edge:
        added = Value({str(page.number): edge}, JSONField())
        dropped = Value(str(page.number - EDGES), TextField())
        # || adds, - takes away a name; both are jsonb's own.
        together = Func(F("edges"), added, arg_joiner=" || ", template="(%(expressions)s)")
        changed["edges"] = Func(
            together, dropped, arg_joiner=" - ", template="(%(expressions)s)",
            output_field=JSONField(),
        )  # fmt: skip
    with transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(**changed)
