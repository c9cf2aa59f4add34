"""Pages while rows arrive and change: none twice, none missed, totals never falling."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conversions.models import Conversion
from convertr.audit.context import recorded
from convertr.http_api import paging
from convertr.http_api.models import Listing
from tests.factories import make_conversions, make_offer, make_partner
from tests.http_api.asking import NETWORK, NOON, asked, filters, hexes, ids


def page(caller, number, size, **changes):
    tail = f"?page={number}&page_size={size}"
    return caller.call("POST", NETWORK + tail, asked(**changes))


def read_all(caller, size, between=None, **changes):
    """Every conversion_id, and the totals, of one pass by total_count, as clients do it."""
    found, totals, number = [], [], 0
    while not totals or number * size < totals[-1]:
        number += 1
        answer = page(caller, number, size, **changes)
        found += ids(answer)
        totals.append(answer.json()["paging"]["total_count"])
        if between:
            between(number)
    return found, totals


class Elsewhere:
    """Does things in a thread, and so on a connection, of its own, and waits for them."""

    def __init__(self):
        self.error = None

    def run(self, act):
        thread = threading.Thread(target=self._run, args=[act])
        thread.start()
        thread.join()
        if self.error:
            raise self.error

    def _run(self, act):
        try:
            act()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()


@contextmanager
def open_transaction(act):
    """What `act` writes elsewhere isn't committed before the yielded function is called."""
    written, commit, done = threading.Event(), threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                act()
                written.set()
                commit.wait(60)
        finally:
            done.set()
            connection.close()

    def finish():
        commit.set()
        assert done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert written.wait(60)
    try:
        yield finish
    finally:
        finish()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_pass_while_500_arrive_and_500_change(network):
    offer, partner = make_offer(), make_partner()
    times = {"converted_at": lambda n: NOON + timedelta(seconds=n % 2_500)}
    first = make_conversions(5_000, offer=offer, partner=partner, **times)
    some = [row.pk for row in first[::10]]
    elsewhere = Elsewhere()

    def arrive():
        make_conversions(100, offer=offer, partner=partner, **times)
        with recorded():
            share = some[:100]
            del some[:100]
            Conversion.objects.filter(pk__in=share).update(status="approved", payout=9, note="x")

    def late():
        make_conversions(3, offer=offer, partner=partner, converted_at=NOON)

    with open_transaction(late) as commit_late:
        # Their ids are higher, and they are there: theirs is the ceiling.
        newer = make_conversions(2, offer=offer, partner=partner, converted_at=NOON)

        def between(number):
            elsewhere.run(arrive)
            if number == 2:
                commit_late()

        found, totals = read_all(network, 997, between)
    seen_first = hexes(*first, *newer)
    assert len(found) == len(set(found))
    assert set(seen_first) <= set(found)
    assert totals == sorted(totals)
    assert totals[0] == 5_002
    # What arrived after the first page stays out; what only committed after it may be in.
    assert len(found) <= 5_005
    assert Conversion.objects.count() == 5_005 + 100 * 6


@pytest.mark.django_db(transaction=True)
def test_one_that_commits_late_pushes_none_off_the_last_page(network):
    offer, partner = make_offer(), make_partner()
    shared = {"offer": offer, "partner": partner}
    first = make_conversions(40, converted_at=NOON, **shared)
    with open_transaction(
        lambda: make_conversions(3, converted_at=NOON - timedelta(hours=1), **shared)
    ) as commit_late:
        first += make_conversions(1, converted_at=NOON - timedelta(hours=2), **shared)
        found, totals = read_all(network, 10, lambda n: commit_late() if n == 2 else None)
    assert len(found) == len(set(found))
    assert set(hexes(*first)) <= set(found)
    assert totals == sorted(totals)
    assert (totals[0], totals[-1]) == (41, 44)


