"""What Everflow calls the ways of paying: a fixed amount, a percentage of the sale, or both."""

from decimal import Decimal


def payout_type(fixed: Decimal, percent: Decimal) -> str:
    """`cpa`, `cps` or `cpa_cps`: how a partner is paid."""
    return _type("cpa", "cps", fixed, percent)


def revenue_type(fixed: Decimal, percent: Decimal) -> str:
    """`rpa`, `rps` or `rpa_rps`: how an advertiser pays, or what a partner earns."""
    return _type("rpa", "rps", fixed, percent)


def _type(by_action: str, by_sale: str, fixed: Decimal, percent: Decimal) -> str:
    if not percent:
        return by_action
    return f"{by_action}_{by_sale}" if fixed else by_sale
