"""Campaigns with fields and rules, leads in them, and a place for them to go to."""

from collections.abc import Collection

from convertr.audit.context import recorded
from convertr.jobs import services as jobs
from convertr.jobs.staging import StagedRow
from leads.flagging.kinds import KIND_OF
from leads.intake import NewLead, take_in
from leads.integrations import Integration
from leads.models import CampaignField, Lead, ProcessorJob, ValueTransform
from leads.processing import queue
from leads.rules import Act
from tests.factories import make_campaign, make_partner, run_job

FIELDS = {
    "firstName": "first_name", "lastName": "last_name", "email": "email",
    "telephone": "telephone", "country": "country", "city": "text",
}  # fmt: skip
ADA = {
    "firstName": "Ada", "lastName": "Lovelace", "email": "ada@analytical.org",
    "telephone": "+442079460018", "country": "GB", "city": "London",
}  # fmt: skip


def make_lead_campaign(*, fields=None, transforms=(), jobs=(("required", "email"),), **campaign):
    """A campaign whose leads have FIELDS; transforms as (kind, field[, options]), jobs as
    (kind, field[, more of ProcessorJob])."""
    made = make_campaign(**campaign)
    for place, (name, kind) in enumerate((fields or FIELDS).items()):
        CampaignField.objects.create(campaign=made, name=name, kind=kind, position=place)
    for place, (kind, field, *more) in enumerate(transforms):
        options = more[0] if more else {}
        ValueTransform.objects.create(
            campaign=made, kind=kind, field=field, options=options, position=place
        )
    for place, (kind, field, *more) in enumerate(jobs):
        add_job(made, kind, field, position=place, **(more[0] if more else {}))
    return made


def add_job(campaign, kind, field, **more):
    return ProcessorJob.objects.create(campaign=campaign, kind=kind, field=field, **more)


def bring(campaign, *data, partner=None, **more):
    """Take leads in, one for each data (ADA with what differs); answers them, not processed."""
    new = [NewLead({**ADA, **one}, **more) for one in data or ({},)]
    ids = take_in(campaign=campaign, partner=partner or make_partner(), leads=new)
    return [Lead.objects.get(pk=pk) for pk in ids]


def make_lead(campaign=None, data=None, *, partner=None, processed=True, **fields):
    """One lead, processed, with these fields then set as they are."""
    [lead] = bring(campaign or make_lead_campaign(), data or {}, partner=partner)
    if processed:
        queue.process()
    if fields:
        with recorded():
            Lead.objects.filter(pk=lead.pk).update(**fields)
    return again(lead)


def make_leads(count, campaign=None, *, partner=None, **fields):
    """`count` leads, processed, with addresses of their own."""
    campaign = campaign or make_lead_campaign()
    data = [{"email": f"lead{n}@analytical.org"} for n in range(count)]
    leads = bring(campaign, *data, partner=partner)
    queue.process()
    if fields:
        with recorded():
            Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(**fields)
    return list(Lead.objects.filter(pk__in=[lead.pk for lead in leads]).order_by("pk"))


def again(lead):
    """The lead as it is now."""
    return Lead.objects.get(pk=lead.pk)


def verify(actor, act, leads):
    """A job of an act on these leads, verified."""
    return jobs.stage(
        actor=actor,
        kind=KIND_OF[Act(act)],
        rows=[
            StagedRow(n, [str(lead.pk)], key_id=lead.pk, wanted={})
            for n, lead in enumerate(leads, start=1)
        ],
        columns=["lead"],
    )


def options_of(act, actor):
    """What Confirm of an act asks for, well filled in."""
    if act in ("valid", "invalid", "test"):
        return {"own_reason": "Because"}
    return {"signature": str(actor), "confirm": "1"}


def done(actor, act, leads, **data):
    """The act on these leads, to its end."""
    job = verify(actor, act, leads)
    jobs.confirm(actor=actor, job=job, data={**options_of(act, actor), **data})
    return run_job(job)


class Place:
    """A provider of integrations for tests: it offers what it was given, and notes what it hears.

    `register_provider(place)` in a fixture that takes it out again (conftest.place).
    """

    def __init__(self):
        self.integrations: list[Integration] = []
        self.heard: list[int] = []

    def add(self, campaign, label="To the shop"):
        made = Integration(100 + len(self.integrations), campaign.pk, label)
        self.integrations.append(made)
        return made

    def of_campaigns(self, campaign_ids: Collection[int]):
        return [one for one in self.integrations if one.campaign_id in campaign_ids]

    def labels(self, ids: Collection[int]):
        return {one.id: one.label for one in self.integrations if one.id in ids}

    def queued(self, ids: Collection[int]):
        self.heard += sorted(ids)
