"""The tab of the modal for locking and unlocking by a file of keys."""

from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from conversions.csv_files.tabs import Tab
from conversions.locking.examples import EXAMPLES
from conversions.locking.kinds import PERMISSION
from conversions.locking.services import ACTS, verify_keys
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.models import Job


def _verify(*, actor: User, name: str, data: bytes, form: QueryDict) -> Job:
    act = form.get("act", "")
    if act not in ACTS:
        raise DomainError("no_act", _t("Choose whether to mark as paid or to unlock."))
    return verify_keys(actor=actor, act=act, name=name, data=data)


TAB = Tab(
    key="locks",
    label=_("Lock"),
    permission=PERMISSION,
    url_name="conversions:upload_locks",
    template="conversions/locking/hints.html",
    examples=EXAMPLES,
    verify=_verify,
)
