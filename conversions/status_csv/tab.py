"""The status CSV's tab of the modal."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.tabs import Tab
from conversions.status_csv.examples import EXAMPLES
from conversions.status_csv.kinds import PERMISSION
from conversions.status_csv.services import verify_csv
from convertr.accounts.models import User
from convertr.jobs.models import Job


def _verify(*, actor: User, name: str, data: bytes, form: QueryDict) -> Job:
    return verify_csv(actor=actor, name=name, data=data)


TAB = Tab(
    key="status",
    label=_("Status"),
    permission=PERMISSION,
    url_name="conversions:upload",
    template="conversions/status_csv/hints.html",
    examples=EXAMPLES,
    verify=_verify,
)
