"""What a set-up that is being entered would do: its next runs, and the file of real leads."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst

from batches import names, pending
from batches.forms.setup import SetUpForm
from convertr.errors import DomainError
from convertr.ui.formula import neutralise
from leads.models import Lead

RUNS, ROWS = 5, 20
# Of a campaign without pending leads, so many of its newest stand in.
STAND_INS = 5


def runs_of(form: SetUpForm) -> dict[str, Any]:
    """The next five runs of the schedule as it is entered, and how it is said."""
    if form.is_realtime or not form.schedule.is_valid() or form.schedule.schedule is None:
        return {"runs": [], "realtime": form.is_realtime}
    schedule, one = form.schedule.schedule, form.integration
    since = timezone.now()
    if one is not None and one.hold_until:
        since = max(since, one.hold_until)
    skipped = one.skip_due_at if one else None
    zone = ZoneInfo(schedule.zone)
    runs = [(at, at.astimezone(zone), at == skipped) for at in schedule.following(since, RUNS)]
    return {"runs": runs, "words": capfirst(schedule.words()), "zone": schedule.zone}


def preview_of(form: SetUpForm) -> dict[str, Any]:
    """Headers and lines of the file, of what is pending, else of the campaign's newest leads."""
    if not form.columns.is_valid():
        return {"error": form.columns.error}
    ids, stand_ins = _leads(form)
    pairs = [(header, source) for header, source in form.columns.pairs]
    file = form.file if not form.is_realtime and form.file.is_valid() else None
    safe = bool(file and file.options and file.options.neutralise)
    lines = [
        [neutralise(cell) if safe else cell for cell in cells]
        for cells in pending.cells(pairs, ids, zone=_zone(form)).values()
    ]
    return {
        "headers": [header for header, _source in form.columns.pairs],
        "lines": lines,
        "stand_ins": stand_ins and bool(lines),
        "name": _name(form) if file else "",
    }


def _zone(form: SetUpForm) -> str:
    """Of the schedule as it is entered; while that is none, the person's."""
    valid = not form.is_realtime and form.schedule.is_valid() and form.schedule.schedule
    return form.schedule.schedule.zone if valid and form.schedule.schedule else form.zone


def _leads(form: SetUpForm) -> tuple[list[int], bool]:
    """The first pending leads; without any the campaign's newest, which only stand in."""
    integration = form.integration
    if integration is not None:
        waiting = pending.leads_of(integration).values_list("pk", flat=True)
        if ids := list(waiting[:ROWS]):
            return ids, False
    newest = Lead.objects.alive().filter(campaign=form.campaign).order_by("-created_at", "-pk")
    return list(newest.values_list("pk", flat=True)[:STAND_INS]), True


def _name(form: SetUpForm) -> str:
    """What the next file would be called; its number is not known before it is there."""
    options, one = form.file.options, form.integration
    if options is None:
        return ""
    try:
        return names.fill(
            options.name,
            label=form.data.get("label", "") if form.data is not None else "",
            campaign_id=form.campaign.pk,
            at=timezone.now().astimezone(ZoneInfo(_zone(form))),
            batch_id=1,
            sequence=(one.sequence if one else 0) + 1,
            extension=options.extension,
        )
    except DomainError as refused:
        return str(refused)
