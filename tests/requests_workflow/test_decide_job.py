"""Deciding many requests at once, selected in the Explorer: a job with Verify and Confirm."""

import threading

import pytest
from django.db import connection

from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from convertr.jobs import kinds, services
from convertr.jobs.models import Job
from requests_workflow import rules
from requests_workflow.deciding_jobs.services import verify_selection
from requests_workflow.models import ConversionRequest, RequestEvent
from requests_workflow.rules import Move
from requests_workflow.services import processing
from tests.factories import make_conversion, make_conversions, make_user, outcomes, run_job
from tests.requests_workflow.kit import accept, again, make_change, make_create, processed, reject
from tests.requests_workflow.kit_pages import URL, shown

DECIDE = "/v2/conversion-requests/decide"
pytestmark = pytest.mark.django_db


@pytest.fixture
def decider(db):
    """A colleague of the agency user, who decides as well."""
    return make_user("decider@example.test", full_name="Dora Decider", permissions="all")


@pytest.fixture
def five(raiser, offer, partner):
    """Requests for the approval of five conversions."""
    conversions = make_conversions(5, offer=offer, partner=partner)
    return [make_change(raiser, conversion) for conversion in conversions]


def verify(actor, requests, move=Move.ACCEPT):
    return verify_selection(actor=actor, move=move, ids=[request.pk for request in requests])


def confirmed(actor, job, **data):
    return run_job(services.confirm(actor=actor, job=job, data=data))


def statuses(requests):
    return [again(request).status for request in requests]


class TestVerify:
    def test_what_would_happen_is_counted(self, agency, five):
        job = verify(agency, five)

        assert (job.state, job.counts) == ("verified", {"ready": 5})
        assert job.summary["money"]["EUR"] == {
            "payout_before": "0", "payout_after": "20.0000",
            "revenue_before": "0", "revenue_after": "25.0000",
        }  # fmt: skip
        assert statuses(five) == ["inquired"] * 5

    def test_money_of_new_ones_and_of_what_is_taken_back(self, agency, raiser, offer, partner):
        approved = make_conversion(offer=offer, partner=partner, status="approved")
        requests = [
            make_change(raiser, approved, status="rejected"),
            make_create(raiser, offer, partner, status="approved", payout="7.5"),
            make_create(raiser, offer, partner, order_id="pending-1"),
        ]

        money = verify(agency, requests).summary["money"]["EUR"]

        assert (money["payout_before"], money["payout_after"]) == ("4.0000", "7.5000")
        assert (money["revenue_before"], money["revenue_after"]) == ("5.0000", "5.0000")

    def test_rejecting_moves_no_money(self, agency, five):
        assert verify(agency, five, Move.REJECT).summary["money"] == {}

    def test_each_one_that_cant_be_accepted_says_why(self, agency, raiser, offer, partner):
        make_conversion(offer=offer, partner=partner, order_id="taken")
        locked = make_conversion(offer=offer, partner=partner, status="approved", locked=True)
        moved = make_conversion(offer=offer, partner=partner)
        requests = [
            make_create(agency, offer, partner, order_id="own"),
            processed(agency, make_create(raiser, offer, partner, order_id="done")),
            make_create(raiser, offer, partner, order_id="taken"),
            make_change(raiser, locked, status="rejected"),
            make_change(raiser, moved, payout="9"),
            make_create(raiser, offer, partner, order_id="fine"),
        ]
        type(moved).objects.filter(pk=moved.pk).update(payout=7)

        job = verify(agency, requests)

        assert outcomes(job) == [
            ("invalid", "four_eyes"),
            ("invalid", "no_way"),
            ("invalid", "duplicate_order"),
            ("invalid", "conversion_locked"),
            ("ready", "conflict"),
            ("ready", None),
        ]
        assert (job.counts, job.summary["conflicts"]) == ({"invalid": 4, "ready": 2}, 1)

    def test_what_is_gone_is_not_found(self, agency):
        job = verify_selection(actor=agency, move=Move.ACCEPT, ids=[404_404])

        assert outcomes(job) == [("not_found", "request_not_found")]

    def test_one_who_may_decide_own_ones_may(self, agency, offer, partner):
        grant(agency, [rules.DECIDE_OWN])
        agency = type(agency).objects.get(pk=agency.pk)

        job = verify(agency, [make_create(agency, offer, partner, order_id="own")])

        assert job.counts == {"ready": 1}

    @pytest.mark.parametrize("move", [Move.ACCEPT, Move.REJECT])
    def test_as_many_queries_for_many(
        self, agency, raiser, offer, partner, django_assert_max_num_queries, move
    ):
        conversions = make_conversions(90, offer=offer, partner=partner)
        requests = [make_change(raiser, conversion) for conversion in conversions]

        with django_assert_max_num_queries(70):
            done = confirmed(agency, verify(agency, requests, move), reason="No")

        assert done.counts == {"applied": 90}


