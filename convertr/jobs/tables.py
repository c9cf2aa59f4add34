"""The columns of the jobs list."""

from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from convertr.jobs import buckets, kinds
from convertr.jobs.models import Job
from convertr.ui.lists.columns import Column, StateColumn, TimeColumn
from convertr.ui.lists.tables import ListTable


class KindColumn(Column):
    """What the job does, leading to its page."""

    def render(self, record: Job) -> SafeString:
        label = kinds.get(record.kind).label
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), label)

    def value(self, record: Job) -> str:
        return str(kinds.get(record.kind).label)


class CountsColumn(Column):
    """Rows by bucket: "9,412 processed · 3 left alone"."""

    def parts(self, job: Job) -> list[tuple[str, str]]:
        if not job.counts:
            return []
        tiles = buckets.tiles(job)
        return [(intcomma(tile.rows), str(tile.label).lower()) for tile in tiles if tile.rows]

    def render(self, record: Job) -> SafeString:
        return format_html_join(" · ", "<span>{} {}</span>", self.parts(record))

    def value(self, record: Job) -> str:
        return ", ".join(f"{rows} {label}" for rows, label in self.parts(record))


class JobTable(ListTable):
    id = Column(verbose_name=_("Job"))
    kind = KindColumn(verbose_name=_("Kind"), empty_values=())
    state = StateColumn(verbose_name=_("State"))
    requested_by = Column(verbose_name=_("Requested by"), accessor="requested_by__full_name")
    created_at = TimeColumn(verbose_name=_("Created"))
    finished_at = TimeColumn(verbose_name=_("Ended"))
    total = Column(verbose_name=_("Rows"))
    counts = CountsColumn(verbose_name=_("Outcome"), empty_values=())
    input_name = Column(verbose_name=_("File"))
    channel = Column(verbose_name=_("Channel"))

    def render_total(self, value: int) -> Any:
        return intcomma(value)
