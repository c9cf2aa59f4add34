"""What a person may see of leads: one whitelist, from which everything else is built.

Leads are the agency's: whoever may not view them sees none of their names, columns, filters or
keys, and what a lead's person has told is shown to nobody else, in the admin neither.
"""

from collections.abc import Iterable

from convertr.accounts.models import User
from leads.access import may_view

# What the usual campaigns call their fields; columns of the list.
DATA_COLUMNS = (
    "firstName", "lastName", "email", "telephone", "country", "city", "postcode", "company",
)  # fmt: skip
# What a lead's person has told, or what leads to the person.
PERSONAL = frozenset({"received", "data", "ip", *DATA_COLUMNS})


def shown_to(user: User, names: Iterable[str]) -> list[str]:
    """The names that this person may see, in the order given."""
    return list(names) if may_view(user) else []


def impersonal(names: Iterable[str]) -> list[str]:
    """The names that tell nothing of a lead's person."""
    return [name for name in names if name not in PERSONAL]
