"""Whether a file came before."""

from convertr.jobs.models import Job


def uploaded_before(job: Job) -> Job | None:
    """The latest earlier job of the same bytes, a confirmed one before one that was not.

    Of those that whoever uploaded it may see: to a partner, others' uploads are not there.
    """
    if not job.input_sha256:
        return None
    seen = Job.objects.visible_to(job.requested_by)
    same = seen.filter(input_sha256=job.input_sha256, kind=job.kind, pk__lt=job.pk).select_related(
        "requested_by"
    )
    return same.filter(confirmed_at__isnull=False).last() or same.last()
