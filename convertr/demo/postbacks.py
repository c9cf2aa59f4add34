"""A few postbacks of the demo's partners, switched off: nobody is called by a demo."""

from conversions.models import PartnerPostback
from convertr.network.models import Partner

URLS = (
    "https://tracker.example/told?cid={transaction_id}&status={status}&payout={payout}",
    "https://postback.example/in/{sub1}?amount={payout}&currency={currency}&ref={change_id}",
    "https://stats.example/conversion?id={conversion_uuid}&event={event}",
)


def make_postbacks(partners: list[Partner]) -> None:
    """One each for the first partners; only where there is none at all."""
    if PartnerPostback.objects.exists():
        return
    PartnerPostback.objects.bulk_create(
        PartnerPostback(partner=partner, url=url, statuses=["approved", "rejected"], active=False)
        for partner, url in zip(partners, URLS, strict=False)
    )
