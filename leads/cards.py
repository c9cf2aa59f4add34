"""What leads show on the dashboard: by day and status, bounded by the time index, kept a minute."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from convertr.ui.cached import cached
from convertr.ui.charts import WIDE, Series, stacked
from leads.models import Lead
from leads.rules import Status

DAYS, SECONDS = 30, 60
TONES = {
    Status.VALID: "green",
    Status.CAUTION: "amber",
    Status.NONE: "grey",
    Status.TEST: "blue",
    Status.INVALID: "dark",
}


def by_status(request: HttpRequest) -> dict[str, Any]:
    """Leads a day, stacked by status."""
    today = timezone.localdate()
    days = [today - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    zone = timezone.get_current_timezone_name()
    key = f"leads:by-status:{zone}:{today}".replace(" ", "_")
    counts = cached(key, SECONDS, lambda: _counts(days[0]))
    series = [
        Series(str(status.label), tone, [counts[day, str(status)] for day in days])
        for status, tone in TONES.items()
    ]
    title = _("Leads by day and status, last %(days)s days") % {"days": DAYS}
    return {"chart": stacked(title, days, [one for one in series if one.total], size=WIDE)}


def _counts(first: date) -> Counter[tuple[date, str]]:
    zone = timezone.get_current_timezone()
    start = timezone.make_aware(datetime.combine(first, time.min))
    grouped = (
        Lead.objects.alive()
        .filter(created_at__gte=start)
        .annotate(day=TruncDate("created_at", tzinfo=zone))
        .values_list("day", "status")
        .annotate(count=Count("id"))
        .order_by()
    )
    return Counter({(day, status): count for day, status, count in grouped})
