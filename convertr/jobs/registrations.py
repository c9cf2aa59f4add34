"""What jobs offer to the frame: a door, the list, the bell's text."""

from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from convertr.accounts.models import User
from convertr.jobs import housekeeping, kinds
from convertr.jobs.models import ACTIVE_STATES, Job, Outcome, State
from convertr.jobs.views import JobList
from convertr.ui.lists import register_list
from convertr.ui.registry import NavItem, register_nav, register_notification


def register() -> None:
    """Called once when Django is ready."""
    register_list(JobList)
    housekeeping.register_own()
    register_notification("job_ended", ended)
    register_nav(
        NavItem(
            "jobs",
            gettext_lazy("Jobs"),
            "jobs:list",
            "jobs",
            order=60,
            count=running,
            also=("jobs:detail",),
        )
    )


def running(user: User) -> int:
    """How many jobs that this person sees are being worked on."""
    return Job.objects.visible_to(user).filter(state__in=ACTIVE_STATES, finished_at=None).count()


def ended(params: dict[str, Any]) -> str:
    """The bell's line: "Status CSV 17: done, 9,412 processed"."""
    text = _("%(kind)s %(id)s: %(state)s") % {
        "kind": kinds.get(params["kind"]).label,
        "id": params["job"],
        "state": str(State(params["state"]).label).lower(),
    }
    if applied := params["counts"].get(Outcome.APPLIED):
        text += _(", %(rows)s processed") % {"rows": intcomma(applied)}
    return text