@pytest.mark.django_db(transaction=True)
def test_the_first_page_waits_for_who_is_writing(network, monkeypatch):
    offer, partner = make_offer(), make_partner()
    shared = {"offer": offer, "partner": partner, "converted_at": NOON}
    looks, writers = [], paging._writers
    with open_transaction(lambda: make_conversions(3, **shared)) as commit:

        def look(model):
            found = writers(model)
            looks.append(len(found))
            if len(looks) == 2:
                commit()
            return found

        monkeypatch.setattr(paging, "_writers", look)
        make_conversions(2, **shared)
        assert len(ids(page(network, 1, 10))) == 5
    assert looks == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_nobody_who_comes_later(network, monkeypatch):
    """Nor for readers; and for a writer that takes its time as long as a chunk takes."""
    make_conversions(2, converted_at=NOON)
    pauses, looks, writers = [], [], paging._writers
    monkeypatch.setattr(paging, "_writers", lambda model: looks.append(model) or writers(model))
    monkeypatch.setattr(paging, "time", SimpleNamespace(sleep=pauses.append))
    with open_transaction(lambda: Conversion.objects.count()):
        paging.settle(Conversion)
    assert (len(looks), pauses) == (1, [])
    with open_transaction(lambda: Conversion.objects.update(note="x")):
        assert len(ids(page(network, 1, 10))) == 2
    assert len(looks) == 1 + 5
    assert 0.2 < sum(pauses) < 0.4


@pytest.mark.django_db
class TestKept:
    """What a first page keeps."""

    def test_later_pages_keep_ceiling_and_total(self, network):
        first = make_conversions(6, converted_at=NOON)
        assert ids(page(network, 1, 2)) == hexes(*first[:3:-1])
        make_conversions(3, converted_at=NOON + timedelta(hours=1))
        second = page(network, 2, 2)
        assert ids(second) == hexes(first[3], first[2])
        assert second.json()["paging"]["total_count"] == 6
        # Anew from the first page, they are there.
        assert page(network, 1, 2).json()["paging"]["total_count"] == 9

    def test_a_row_that_no_longer_matches_moves_no_other(self, network):
        rows = make_conversions(6, converted_at=NOON, status="approved")
        wanted = {"query": filters(("status", "approved"))}
        assert ids(page(network, 1, 2, **wanted)) == hexes(rows[5], rows[4])
        Conversion.objects.filter(pk__in=[rows[5].pk, rows[4].pk]).update(status="rejected")
        assert ids(page(network, 2, 2, **wanted)) == hexes(rows[3], rows[2])
        assert ids(page(network, 3, 2, **wanted)) == hexes(rows[1], rows[0])

    def test_any_page_can_be_asked_for(self, network):
        rows = hexes(*make_conversions(20, converted_at=NOON)[::-1])
        for number in (1, 4, 2, 10, 7, 3, 7):
            assert ids(page(network, number, 2)) == rows[number * 2 - 2 : number * 2]
        assert ids(page(network, 11, 2)) == []
        assert ids(page(network, 10**14, 2)) == []

    def test_a_page_is_read_on_without_the_first(self, network):
        rows = hexes(*make_conversions(6, converted_at=NOON)[::-1])
        assert ids(page(network, 3, 2)) == rows[4:]

    def test_it_is_forgotten_after_15_minutes(self, network):
        make_conversions(3, converted_at=NOON)
        page(network, 1, 2)
        Listing.objects.update(created_at=timezone.now() - timedelta(minutes=16))
        make_conversions(1, converted_at=NOON)
        assert page(network, 2, 2).json()["paging"]["total_count"] == 4
        Listing.objects.update(created_at=timezone.now() - timedelta(minutes=16))
        paging.forget_old()
        assert not Listing.objects.exists()

    def test_each_body_size_order_and_key_has_its_own(self, network, admin_user):
        make_conversions(3, converted_at=NOON)
        page(network, 1, 2)
        page(network, 2, 2)
        assert Listing.objects.count() == 1
        page(network, 1, 3)
        page(network, 1, 2, show_events=False)
        page(network, 1, 2, order_direction="asc")
        type(network)(admin_user).call("POST", f"{NETWORK}?page=1&page_size=2", asked())
        assert Listing.objects.count() == 5

    def test_changes_are_paged_up_to_those_of_the_first_page(self, network):
        rows = make_conversions(4, converted_at=NOON)
        since = timezone.now() - timedelta(hours=1)
        wanted = {"updated_from": int(since.timestamp())}
        assert ids(page(network, 1, 3, **wanted)) == hexes(*rows[:0:-1])
        assert Listing.objects.get().history_ceiling is not None
        with recorded():
            Conversion.objects.filter(pk=rows[0].pk).update(note="x")
        assert ids(page(network, 2, 3, **wanted)) == hexes(rows[0])

    def test_only_the_latest_edges_are_kept(self, network, monkeypatch):
        monkeypatch.setattr(paging, "EDGES", 2)
        rows = hexes(*make_conversions(12, converted_at=NOON)[::-1])
        assert read_all(network, 2)[0] == rows
        assert sorted(Listing.objects.get().edges) == ["5", "6"]
