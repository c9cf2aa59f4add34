"""When an integration runs: days of the week or intervals, times, a time zone."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches import schedules
from batches.schedules import Every, Schedule
from convertr.accounts.models import time_zones
from convertr.errors import DomainError

DAYS = [
    ("0", _("Mon")), ("1", _("Tue")), ("2", _("Wed")), ("3", _("Thu")), ("4", _("Fri")),
    ("5", _("Sat")), ("6", _("Sun")),
]  # fmt: skip
FIELD_OF = {
    "schedule_every": "every",
    "schedule_zone": "zone",
    "schedule_times": "times",
    "schedule_weekdays": "weekdays",
    "schedule_interval": "n",
    "schedule_start": "start",
}


class ScheduleForm(forms.Form):
    """What was entered is read by batches.schedules, so that all say the same."""

    prefix = "schedule"
    every = forms.ChoiceField(label=_("Runs"), choices=Every.choices)
    weekdays = forms.MultipleChoiceField(
        label=_("On"), choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    n = forms.IntegerField(label=_("Every how many"), required=False, min_value=1)
    start = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Intervals count from this day."),
    )
    times = forms.CharField(
        label=_("At"),
        help_text=_("Such as 08:00, or several: 08:00, 14:30."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=[])
    send_empty = forms.BooleanField(
        label=_("Send an empty file when nothing is pending"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101  tells mypy which kind
        zone.choices = [(name, name.replace("_", " ")) for name in _zones()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.schedule: Schedule | None = None
        if self.errors:
            return cleaned
        try:
            self.schedule = schedules.read(_entered(cleaned))
        except DomainError as refused:
            self.add_error(FIELD_OF.get(refused.code), str(refused))
        return cleaned


def _entered(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What batches.schedules reads; what belongs to another kind of schedule is left out."""
    by_week = cleaned["every"] == Every.WEEKDAYS
    return {
        "every": cleaned["every"],
        "zone": cleaned["zone"],
        "times": re.split(r"[\s,;]+", cleaned["times"].strip()),
        "weekdays": [int(day) for day in cleaned["weekdays"]] if by_week else [],
        "n": 1 if by_week else cleaned["n"],
        "start": cleaned["start"],
    }


def initial_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored schedule as the form shows it."""
    return {
        **stored,
        "times": ", ".join(stored.get("times", [])),
        "weekdays": [str(day) for day in stored.get("weekdays", [])],
    }


def _zones() -> list[str]:
    return sorted(time_zones())
