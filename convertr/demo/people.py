"""The demo's sign-ins (platform.md, "Two commands")."""

from typing import NamedTuple

from allauth.account.models import EmailAddress

from convertr.accounts.models import Role, User
from convertr.accounts.permissions import PARTNER_PERMISSIONS, grant, grantable_at_once
from convertr.network.models import Partner

PASSWORD = "convertr-demo"  # noqa: S105  printed for everyone to see


class Person(NamedTuple):
    email: str
    full_name: str
    role: Role
    # Which of the demo's partners, for a partner's person.
    partner: int | None = None
    holds_all: bool = False

    def permissions(self) -> list[str]:
        """All but what has to be given by name, or reading only; partners what they can hold."""
        if self.partner is not None:
            return sorted(PARTNER_PERMISSIONS)
        return grantable_at_once() if self.holds_all else ["leads.view_leads"]


PEOPLE = (
    Person("agency@demo.test", "Demo Agency", Role.AGENCY, holds_all=True),
    Person("agency2@demo.test", "Demo Agency Two", Role.AGENCY),
    Person("partner@demo.test", "Demo Partner", Role.PARTNER, partner=0),
    Person("partner2@demo.test", "Demo Partner Two", Role.PARTNER, partner=1),
    Person("admin@demo.test", "Demo Admin", Role.ADMIN, holds_all=True),
)


def make_people(partners: list[Partner]) -> None:
    """Make those who are missing; one who is there keeps password, name and role."""
    for person in PEOPLE:
        user = User.objects.filter(email=person.email).first()
        if user is None:
            user = User.objects.create_user(
                person.email,
                PASSWORD,
                full_name=person.full_name,
                role=person.role,
                partner=None if person.partner is None else partners[person.partner],
            )
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
            grant(user, person.permissions())
