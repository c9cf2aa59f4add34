"""updated_from: only what was made or changed since, as far as the asker may know of it."""

from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from conversions.models import Conversion
from convertr.audit.context import recorded
from tests.factories import make_conversion, make_conversions
from tests.http_api.asking import NETWORK, NOON, PARTNER, asked, hexes, ids

pytestmark = pytest.mark.django_db


def listed(caller, address=NETWORK, **changes):
    return caller.call("POST", address, asked(**changes))


def test_only_what_changed_since(network):
    old, changed, _untouched = make_conversions(3, converted_at=NOON)
    before = Conversion.objects.get(pk=old.pk).events.get().pgh_created_at
    since = int(before.timestamp()) + 3_600
    assert ids(listed(network, updated_from=since)) == []
    assert len(ids(listed(network, updated_from=str(since - 7_200)))) == 3
    later = before + timedelta(hours=2)
    with connection.cursor() as cursor, recorded():
        Conversion.objects.filter(pk=changed.pk).update(status="approved")
        cursor.execute("ALTER TABLE conversions_event DISABLE TRIGGER USER")
        statement = "UPDATE conversions_event SET pgh_created_at = %s WHERE pgh_label = 'update'"
        cursor.execute(statement, [later])
        cursor.execute("ALTER TABLE conversions_event ENABLE TRIGGER USER")
    assert ids(listed(network, updated_from=since)) == hexes(changed)
    berlin = timezone.localtime(later).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert ids(listed(network, updated_from=berlin)) == hexes(changed)
    assert ids(listed(network, updated_from="2199-01-01")) == []


def backdate(at):
    """History so far is told to have been made then."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversions_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE conversions_event SET pgh_created_at = %s", [at])
        cursor.execute("ALTER TABLE conversions_event ENABLE TRIGGER USER")


# What a change is of, and whether a partner's records tell it.
CHANGES = [
    ({"revenue": 99}, False),
    ({"note": "seen"}, False),
    ({"locked": True}, False),
    ({"status": "approved"}, True),
    ({"payout": 99}, True),
    ({"sale_amount": 99}, True),
    ({"reason_code": "fraud"}, True),
    ({"sub1": "new"}, True),
]


@pytest.mark.parametrize(("change", "told"), CHANGES)
def test_a_partner_learns_of_no_change_that_it_may_not_see(
    network, affiliate, partner, change, told
):
    made = timezone.now() - timedelta(hours=1)
    mine, _untouched = make_conversions(2, partner=partner, converted_at=NOON)
    others = make_conversion(converted_at=NOON)
    assert len(ids(listed(affiliate, PARTNER, updated_from=int(made.timestamp())))) == 2
    backdate(made - timedelta(minutes=1))
    with recorded():
        Conversion.objects.filter(pk__in=[mine.pk, others.pk]).update(**change)
    since = int(made.timestamp())
    answers = [
        affiliate.call("POST", PARTNER + what, asked(updated_from=since))
        for what in ("", "/summary", "/export")
    ]
    assert ids(answers[0]) == (hexes(mine) if told else [])
    assert answers[0].json()["paging"]["total_count"] == answers[1].json()["total"] == int(told)
    assert (mine.uuid.hex in answers[2].getvalue().decode()) is told
    assert ids(listed(network, updated_from=since)) == hexes(others, mine)


def test_a_hidden_change_after_one_that_shows_hides_it_not(affiliate, partner):
    made = timezone.now() - timedelta(hours=1)
    mine = make_conversion(partner=partner, converted_at=NOON)
    backdate(made - timedelta(minutes=1))
    for change in ({"status": "approved"}, {"note": "seen"}):
        with recorded():
            Conversion.objects.filter(pk=mine.pk).update(**change)
    assert ids(listed(affiliate, PARTNER, updated_from=int(made.timestamp()))) == hexes(mine)
