"""Leads coming in over HTTP: one, many, as a form; what can't come in is told field by field."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from convertr.accounts.models import Scope
from leads.models import CampaignField, Lead
from leads.processing import queue
from tests.factories import make_partner, make_user
from tests.http_api.conftest import Caller
from tests.leads.api.kit import V4, invalid, refused
from tests.leads.kit import ADA, make_lead_campaign

pytestmark = pytest.mark.django_db
LEADS = f"{V4}/leads"


def body(campaign, partner=None, **changes):
    data = {**ADA, **changes.pop("leadData", {})}
    own = {"publisher": partner.pk} if partner else {}
    return {"campaign": campaign.pk, **own, "leadData": data, **changes}


def form(caller, partner, campaign, fields, kind=None):
    path = f"{V4}/publisher/{partner}/campaign/{campaign}/leads"
    headers = {"X-Eflow-API-Key": caller.secret}
    if kind is None:
        return caller.post(path, fields, headers=headers)
    return caller.generic("POST", path, fields, kind, headers=headers)


def test_one_lead_with_all_that_there_is(network, campaign, partner):
    more = {"channel": "Newsletter", "linkId": "L-7", "ip": "2001:db8::7", "optIn": True}
    answer = network.call("POST", LEADS, body(campaign, partner, replacement=True, **more))

    lead = Lead.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "code": 201,
        "message": "Lead was created successfully",
        "data": lead.pk,
    }
    assert (lead.campaign, lead.partner, lead.received) == (campaign, partner, ADA)
    told = (lead.channel, lead.link_id, lead.ip, lead.opt_in, lead.replacement)
    assert told == ("Newsletter", "L-7", "2001:db8::7", True, "replacement")
    context = lead.events.get().pgh_context.metadata
    assert (context["channel"], context["actor_label"]) == ("api", "Ada Agency")
    queue.process()
    assert Lead.objects.get().status == "valid"


def test_many_keep_their_order(network, partner):
    first, second = make_lead_campaign(), make_lead_campaign()
    other = make_partner()
    asked = [
        body(campaign, whose, leadData={"email": f"lead{n}@a.org"})
        for n, (campaign, whose) in enumerate(
            [(first, partner), (second, other), (first, other), (first, partner)]
        )
    ]
    answer = network.call("POST", LEADS, asked)

    assert answer.status_code == 201, answer.content
    made = [Lead.objects.get(pk=pk) for pk in answer.json()["data"]]
    assert [lead.received["email"] for lead in made] == [f"lead{n}@a.org" for n in range(4)]
    assert [lead.campaign for lead in made] == [first, second, first, first]
    assert [lead.partner for lead in made] == [partner, other, other, partner]


def test_an_array_of_one_is_told_as_an_array(network, campaign, partner):
    answer = network.call("POST", LEADS, [body(campaign, partner)])

    assert answer.json()["data"] == [Lead.objects.get().pk]


def test_values_are_kept_as_texts(network, campaign, partner):
    data = '{"campaign": %d, "publisher": %d, "leadData": %s}'
    written = '{"email": "a@b.org", "city": 12.50, "telephone": 491701234567, "lastName": null}'
    network.generic(
        "POST",
        LEADS,
        data % (campaign.pk, partner.pk, written),
        "application/json",
        headers={"X-Eflow-API-Key": network.secret},
    )

    assert Lead.objects.get().received == {
        "email": "a@b.org",
        "city": "12.50",
        "telephone": "491701234567",
    }


class TestForm:
    FIELDS = {"form[email]": "ada@a.org", "form[firstName]": "Ada é", "linkId": "L", "optIn": "1"}

    @pytest.mark.parametrize("kind", ["multipart", "urlencoded"])
    def test_both_kinds(self, network, campaign, partner, kind):
        if kind == "multipart":
            answer = form(network, partner.pk, campaign.pk, self.FIELDS)
        else:
            fields = "form%5Bemail%5D=ada%40a.org&form[firstName]=Ada+%C3%A9&linkId=L&optIn=true"
            kind = "application/x-www-form-urlencoded"
            answer = form(network, partner.pk, campaign.pk, fields, kind)

        lead = Lead.objects.get()
        assert (answer.status_code, answer.json()["data"]) == (201, lead.pk)
        assert lead.received == {"email": "ada@a.org", "firstName": "Ada é"}
        assert (lead.link_id, lead.opt_in, lead.partner) == ("L", True, partner)

    def test_a_partner_brings_its_own(self, affiliate, campaign, partner, other_partner):
        assert form(affiliate, partner.pk, campaign.pk, self.FIELDS).status_code == 201
        refused(form(affiliate, other_partner.pk, campaign.pk, self.FIELDS), 404)

    def test_what_is_wrong_is_told_by_the_fields_name(self, network, campaign, partner):
        CampaignField.objects.filter(name="email").update(required=True)
        fields = {"form[shoe]": "44", "email": "ada@a.org", "ip": "1.2.3", "optIn": "maybe"}
        told = invalid(form(network, partner.pk, campaign.pk, fields))
        assert set(told) == {"email", "ip", "optIn"}
        told = invalid(form(network, partner.pk, campaign.pk, {"form[shoe]": "44"}))
        assert set(told) == {"form[shoe]", "form[email]"}
        assert told["form[email]"] == "Email is required."

    @pytest.mark.parametrize(("ours", "theirs"), [(0, 1), (1, 0)])
    def test_what_is_not_there(self, network, campaign, partner, ours, theirs):
        refused(
            form(network, partner.pk + ours * 999, campaign.pk + theirs * 999, self.FIELDS), 404
        )

    def test_no_field_at_all(self, network, campaign, partner):
        assert form(network, partner.pk, campaign.pk, {}).status_code == 201
        refused(form(network, partner.pk, campaign.pk, "", "application/json"), 400)

    def test_sent_again_it_comes_in_once(self, network, campaign, partner):
        path = f"{V4}/publisher/{partner.pk}/campaign/{campaign.pk}/leads"
        headers = {"X-Eflow-API-Key": network.secret, "Idempotency-Key": "k"}
        boundary = "multipart/form-data; boundary=x"
        part = b'--x\r\nContent-Disposition: form-data; name="form[email]"\r\n\r\na@b.org\r\n--x--'
        told = [
            network.generic("POST", path, part, boundary, headers=headers).json() for _ in range(2)
        ]

        assert told[0] == told[1]
        assert Lead.objects.get().received == {"email": "a@b.org"}


WRONG = [
    ({"leadData": {"shoe": "44"}}, "form[shoe]"),
    ({"leadData": {"email": "x" * 5_001}}, "form[email]"),
    ({"leadData": {"email": "a\x00"}}, "form[email]"),
    ({"leadData": {"email": "\ud800"}}, "form[email]"),
    ({"leadData": {"email": ["a"]}}, "form[email]"),
    ({"leadData": {"email": True}}, "form[email]"),
    ({"leadData": {"sh\x00e": "1"}}, "form[sh�e]"),
    ({"channel": "x" * 61}, "channel"),
    ({"channel": 7}, "channel"),
    ({"linkId": "a\x00"}, "linkId"),
    ({"ip": "999.1.1.1"}, "ip"),
    ({"ip": "fe80::1%eth0"}, "ip"),
    ({"optIn": "yes"}, "optIn"),
    ({"replacement": 1}, "replacement"),
    ({"campaign": "1"}, "campaign"),
    ({"campaign": None}, "campaign"),
    ({"campaign": 2**63}, "campaign"),
    ({"publisher": True}, "publisher"),
    ({"publisher": None}, "publisher"),
    ({"leadDatum": {}}, "leadDatum"),
]


def test_what_is_wrong_with_one(network, campaign, partner, subtests):
    for changes, field in WRONG:
        with subtests.test(field, changes=str(changes)[:80]):
            told = invalid(network.call("POST", LEADS, {**body(campaign, partner), **changes}))
            assert list(told) == [field]
            assert told[field]
    assert not Lead.objects.exists()


def test_of_many_all_that_is_wrong_is_told_and_none_comes_in(network, campaign, partner):
    CampaignField.objects.filter(name="email").update(required=True)
    closed = make_lead_campaign(ends_on=timezone.now().date() - timedelta(days=1))
    asked = [
        body(campaign, partner),
        body(campaign, partner, leadData={"email": ""}),
        body(campaign, partner),
        body(closed, partner),
        body(campaign, partner, leadData={"shoe": "44"}),
    ]
    told = invalid(network.call("POST", LEADS, asked))

    assert list(told) == ["[1].form[email]", "[3].campaign", "[4].form[shoe]"]
    assert not Lead.objects.exists()
    told = invalid(network.call("POST", LEADS, [*asked[:1], 7, {**asked[0], "ip": "x"}]))
    assert [name.partition(".")[0] for name in told] == ["[1]", "[2]"]


def test_an_array_of_none_or_too_many(network, campaign, partner):
    for number in (0, 1_001):
        told = invalid(network.call("POST", LEADS, [body(campaign, partner)] * number))
        assert "1,000" in told[""]


def test_a_thousand_at_once(network, campaign, partner):
    answer = network.call("POST", LEADS, [body(campaign, partner)] * 1_000)

    assert answer.json()["data"] == sorted(answer.json()["data"])
    assert Lead.objects.count() == 1_000


def test_what_is_no_lead_at_all(network, subtests):
    headers = {"X-Eflow-API-Key": network.secret}
    for sent in ("", "{", "7", '"x"', "null"):
        with subtests.test(sent):
            answer = network.generic("POST", LEADS, sent, "application/json", headers=headers)
            assert answer.status_code == 400
            assert {"detail", "data"} & set(answer.json())


def test_what_is_not_there(network, affiliate, campaign, partner, other_partner):
    refused(network.call("POST", LEADS, {**body(campaign, partner), "campaign": 999_999}), 404)
    refused(network.call("POST", LEADS, {**body(campaign), "publisher": 999_999}), 404)
    # Another partner is there, but not for this one.
    refused(affiliate.call("POST", LEADS, body(campaign, other_partner)), 404)
    assert not Lead.objects.exists()


def test_a_partner_need_not_say_who_it_is(affiliate, campaign, partner):
    assert affiliate.call("POST", LEADS, body(campaign)).status_code == 201
    assert affiliate.call("POST", LEADS, body(campaign, partner)).status_code == 201

    assert {lead.partner for lead in Lead.objects.all()} == {partner}


def test_who_may(campaign, partner, agency, partner_user):
    asked = body(campaign, partner)
    for caller in (
        Caller(make_user(permissions=["leads.view_leads"])),
        Caller(agency, scopes=[Scope.READ]),
        Caller(partner_user, scopes=[Scope.REQUESTS]),
    ):
        refused(caller.call("POST", LEADS, asked), 403)
    refused(Client().post(LEADS, asked, "application/json"), 401)
    only = Caller(agency, scopes=[Scope.LEADS])
    assert only.call("POST", LEADS, asked).status_code == 201


def test_what_a_lead_has_told_is_in_no_log(network, campaign, partner, caplog):
    caplog.set_level(logging.DEBUG, logger="django")
    caplog.set_level(logging.DEBUG, logger="convertr")
    network.call("POST", LEADS, body(campaign, partner, leadData={"shoe": "Secret Person"}))
    network.call("POST", LEADS, body(campaign, partner, leadData={"email": "secret@a.org"}))
    answer = network.call("POST", LEADS, body(campaign, partner, ip="secret"))

    messages = [r.getMessage() for r in caplog.records if r.name != "django.db.backends"]
    assert "ecret" not in " ".join(messages)
    assert "secret" not in answer.content.decode()