class TestApply:
    def test_accepted_ones_are_processed(self, agency, five):
        done = confirmed(agency, verify(agency, five))
        processing.process()

        assert (done.state, done.counts) == ("done", {"applied": 5})
        assert statuses(five) == ["processed"] * 5
        assert {again(request).conversion.status for request in five} == {"approved"}

    def test_history_names_the_job_and_who_confirmed(self, agency, decider, five):
        done = confirmed(decider, verify(agency, five))

        event = RequestEvent.objects.filter(pgh_obj=five[0]).order_by("pgh_id").last()
        metadata = event.pgh_context.metadata
        assert (metadata["actor_id"], metadata["job_id"]) == (decider.pk, done.pk)
        assert again(five[0]).decided_by == decider

    def test_rejecting_needs_a_reason(self, agency, five):
        job = verify(agency, five, Move.REJECT)

        with pytest.raises(DomainError) as refused:
            services.confirm(actor=agency, job=job, data={"reason": " "})
        assert refused.value.code == "reason_missing"

        confirmed(agency, job, reason="No such sale")
        assert {again(request).decision_reason for request in five} == {"No such sale"}
        assert statuses(five) == ["rejected"] * 5

    def test_conflicts_are_left_alone_unless_confirmed(self, agency, raiser, offer, partner):
        conversions = make_conversions(2, offer=offer, partner=partner)
        requests = [make_change(raiser, conversion, payout="9") for conversion in conversions]
        type(conversions[0]).objects.filter(pk=conversions[0].pk).update(payout=7)

        done = confirmed(agency, verify(agency, requests))

        assert outcomes(done) == [("conflict", "conflict"), ("applied", None)]
        assert statuses(requests) == ["inquired", "accepted"]

        again_ = verify(agency, requests[:1])
        with pytest.raises(DomainError):
            services.confirm(actor=agency, job=again_, data={})
        done = confirmed(agency, again_, anyway="1")
        assert [outcome for outcome, _code in outcomes(done)] == ["applied"]
        processing.process()
        assert again(requests[0]).conversion.payout == 9

    def test_a_conflict_that_verify_did_not_show_is_not_confirmed(
        self, agency, raiser, offer, partner
    ):
        conversions = make_conversions(2, offer=offer, partner=partner)
        requests = [make_change(raiser, conversion, payout="9") for conversion in conversions]
        prices = type(conversions[0]).objects.order_by("pk")
        prices.filter(pk=conversions[0].pk).update(payout=7)
        job = verify(agency, requests)
        prices.update(payout=8)

        done = confirmed(agency, job, anyway="1")

        assert outcomes(done) == [("conflict", "conflict")] * 2
        assert statuses(requests) == ["inquired"] * 2

    def test_what_changed_since_verify_is_left_alone(self, agency, decider, five):
        job = verify(agency, five)
        accept(decider, five[0])
        reject(decider, five[1])

        done = confirmed(agency, job)

        assert outcomes(done) == [("conflict", "stale")] * 2 + [("applied", None)] * 3
        assert again(five[0]).decided_by == decider

    def test_four_eyes_look_at_who_confirms(self, agency, decider, offer, partner):
        request = make_create(agency, offer, partner, order_id="own")
        job = verify(decider, [request])
        assert job.counts == {"ready": 1}

        done = confirmed(agency, job)

        assert outcomes(done) == [("conflict", "four_eyes")]
        assert again(request).status == "inquired"

    def test_who_may_no_longer_decide_doesnt(self, agency, five):
        job = services.confirm(actor=agency, job=verify(agency, five), data={})
        agency.user_permissions.clear()

        done = run_job(job)

        assert outcomes(done) == [("conflict", "forbidden")] * 5
        assert statuses(five) == ["inquired"] * 5

    def test_failed_ones_are_tried_again(self, agency, raiser, conversion):
        request = make_change(raiser, conversion)
        accept(agency, request)
        ConversionRequest.objects.filter(pk=request.pk).update(
            status="failed", failure_code="request_failed"
        )

        assert verify(agency, [request]).counts == {"invalid": 1}
        done = confirmed(agency, verify(agency, [request], Move.RETRY))
        processing.process()

        assert done.counts == {"applied": 1}
        assert again(request).status == "processed"

    def test_it_can_be_told_twice(self, agency, five):
        done = confirmed(agency, verify(agency, five))
        run_job(done)

        assert {again(request).version for request in five} == {2}


