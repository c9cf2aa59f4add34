"""Who changes what: said once a transaction, kept by triggers that no code path can forget."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from conversions.models import Conversion, ConversionEvent
from convertr.audit.context import Actor, acting, current, recorded
from convertr.audit.entries import note
from convertr.audit.models import Entry
from tests.factories import make_conversion, make_conversions


@pytest.fixture
def conversion(db):
    return make_conversion(note="first")


def updates(conversion):
    found = ConversionEvent.objects.filter(pgh_obj=conversion, pgh_label="update")
    return list(found.select_related("pgh_context").order_by("pgh_id"))


def change(*conversions, **fields):
    Conversion.objects.filter(pk__in=[c.pk for c in conversions]).update(**fields)


# --- Who acts -------------------------------------------------------------------------------------


def test_outside_of_anything_the_system_acts():
    assert current() == Actor(None, "", None, "system", None)


def test_acting_ends_with_its_block_and_keeps_what_it_isnt_told(agency, partner_user):
    with acting(agency, channel="csv", job_id=7):
        assert current() == Actor(agency.pk, "Ada Agency", None, "csv", 7)
        with acting(channel="undo"):
            assert current() == Actor(agency.pk, "Ada Agency", None, "undo", 7)
        with pytest.raises(ZeroDivisionError):
            stumble_as(partner_user)
        assert current().actor_id == agency.pk
    assert current() == Actor()


def stumble_as(person):
    with acting(person):
        assert current().partner_id == person.partner_id
        raise ZeroDivisionError


def test_another_thread_acts_for_nobody(agency):
    seen = []
    with acting(agency):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()

    assert seen == [Actor()]


# --- History --------------------------------------------------------------------------------------


def test_a_change_is_one_entry_with_the_new_values_and_who_made_it(conversion, agency):
    with acting(agency, channel="page"), recorded() as context_id:
        change(conversion, status="approved", payout=7)

    (event,) = updates(conversion)
    assert (event.status, event.payout, event.note) == ("approved", 7, "first")
    assert event.pgh_context_id == context_id
    assert event.pgh_context.metadata == {
        "actor_id": agency.pk, "actor_label": "Ada Agency", "partner_id": None,
        "channel": "page", "job_id": None,
    }  # fmt: skip


def test_a_label_with_quotes_and_percents_comes_back_as_it_is(conversion, agency):
    agency.full_name = 'O\'Neil "100%" %s \\ 日本'
    with acting(agency), recorded():
        change(conversion, status="approved")

    assert updates(conversion)[0].pgh_context.metadata["actor_label"] == agency.full_name


def test_one_statement_over_many_rows_is_one_entry_each_in_one_context(db):
    made = make_conversions(25)
    with recorded():
        change(*made, status="approved")

    events = ConversionEvent.objects.filter(pgh_label="update")
    assert events.count() == events.values("pgh_obj_id").distinct().count() == 25
    assert events.values("pgh_context_id").distinct().count() == 1


@pytest.mark.parametrize(
    "fields", [{"status": "pending"}, {"version": 9}, {"click_id": "x"}, {"note": "first"}]
)
def test_what_changes_no_tracked_field_is_no_entry(conversion, fields):
    with recorded():
        change(conversion, **fields)

    assert updates(conversion) == []


def test_two_blocks_are_two_contexts(conversion):
    for status in ("approved", "rejected"):
        with recorded():
            change(conversion, status=status)

    one, two = updates(conversion)
    assert one.pgh_context_id != two.pgh_context_id


def test_what_is_rolled_back_leaves_no_entry(conversion):
    def change_and_fail():
        with recorded():
            change(conversion, status="approved")
            assert len(updates(conversion)) == 1
            raise DatabaseError

    with pytest.raises(DatabaseError):
        change_and_fail()
    assert updates(conversion) == []
    assert Conversion.objects.get(pk=conversion.pk).status == "pending"


def test_raw_sql_past_all_our_code_is_kept_too(conversion):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversions_conversion SET payout = 99 WHERE note LIKE '%irs%'")

    (event,) = updates(conversion)
    assert event.payout == 99


@pytest.mark.django_db(transaction=True)
def test_a_context_ends_with_its_transaction(agency):
    conversion = make_conversion()
    with acting(agency), recorded():
        change(conversion, status="approved")
    with transaction.atomic():
        change(conversion, status="rejected")

    assert [event.pgh_context is not None for event in updates(conversion)] == [True, False]


# --- Entries --------------------------------------------------------------------------------------


def test_a_note_says_who_did_what_to_what(agency):
    with acting(agency, channel="admin", job_id=3):
        note("key.created", "key " + "x" * 200, scopes=["read"])

    entry = Entry.objects.get()
    assert (entry.actor_id, entry.actor_label, entry.channel, entry.job_id) == (
        agency.pk, "Ada Agency", "admin", 3
    )  # fmt: skip
    assert (entry.action, entry.details, len(entry.subject)) == (
        "key.created", {"scopes": ["read"]}, 100
    )  # fmt: skip
