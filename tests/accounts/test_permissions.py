"""Who holds a permission, asked of the database and of each person alike."""

import pytest
from django.contrib.auth.models import Group, Permission

from convertr.accounts.models import Role, User
from convertr.accounts.permissions import NEVER_IMPLIED, declared, grant, holders
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_holders_are_those_whose_own_answer_is_yes(agency, agency2, admin_user, partner_user):
    """For every permission: given, through a group, by role, more than a partner can hold."""
    grant(partner_user, declared())
    grouped = make_user()
    group = Group.objects.create(name="Deciders")
    group.permissions.add(Permission.objects.get(codename="decide_request"))
    grouped.groups.add(group)
    gone = make_user(role=Role.AGENCY, permissions="all")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    grant(agency2, NEVER_IMPLIED)

    people = list(User.objects.all())
    for name in declared():
        asked = {person.pk for person in people if person.has_perm(name)}
        assert {person.pk for person in holders(name)} == asked, name
