"""Money by the rates: in Python and in the statement that resolves a file, to the last digit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conversions.rules import (
    ASSIGNABLE,
    CHANGEABLE,
    INTAKE_WORDS,
    MAX_AMOUNT,
    Status,
    counted,
    from_sale,
)
from conversions.status_csv.resolve import _repriced


def money(most="999999999999.9999"):
    return st.decimals(0, Decimal(most), places=4, allow_nan=False)


# Mostly what people write, and what falls on or next to half of the last digit.
SALES = st.one_of(
    money(), money("10"), st.sampled_from(["0.0050", "0.0150", "1.0050"]).map(Decimal)
)
PERCENTS = st.one_of(money("100"), st.sampled_from(["1", "5", "0.5", "12.5", "0.01"]).map(Decimal))
TRIPLES = st.tuples(SALES, PERCENTS, st.one_of(money("10"), st.just(Decimal(0))))


def exact(sale, percent, fixed):
    """sale × percent ÷ 100 + fixed, rounded half-even to 4 decimals, in whole numbers."""
    return Decimal(round((Fraction(sale) * Fraction(percent) / 100 + Fraction(fixed)) * 10_000))


@pytest.mark.parametrize(
    ("sale", "percent", "fixed", "amount"),
    [
        ("99.99", "8", "1", "8.9992"),
        ("199.90", "10", "0", "19.9900"),
        ("0.0050", "1", "0", "0.0000"),
        ("0.0150", "1", "0", "0.0002"),
        ("0.0250", "1", "0", "0.0002"),
        ("0.0350", "1", "0", "0.0004"),
        ("0", "50", "2.5", "2.5000"),
    ],
)
def test_a_sale_is_worth_percent_and_fixed_rounded_half_even(sale, percent, fixed, amount):
    found = from_sale(Decimal(sale), percent=Decimal(percent), fixed=Decimal(fixed))

    assert found == Decimal(amount)
    assert found.as_tuple().exponent == -4


@given(TRIPLES)
@example((MAX_AMOUNT, Decimal("33.3333"), Decimal("0.0001")))
@example((Decimal("123456789012.3457"), Decimal("99.9999"), Decimal(0)))
@example((MAX_AMOUNT, MAX_AMOUNT, MAX_AMOUNT))
def test_rules_round_exactly(triple):
    sale, percent, fixed = triple

    assert from_sale(sale, percent=percent, fixed=fixed) * 10_000 == exact(*triple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(TRIPLES, min_size=1, max_size=20))
@example([(MAX_AMOUNT, Decimal("33.3333"), Decimal("0.0001"))])
@example([(Decimal("123456789012.3456"), Decimal("0.1234"), Decimal(0))])
# To eight decimals these are half of the last digit, to ten they are not.
@example([(Decimal("552792831738.9267"), Decimal("26.7558"), Decimal(0))])
@example([(Decimal("907374341124.6279"), Decimal("5.2674"), Decimal(0))])
def test_the_database_rounds_as_the_rules_do(db, triples):
    triples = [(sale, percent or Decimal("0.0001"), fixed) for sale, percent, fixed in triples]
    rows = ", ".join(["(%s::numeric, %s::numeric, %s::numeric, 0::numeric)"] * len(triples))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ({_repriced('payout')})::numeric(40, 4)"
            f" FROM (VALUES {rows}) v (cost, payout_percent, payout_fixed, payout)",
            [value for triple in triples for value in triple],
        )
        found = [amount for (amount,) in cursor.fetchall()]

    assert found == [from_sale(sale, percent=p, fixed=f) for sale, p, f in triples]


@pytest.mark.parametrize(
    ("status", "amount"),
    [("approved", 7), ("pending", 0), ("rejected", 0), ("throttled", 0), ("invalid", 0)],
)
def test_money_counts_only_while_approved(status, amount):
    assert counted(status, Decimal(7)) == amount


def test_only_approved_and_rejected_are_assigned_and_never_to_or_from_invalid():
    assert set(ASSIGNABLE) == {Status.APPROVED, Status.REJECTED}
    assert set(CHANGEABLE) == set(Status) - {Status.INVALID}


def test_the_words_of_advertisers_lead_to_new_approved_and_rejected():
    assert set(INTAKE_WORDS.values()) == {Status.PENDING, *ASSIGNABLE}
    assert INTAKE_WORDS["hold"] == "pending"
    assert INTAKE_WORDS["paid"] == "approved"
    assert INTAKE_WORDS["canceled"] == "rejected"
