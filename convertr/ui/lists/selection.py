"""Which rows of a list a person has chosen to act on: ticked ones, or all that match.

Source: platform.md, "Lists": at most SELECTION_MAX, the exact number typed over 1,000.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.ui.lists.definition import List, Query
from convertr.ui.lists.filters import MAX_ID

_NUMBER = re.compile(r"\d{1,19}", re.ASCII)


@dataclass(frozen=True)
class Selection:
    """The chosen rows that this person sees, as they are at this moment."""

    queryset: QuerySet[Any]
    count: int
    all_matching: bool = False

    @classmethod
    def from_request(cls, request: HttpRequest, list_class: type[List]) -> "Selection":
        """The selection that a list's form posts: `ids`, or `all` with `query` and `ceiling`.

        Raises DomainError nothing_selected, bad_selection, too_many_selected, or
        count_not_typed, whose `count` is the number to type into `confirm_count`.
        """
        user = request.user
        if not isinstance(user, User) or not list_class.allows(user):
            raise DomainError("nothing_selected", _("Select at least one row."))
        if request.POST.get("all"):
            return cls._matching(user, list_class, request.POST)
        return cls._ticked(user, list_class, request.POST.getlist("ids"))

    @classmethod
    def _ticked(cls, user: User, list_class: type[List], ids: list[str]) -> "Selection":
        numbers = {int(text) for text in ids if _NUMBER.fullmatch(text)}
        if len(numbers) > settings.SELECTION_MAX:
            raise too_many()
        chosen = {number for number in numbers if number <= MAX_ID}
        queryset = list_class.visible_to(user).filter(pk__in=chosen)
        count = queryset.count() if chosen else 0
        if not count:
            raise DomainError("nothing_selected", _("Select at least one row."))
        return cls(queryset, count)

    @classmethod
    def _matching(cls, user: User, list_class: type[List], posted: QueryDict) -> "Selection":
        ceiling = posted.get("ceiling", "")
        query = Query(list_class, user, QueryDict(posted.get("query", "")))
        if not _NUMBER.fullmatch(ceiling) or query.errors:
            raise DomainError("bad_selection", _("The selection is not valid. Select again."))
        queryset = query.queryset.filter(pk__lte=min(int(ceiling), MAX_ID))
        count = bounded_count(queryset)
        if count > settings.SELECTION_MAX:
            raise too_many()
        if not count:
            raise DomainError("nothing_selected", _("Nothing matches the filters any more."))
        typed = re.sub(r"[\s,.']", "", posted.get("confirm_count", ""))
        if count > settings.SELECTION_TYPE_NUMBER_OVER and typed != str(count):
            text = _("Type the exact number, %(count)s, to go on.") % {"count": f"{count:,}"}
            raise DomainError("count_not_typed", text, count=count)
        return cls(queryset, count, all_matching=True)


@dataclass(frozen=True)
class Offer:
    """What "Select all matching" selects now: how many, up to which row made."""

    count: int
    ceiling: int
    query: str

    @property
    def too_many(self) -> bool:
        return bool(self.count > settings.SELECTION_MAX)

    @property
    def must_type(self) -> bool:
        return bool(self.count > settings.SELECTION_TYPE_NUMBER_OVER)


def offer_all(query: Query) -> Offer:
    """All rows that match now. Rows made later have higher ids and stay out of the selection."""
    newest = query.list.visible_to(query.user).model._default_manager.aggregate(Max("pk"))
    ceiling = newest["pk__max"] or 0
    return Offer(bounded_count(query.queryset), ceiling, query.shown.urlencode())


def bounded_count(queryset: QuerySet[Any]) -> int:
    """The exact count, or SELECTION_MAX + 1 for anything above."""
    return queryset.select_related(None).order_by()[: settings.SELECTION_MAX + 1].count()


def too_many() -> DomainError:
    text = _("At most %(max)s rows at once: narrow the filters.")
    limit = settings.SELECTION_MAX
    return DomainError("too_many_selected", text % {"max": f"{limit:,}"}, max=limit)
