from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from conversions.models import Conversion, ConversionEvent, Reason
from conversions.rules import Status
from convertr.accounts.models import User
from convertr.demo.people import PASSWORD
from convertr.jobs.models import Job
from convertr.network.models import Offer
from leads.models import Lead
from tests.batches.conftest import kept_in

__all__ = ["kept_in"]


def test_the_demo_is_made_once(db):
    call_command("seed_demo", conversions=600, leads=0)
    before = (Conversion.objects.count(), Offer.objects.count(), User.objects.count())

    call_command("seed_demo", conversions=600, leads=0)

    assert before[0] == 600
    assert (Conversion.objects.count(), Offer.objects.count(), User.objects.count()) == before


def test_more_conversions_are_added_to_those_there(db):
    call_command("seed_demo", conversions=100, leads=0)
    call_command("seed_demo", conversions=250, leads=0)

    assert Conversion.objects.count() == 250


def test_conversions_look_like_the_real_thing(db):
    call_command("seed_demo", conversions=2_000, leads=0)

    assert set(Conversion.objects.values_list("status", flat=True)) == set(Status.values)
    shared = Conversion.objects.values("transaction_id").annotate(n=Count("id")).filter(n__gt=1)
    assert shared.exists()
    assert Conversion.objects.filter(locked=True, status="approved").exists()
    rejected = set(Conversion.objects.filter(status="rejected").values_list("reason_code"))
    assert rejected <= set(Reason.objects.values_list("code"))
    sold = Conversion.objects.filter(payout_percent__gt=0, payout_fixed=0).first()
    assert sold.payout == sold.sale_amount * sold.payout_percent / 100


def test_each_conversion_has_its_entry_in_history(db):
    call_command("seed_demo", conversions=300, leads=0)

    entries = Counter(ConversionEvent.objects.values_list("pgh_obj_id", flat=True))
    assert set(entries.values()) == {1}
    assert len(entries) == 300


def test_a_file_is_done_and_another_waits(transactional_db):
    call_command("seed_demo", conversions=3_000, leads=0)
    call_command("seed_demo", conversions=3_000, leads=0)

    waits, done = Job.objects.order_by("-id")
    assert (done.state, waits.state) == ("done", "verified")
    assert done.counts["applied"] > 15
    assert {"not_found", "invalid"} <= set(done.counts)
    event = ConversionEvent.objects.filter(pgh_context__metadata__job_id=done.pk).first()
    assert event.pgh_context.metadata["actor_label"] == "Demo Agency"


def test_production_gets_no_known_passwords(db, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo", conversions=1, leads=0)

    assert not User.objects.exists()


def test_people_and_what_they_may_do(db, client):
    call_command("seed_demo", conversions=1, leads=0)

    people = {user.email: user for user in User.objects.all()}
    assert people["agency@demo.test"].has_perm("conversions.lock_conversions")
    assert people["admin@demo.test"].has_perm("conversions.lock_conversions")
    assert people["agency2@demo.test"].get_all_permissions() == {"leads.view_leads"}
    assert people["partner@demo.test"].partner != people["partner2@demo.test"].partner
    for email in people:
        assert client.login(email=email, password=PASSWORD), email


def test_leads_go_through_their_campaigns_rules_and_a_second_run_adds_none(db):
    call_command("seed_demo", conversions=0, leads=400)
    leads = Lead.objects.all()
    shares = Counter(leads.values_list("status", flat=True))

    assert leads.count() == 400
    assert set(shares) >= {"valid", "invalid", "caution", "test"}
    assert shares["valid"] > 200
    assert not leads.exclude(processing="complete").exists()
    assert leads.filter(delivered=True, first_delivered_at=None).count() == 0
    assert leads.filter(delivered=True).exists()
    assert Job.objects.filter(kind__startswith="leads.", state="done").count() == 4

    call_command("seed_demo", conversions=0, leads=400)
    assert Lead.objects.count() == 400
