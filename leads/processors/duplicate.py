"""Duplicate e-mail or telephone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads.processors.base import Judged, Option, Processor


class Duplicate(Processor):
    """Whoever asks it has looked for the earlier leads: those with the same fingerprint."""

    name = "duplicate"
    label = _("Duplicate")
    help = _("No earlier lead has the same e-mail address or telephone number.")
    needs_field = False
    options = (
        Option(
            "kind",
            _("Of"),
            "choice",
            choices=(("email", _("e-mail")), ("telephone", _("telephone"))),
            default="email",
        ),
        Option("days", _("Within days"), "number", default=30, least=1, most=3_650),
        Option(
            "scope",
            _("In"),
            "choice",
            choices=(("campaign", _("the campaign")), ("advertiser", _("the advertiser"))),
            default="campaign",
        ),
    )
    texts = {
        "duplicate_email": _("an earlier lead has the same e-mail address"),
        "duplicate_telephone": _("an earlier lead has the same telephone number"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._kind: str = options["kind"]
        self._days = timedelta(days=options["days"])
        self._in_campaign = options["scope"] == "campaign"

    @property
    def looks_back(self) -> int:
        return self._days.days

    def judge(self, lead: Judged) -> str | None:
        since = lead.at - self._days
        for one in lead.earlier:
            same = (
                one.campaign == lead.campaign
                if self._in_campaign
                else one.advertiser == lead.advertiser
            )
            if same and one.kind == self._kind and one.at >= since:
                return f"duplicate_{self._kind}"
        return None
