"""Integrations as leads see them (leads.integrations): where a campaign's valid leads can go."""

from collections.abc import Collection, Iterable

from batches.models import Integration
from batches.nudge import nudge_calls
from batches.rules import Kind
from leads.integrations import Integration as Offered


class Batches:
    """What this app offers to leads."""

    def of_campaigns(self, campaign_ids: Collection[int]) -> Iterable[Offered]:
        """The active integrations of these campaigns, by label."""
        found = Integration.objects.filter(campaign__in=campaign_ids, active=True)
        rows = found.order_by("campaign", "label", "pk").values_list("pk", "campaign_id", "label")
        return [Offered(*row) for row in rows]

    def labels(self, ids: Collection[int]) -> dict[int, str]:
        """What these integrations are called."""
        return dict(Integration.objects.filter(pk__in=ids).values_list("pk", "label"))

    def queued(self, ids: Collection[int]) -> None:
        """Leads wait for these: batches wait for their time, real-time integrations don't."""
        if Integration.objects.filter(pk__in=ids, kind=Kind.REALTIME, active=True).exists():
            nudge_calls()
