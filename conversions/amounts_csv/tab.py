"""The amounts CSV's tab of the modal."""

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from conversions.amounts_csv.examples import EXAMPLES
from conversions.amounts_csv.kinds import PERMISSION
from conversions.amounts_csv.services import verify_amounts
from conversions.csv_files.tabs import Tab
from convertr.accounts.models import User
from convertr.jobs.models import Job


def _verify(*, actor: User, name: str, data: bytes, form: QueryDict) -> Job:
    return verify_amounts(actor=actor, name=name, data=data)


TAB = Tab(
    key="amounts",
    label=_("Amounts"),
    permission=PERMISSION,
    url_name="conversions:upload_amounts",
    template="conversions/amounts_csv/hints.html",
    examples=EXAMPLES,
    verify=_verify,
)
