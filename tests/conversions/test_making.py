from decimal import Decimal

from conversions.models import ConversionEvent
from tests.factories import make_conversion, make_conversions, make_offer


def test_rates_are_copied_and_amounts_worked_out(db):
    offer = make_offer(rates={"payout_percent": 8, "payout_fixed": 1, "revenue_percent": 10})

    conversion = make_conversion(offer=offer, sale_amount=Decimal("99.99"))

    assert conversion.payout == Decimal("8.9992")
    assert conversion.revenue == Decimal("9.9990")
    assert conversion.payout_percent == 8


def test_a_later_change_of_the_offer_changes_no_conversion(db):
    offer = make_offer()
    conversion = make_conversion(offer=offer)

    offer.events.update(payout_fixed=9)

    conversion.refresh_from_db()
    assert (conversion.payout_fixed, conversion.payout) == (4, 4)


def test_each_new_conversion_has_one_entry_in_history(db):
    made = make_conversions(5, status=lambda n: "approved" if n else "pending")

    events = ConversionEvent.objects.filter(pgh_obj__in=made)
    assert sorted(events.values_list("status", flat=True)) == ["approved"] * 4 + ["pending"]
    assert not events.filter(pgh_context=None).exists()
