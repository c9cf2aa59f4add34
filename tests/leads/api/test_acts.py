"""The bulk calls: each does what the wizard does, and says which leads it leaves alone."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from convertr.accounts.models import Scope
from convertr.accounts.permissions import grant
from convertr.jobs import services as jobs
from convertr.jobs.models import Job
from leads.models import LeadDelivery
from leads.rules import ACTS, Act
from leads.wizard import services as wizard
from leads.wizard.typed import key_of
from tests.factories import make_user, run_job
from tests.http_api.conftest import Caller
from tests.leads.api.kit import CALLS, SIGNED, V4, act, end, history, refused
from tests.leads.kit import again, make_lead, make_leads, options_of

pytestmark = pytest.mark.django_db
# So that every act has something to do.
BEFORE = {
    Act.VALID: {"status": "invalid"},
    Act.UNDELIVERED: {"delivered": True},
    Act.NO_REPLACEMENT: {"replacement": "replacement"},
}


def test_the_answer_as_the_specification_has_it(network, campaign):
    lead = make_lead(campaign)
    answer = act(network, "invalid", [lead.pk, 2**60])

    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "jobId": job.pk,
        "status": "queued",
        "requested": 2,
        "accepted": 1,
        "rejected": [{"id": 2**60, "code": "not_found", "message": "No lead has this ID."}],
    }
    assert (answer["Location"], answer["X-Job-Id"]) == (f"/api/v4/jobs/{job.pk}", str(job.pk))
    assert (job.channel, job.kind, end(answer).state) == ("api", "leads.invalid", "done")
    assert again(lead).status == "invalid"


@pytest.mark.parametrize("what", list(Act))
def test_what_the_api_does_equals_what_the_wizard_does(agency, network, place, campaign, what):
    """The same rows and the same history, of leads alike: some to be written, some left alone."""
    place.add(campaign)
    kinds = [BEFORE.get(what, {}), {"status": "valid", "delivered": True}, {"status": "test"}]
    ours, theirs = ([make_lead(campaign, **kind) for kind in kinds] for _ in range(2))
    LeadDelivery.objects.filter(lead__in=[ours[2], theirs[2]]).update(state="sending")
    gone = [make_lead(campaign, deleted_at="2026-01-01T00:00:00Z") for _ in range(2)]

    by_api = end(act(network, what, [lead.pk for lead in (*ours, gone[0])]))
    keys = [key_of(str(lead.pk)) for lead in (*theirs, gone[1])]
    job = wizard.start(actor=agency, keys=keys)
    job = wizard.choose(actor=agency, job=job, act=what)
    by_wizard = run_job(jobs.confirm(actor=agency, job=job, data=options_of(what, agency)))

    assert _rows(by_api) == _rows(by_wizard)
    assert by_api.counts == by_wizard.counts
    assert by_api.kind == by_wizard.kind
    assert [history(lead) for lead in ours] == [history(lead) for lead in theirs]
    assert [_queue(lead) for lead in ours] == [_queue(lead) for lead in theirs]
    assert by_api.counts.get("applied")


def _rows(job):
    """Of each row its fate, and what was written but for the moment."""
    times = {"first_delivered_at", "deleted_at"}
    return [
        (row.outcome, row.code, *({k: v for k, v in (d or {}).items() if k not in times}
                                  for d in (row.before, row.after)))
        for row in job.rows.order_by("seq")
    ]  # fmt: skip


def _queue(lead):
    return list(LeadDelivery.objects.filter(lead=lead).values_list("round", "state"))


def test_each_reason_for_leaving_alone_is_told(network, campaign):
    valid, invalid, delivered = (
        make_lead(campaign, **fields) for fields in ({}, {"status": "invalid"}, {"delivered": True})
    )
    answer = act(network, "delivered", [valid.pk, invalid.pk, delivered.pk]).json()

    assert [(one["id"], one["code"]) for one in answer["rejected"]] == [
        (invalid.pk, "not_valid"),
        (delivered.pk, "already_delivered"),
    ]
    assert all(one["message"] for one in answer["rejected"])
    assert (answer["requested"], answer["accepted"]) == (3, 1)


def test_doubles_count_once(network, campaign):
    lead = make_lead(campaign)
    answer = act(network, "test", [lead.pk] * 5 + [7_000_000] * 2).json()

    assert (answer["requested"], answer["accepted"], len(answer["rejected"])) == (2, 1, 1)


def test_where_nothing_is_accepted_the_job_ends(network, campaign):
    gone = make_lead(campaign, deleted_at="2026-01-01T00:00:00Z")
    answer = act(network, "invalid", [gone.pk, 7_000_000])

    assert (answer.json()["accepted"], len(answer.json()["rejected"])) == (0, 2)
    assert (end(answer).state, Job.objects.get().counts) == ("done", {"not_found": 2})


def test_a_few_leads_are_done_when_it_is_answered(
    network, campaign, settings, django_capture_on_commit_callbacks
):
    settings.JOB_INLINE_ROWS = 2
    found = {}
    for name, number in (("few", 2), ("many", 3)):
        with django_capture_on_commit_callbacks(execute=True):
            leads = make_leads(number, campaign)
            act(network, "invalid", [lead.pk for lead in leads])
        found[name] = (Job.objects.latest("pk").state, {again(lead).status for lead in leads})

    assert found == {"few": ("done", {"invalid"}), "many": ("queued", {"valid"})}


def test_valid_leads_go_where_they_are_sent(network, place, campaign):
    integration, spare = place.add(campaign), place.add(campaign)
    lead = make_lead(campaign, status="invalid")
    LeadDelivery.objects.all().delete()
    end(act(network, "valid", [lead.pk], integrations=[integration.id]))

    assert LeadDelivery.objects.get().integration == integration.id
    assert (
        "no active integration"
        in refused(act(network, "valid", [lead.pk], integrations=[spare.id + 1]), 400).lower()
    )


def test_a_returned_lead_has_a_reason_and_a_category(network, campaign):
    lead = make_lead(campaign)
    changes = {"ownReason": None, "reason": "returned", "reasonCategory": "wrong-number"}
    end(act(network, "invalid", [lead.pk], comment="By telephone", **changes))

    now = again(lead)
    told = (now.reason_code, now.reason_category, now.own_reason, now.comment)
    assert told == ("returned", "wrong-number", "", "By telephone")


BAD = [
    ("invalid", {"leadIds": []}, "leadIds"),
    ("invalid", {"leadIds": list(range(1, 10_002))}, "10000"),
    ("invalid", {"leadIds": "1"}, "leadIds"),
    ("invalid", {"leadIds": None}, "leadIds"),
    ("invalid", {"leadIds": ["1"]}, "leadIds.0"),
    ("invalid", {"leadIds": [True]}, "leadIds.0"),
    ("invalid", {"leadIds": [1.5]}, "leadIds.0"),
    ("invalid", {"leadIds": [0]}, "leadIds.0"),
    ("invalid", {"leadIds": [2**63]}, "leadIds.0"),
    ("invalid", {"leadIds": [[1]]}, "leadIds.0"),
    ("invalid", {"flag": "caution"}, "flag"),
    ("invalid", {"ownReason": None}, "reason"),
    ("invalid", {"reason": "duplicate"}, "not both"),
    ("invalid", {"ownReason": "", "reason": "nonsense"}, "catalogue"),
    ("invalid", {"reasonCategory": "wrong-number"}, "returned"),
    ("invalid", {"comment": "x" * 2_001}, "2,000"),
    ("invalid", {"comment": "a\x00"}, "comment"),
    ("valid", {"integrations": [1.5]}, "integrations"),
    ("valid", {"integrations": {}}, "integrations"),
    ("replacement", {"otherReasonType": "other"}, "otherReasonType"),
    ("delivered", {"signature": ""}, "full name"),
    ("delivered", {"signature": "Abel Agency"}, "Ada Agency"),
    ("delivered", {"signature": 7}, "signature"),
    ("delivered", {"confirm": False}, "confirm"),
    ("undelivered", {"signature": "Nobody"}, "full name"),
    ("undelivered", {"confirm": "yes"}, "confirm"),
    ("reprocess", {"confirm": False}, "confirm"),
    ("delete", {"signature": "Nobody"}, "full name"),
    ("delete", {"confirm": False}, "confirm"),
    ("delete", {"confirm": None}, "confirm"),
]


def test_bad_and_unsigned_calls_do_nothing(network, campaign, subtests):
    leads = {True: make_lead(campaign, delivered=True), False: make_lead(campaign)}
    for what, changes, told in BAD:
        lead = leads[what == "undelivered"]
        with subtests.test(what, changes=str(changes)[:80]):
            assert told in refused(act(network, what, [lead.pk], **changes), 400)
            assert again(lead).version == lead.version
            assert not Job.objects.exists()


def test_what_is_left_out(network):
    for name in ("signature", "confirm", "leadIds"):
        body = {"leadIds": [1], **SIGNED}
        del body[name]
        assert name in refused(network.call("POST", f"{V4}/leads-bulk-delete", body), 400)


def test_ten_thousand_ids_are_a_workers(network, campaign):
    lead = make_lead(campaign)
    answer = act(network, "invalid", [lead.pk, *range(10**9, 10**9 + 9_999)])

    assert len(answer.json()["rejected"]) == 9_999
    assert end(answer).counts == {"applied": 1, "not_found": 9_999}


class TestWhoMay:
    @pytest.mark.parametrize("needed", sorted({act.permission for act in ACTS.values()}))
    def test_each_act_needs_its_permission(self, campaign, needed, subtests):
        ids = [make_lead(campaign).pk]
        others = {act.permission for act in ACTS.values()} - {needed}
        person = make_user(full_name="Ada Agency", permissions=["leads.view_leads", *others])
        caller = Caller(person)
        own = [what for what in Act if ACTS[what].permission == needed]
        for what in own:
            with subtests.test(what):
                refused(act(caller, what, ids), 403)
        grant(person, [needed])
        for what in own:
            with subtests.test(what):
                assert act(caller, what, ids).status_code == 202

    def test_who_sees_no_leads_changes_none(self, campaign):
        person = make_user(permissions=["leads.flag_leads"])
        refused(act(Caller(person), "test", [make_lead(campaign).pk]), 403)

    def test_no_partner(self, partner_user, campaign, subtests):
        partner_user.user_permissions.set(Permission.objects.all())
        caller, lead = Caller(partner_user), make_lead(campaign)
        for what in Act:
            with subtests.test(what):
                answer = act(caller, what, [lead.pk])
                assert "yours is a partner's" in refused(answer, 403)
        assert not Job.objects.exists()

    def test_a_scope_that_the_key_lacks(self, agency):
        caller = Caller(agency, scopes=[Scope.READ, Scope.CONVERSIONS])

        assert "“leads”" in refused(act(caller, "test", [1]), 403)

    def test_nobody_without_a_key(self, subtests):
        for call in {call for call, _body in CALLS.values()}:
            with subtests.test(call):
                answer = Client().post(f"{V4}/{call}", {}, "application/json")
                refused(answer, 401)
                assert answer["WWW-Authenticate"] == "Bearer"


def test_sent_again_it_is_done_once(network, campaign):
    lead = make_lead(campaign)
    body = {"leadIds": [lead.pk], "flag": "test", "ownReason": "Ours"}
    answers = [
        network.call("POST", f"{V4}/leads-bulk-flag", body, **{"Idempotency-Key": "k"})
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[1]["Location"] == answers[0]["Location"]
    assert Job.objects.count() == 1


def test_rows_tell_what_became_of_each(network, campaign):
    lead = make_lead(campaign)
    answer = act(network, "invalid", [lead.pk, 7_000_000])
    end(answer)
    path = answer["Location"]

    assert network.call("GET", path).json()["counts"] == {"applied": 1, "not_found": 1}
    rows = network.call("GET", f"{path}/rows").json()["rows"]
    assert [(row["input"], row["outcome"]) for row in rows] == [
        ([str(lead.pk)], "applied"),
        (["7000000"], "not_found"),
    ]
    assert network.call("GET", f"/v1/jobs/{answer.json()['jobId']}").status_code == 200
    refused(network.call("GET", f"{path}/output"), 404)
