"""The filters of the jobs list; calls of the API stay out until they are asked for."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from convertr.accounts.models import User
from convertr.jobs import kinds
from convertr.jobs.models import Job, State
from convertr.jobs.notify import QUIET_CHANNELS
from convertr.ui.lists.filters import Asker, ChoicesFilter, TimedFilterSet, by_number

CHANNELS = [("page", _("Page")), ("csv", _("CSV")), ("undo", _("Undo")), ("api", _("API"))]


def people(asker: Asker) -> QuerySet[User]:
    return User.objects.filter(role__in=["agency", "admin"])


def kind_choices() -> list[tuple[str, Any]]:
    return [(kind.name, kind.label) for kind in kinds.all_kinds()]


class JobFilters(TimedFilterSet):
    time_field = "created_at"
    search_keys = {"id": by_number("id")}

    state = ChoicesFilter(label=_("State"), choices=State.choices)
    kind = ChoicesFilter(label=_("Kind"), choices=kind_choices)
    requested_by = django_filters.ModelChoiceFilter(label=_("Requested by"), queryset=people)
    channel = ChoicesFilter(label=_("Channel"), choices=CHANNELS)

    @property
    def qs(self) -> QuerySet[Job]:
        found: QuerySet[Job] = super().qs
        asked = self.form.cleaned_data.get("channel") or self.form.cleaned_data.get("q")
        return found if asked else found.exclude(channel__in=QUIET_CHANNELS)