@pytest.mark.django_db(transaction=True)
def test_two_people_decide_the_same_at_once(agency, decider, five):
    """Each request is decided once; who was second is told, row by row."""
    jobs = [
        services.confirm(actor=agency, job=verify(agency, five), data={}),
        services.confirm(
            actor=decider, job=verify(decider, five, Move.REJECT), data={"reason": "No"}
        ),
    ]
    barrier = threading.Barrier(2)

    def work(job):
        barrier.wait()
        try:
            run_job(job)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    counts = [Job.objects.get(pk=job.pk).counts for job in jobs]
    assert sum(count.get("applied", 0) for count in counts) == 5
    assert sum(count.get("conflict", 0) for count in counts) == 5
    assert {again(request).version for request in five} == {2}


class TestPage:
    def test_the_job_leads_to_what_it_decided(self, sign_in, agency, raiser, five):
        done = confirmed(agency, verify(agency, five[:2], Move.REJECT), reason="No")
        url = kinds.get(done.kind).changed_url(done)

        assert url == f"{URL}?job={done.pk}"
        query = url.partition("?")[2]
        assert shown(sign_in(agency), query) == {request.pk for request in five[:2]}
        # Nobody else's job leads a partner to anything.
        assert shown(sign_in(raiser), query) == set()

    def test_a_selection_is_verified_in_the_modal(self, sign_in, agency, five):
        client = sign_in(agency)

        answer = client.post(DECIDE, {"ids": [r.pk for r in five], "move": "accept"})

        assert answer.status_code == 200
        assert "Confirm 5 changes" in answer.text
        assert "can&#x27;t be taken back" in answer.text or "can't be taken back" in answer.text

    def test_all_that_match_are_decided(self, sign_in, agency, five, raiser, conversion):
        rejected = make_change(raiser, conversion)
        reject(agency, rejected)
        data = {"all": "1", "ceiling": rejected.pk, "query": "status=inquired", "move": "reject"}

        answer = sign_in(agency).post(DECIDE, data)

        assert "Confirm 5 changes" in answer.text
        assert 'name="reason"' in answer.text
        confirm = f"/v2/jobs/{Job.objects.get().pk}/confirm"
        assert sign_in(agency).post(confirm, {"reason": ""}).status_code == 422
        assert sign_in(agency).post(confirm, {"reason": "No"}).status_code == 200

    def test_conflicts_ask(self, sign_in, agency, raiser, conversion):
        request = make_change(raiser, conversion, payout="9")
        type(conversion).objects.filter(pk=conversion.pk).update(payout=7)

        answer = sign_in(agency).post(DECIDE, {"ids": [request.pk], "move": "accept"})

        assert 'name="anyway"' in answer.text

    def test_nothing_selected_is_told(self, sign_in, agency):
        answer = sign_in(agency).post(DECIDE, {"move": "accept"})

        assert answer.status_code == 204
        assert not Job.objects.exists()

    @pytest.mark.parametrize("move", ["", "withdraw", "edit", "delete"])
    def test_nothing_else_is_done(self, sign_in, agency, five, move):
        data = {"ids": [five[0].pk], "move": move}

        assert sign_in(agency).post(DECIDE, data).status_code == 404

    def test_only_for_who_decides(self, sign_in, agency2, raiser, five):
        data = {"ids": [five[0].pk], "move": "accept"}

        assert sign_in(agency2).post(DECIDE, data).status_code == 403
        assert sign_in(raiser).post(DECIDE, data).status_code == 403
        assert sign_in(agency2).get(DECIDE).status_code == 403

    def test_by_post_only(self, sign_in, agency):
        assert sign_in(agency).get(DECIDE).status_code == 405
