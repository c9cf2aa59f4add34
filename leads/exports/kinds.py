"""The kind of job that exports leads."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs import engine
from convertr.jobs.kinds import Kind
from convertr.jobs.models import Job
from convertr.ui.lists.export import store
from leads.access import VIEW, may_view
from leads.exports import conditions
from leads.exports.columns import all_columns, chosen
from leads.exports.writing import rows


class LeadsExport(Kind):
    """A file of leads that takes too long for a request, or that a call asked for.

    Parameters: `columns` (names), `conditions`, `format`, and `names` where the header has them.
    """

    name = "leads.export"
    label = _("Export of leads")
    permission = VIEW
    view_permission = VIEW

    def may_see(self, job: Job, user: User) -> bool:
        return user.is_active and may_view(user)

    def produce(self, job: Job) -> None:
        """Make the file, or end the job with why it can't be made any more."""
        try:
            self._write(job, job.requested_by)
        except DomainError as error:
            engine.fail(job.pk, error.code)

    def _write(self, job: Job, user: User) -> None:
        if not self.may_see(job, user):
            raise DomainError("export_not_allowed", "")
        store(job, self._rows(job, user), job.parameters["format"])

    def _rows(self, job: Job, user: User) -> Iterator[list[Any]]:
        # Days begin in the person's zone, in which the file is made.
        wanted = job.parameters
        columns = chosen(wanted["columns"], all_columns())
        leads = conditions.leads(user, wanted["conditions"])
        yield from rows(leads, columns, names=wanted["names"])


KINDS: tuple[Kind, ...] = (LeadsExport(),)
