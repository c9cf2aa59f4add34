"""Which conversions were changed since a moment, as far as a person may know (updated_from).

That a note, a lock or the network's revenue was changed is no business of a partner: for its
people only what shows in their records counts, and that a conversion was made.
"""

from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import JSONObject

from conversions.api.changes import SEEN_AS
from conversions.models import TRACKED_FIELDS, ConversionEvent
from conversions.visibility import shown_to
from convertr.accounts.models import User


def changed_since(moment: datetime, user: User) -> QuerySet[Any]:
    """The entries of history since then that this person may learn of."""
    # History comes in the order of time: a BRIN index finds what is new.
    entries: QuerySet[Any] = ConversionEvent.objects.filter(pgh_created_at__gte=moment)
    if not user.is_partner:
        return entries
    own = {"pgh_obj__partner_id": user.partner_id}
    # As a CASE: the database compares a partner's own entries, not first those of all.
    seen = Case(When(**own, then=_differs(user)), default=Value(value=False))
    return entries.filter(seen, **own)


def _differs(user: User) -> Func:
    """Whether an entry shows this person something else than the one before; the first does."""
    fields = {name: name for name in TRACKED_FIELDS if shown_to(user, [SEEN_AS.get(name, name)])}
    told = JSONObject(**fields)
    before = (
        ConversionEvent.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id"))
        .order_by("-pgh_id")
        .annotate(told=told)
        .values("told")[:1]
    )
    return Func(
        told, Subquery(before), arg_joiner=" IS DISTINCT FROM ",
        template="(%(expressions)s)", output_field=BooleanField(),
    )  # fmt: skip
