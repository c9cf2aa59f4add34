"""Pieces of SQL that decide as the pure rules do (conversions.rules)."""


def half_even(amount: str) -> str:
    """SQL that rounds half-even to 4 decimals, as `rules.from_sale` does; round() is half-up."""
    return (
        f"CASE WHEN abs({amount} * 10000 - trunc({amount} * 10000)) = 0.5"
        f" THEN 2 * round({amount} * 5000) / 10000 ELSE round({amount}, 4) END"
    )


def by_rate(sale: str, side: str, *, of: str = "") -> str:
    """SQL of what a rate makes of a sale: sale × percent + fixed, rounded half-even.

    `side` is payout or revenue, `of` a prefix such as "e." of the columns of its rate.
    """
    # Not "/ 100": a division of large numbers keeps too few digits to round by.
    return half_even(f"({sale} * {of}{side}_percent * 0.01 + {of}{side}_fixed)")
