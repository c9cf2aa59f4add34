"""Files of leads as tests upload them, and what came of them."""

from convertr.jobs import services as jobs
from leads.imports import services
from tests.factories import make_csv, make_partner, run_job
from tests.requests_workflow.importing.kit import make_xlsx

MAKERS = {"csv": make_csv, "xlsx": make_xlsx}


def upload(actor, campaign, columns, *rows, form="csv", partner=None, **more):
    """A file with these columns and rows, uploaded: its columns are guessed, not yet chosen."""
    return services.upload(
        actor=actor,
        campaign=campaign,
        partner=partner or make_partner(),
        name=f"leads.{form}",
        data=MAKERS[form](columns, *rows),
        **more,
    )


def verify(actor, campaign, columns, *rows, mapping=None, **more):
    """Uploaded, its columns as guessed (or as `mapping`), and verified."""
    job = upload(actor, campaign, columns, *rows, **more)
    chosen = mapping or job.parameters["mapping"]
    return services.map_columns(actor=actor, job=job, mapping=chosen)


def imported(actor, *args, **more):
    """Verified, confirmed and done."""
    return run_job(jobs.confirm(actor=actor, job=verify(actor, *args, **more)))
