"""Drafts, and what a person does with them."""

from django.core.files.uploadedfile import SimpleUploadedFile

from convertr.jobs.models import Job
from leads.models import Lead
from leads.rules import Act
from leads.wizard import services
from leads.wizard.typed import of_text

HTMX = {"HX-Request": "true"}
START = "/v2/leads/manage"
STEPS = ("leads", "type", "processing")


def begin(actor, *leads):
    return services.start(actor=actor, keys=of_text(" ".join(str(lead.pk) for lead in leads)))


def chosen(actor, act, *leads):
    """A draft for which a type is chosen."""
    return services.choose(actor=actor, job=begin(actor, *leads), act=Act(act))


def url(job, step):
    return f"{START}/{job.pk}/{step}"


def verified(job):
    return Job.objects.get(pk=job.pk).verified_at.isoformat()


def now(job):
    return Job.objects.get(pk=job.pk)


def confirm(client, job, **data):
    data = {"act": services.act_of(now(job)), "verified": verified(job), **data}
    return client.post(url(job, "processing"), data)


def upload(client, job, data, **more):
    file = SimpleUploadedFile("leads.csv", data, "text/csv")
    return client.post(url(job, "leads"), {"file": file, "go": "add", **more})


def copy_leads(lead, count):
    """`count` more of a lead, as the bench makes them."""
    many = [
        Lead(campaign_id=lead.campaign_id, partner_id=lead.partner_id, status="valid",
             processing="complete")
        for _ in range(count)
    ]  # fmt: skip
    Lead.objects.bulk_create(many, batch_size=5_000)
