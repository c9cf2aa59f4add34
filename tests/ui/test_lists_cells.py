"""Cells: what they show, and that the quick way shows what django-tables2 would."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.html import conditional_escape

from conversions.tables import ConversionTable
from convertr.ui.lists.columns import copyable, cut, moment, money
from tests.factories import make_conversion, make_offer


def words(html):
    return re.sub(r"<[^>]+>", "", str(html)).strip()


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1234.5", "1,234.50 EUR"), ("0", "0.00 EUR"), ("0.1234", "0.1234 EUR"),
     ("7.125", "7.125 EUR"),
     ("-3", "-3.00 EUR"), ("999999999999.9999", "999,999,999,999.9999 EUR")],
)  # fmt: skip
def test_money_has_two_to_four_decimals_and_its_currency(amount, shown):
    assert words(money(Decimal(amount), "EUR")) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(timedelta(seconds=20), "just now"), (timedelta(minutes=1, seconds=5), "1 minute ago"),
     (timedelta(minutes=59), "59 minutes ago"), (timedelta(hours=23, minutes=50), "23 hours ago")],
)  # fmt: skip
def test_a_time_of_today_is_relative(ago, shown):
    assert words(moment(timezone.now() - ago)) == shown


def test_an_older_time_is_a_date_with_the_exact_one_on_hover():
    at = datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        html = moment(at)
        assert words(html) == "2 Mar 2026"
        assert "2026-03-02 00:30:05 CET (2026-03-01 23:30:05 UTC)" in html
        assert words(moment(at, exact=True)) == "2 Mar 2026, 00:30"


def test_ids_are_copied_whole_and_texts_escaped():
    html = copyable("3f2b8c1e-0000-4000-8000-123456789abc")
    assert 'data-copy="3f2b8c1e-0000-4000-8000-123456789abc"' in html
    assert words(html) == "3f2b8c1e…"
    assert "<b>" not in copyable("<b>")
    assert cut("<b>" * 20).count("&lt;b&gt;") == 40


@pytest.mark.django_db
def test_cells_are_those_of_django_tables2():
    offer = make_offer(name="<i>Offer</i>", rates={"payout_percent": 10})
    record = make_conversion(
        offer=offer, sale_amount=Decimal(10), sub1="x" * 60, sub2="", note="<script>",
        country="DE", adv1="=1+1", reason_code="gone",
    )  # fmt: skip
    names = ConversionTable.names()
    table = ConversionTable([record], columns=names, selectable=True, reasons={"gone": "Gone & so"})
    (row, cells), plain = next(iter(table.body)), next(iter(table.plain_rows(names)))
    slow = [conditional_escape(cell) for _column, cell in table.rows[0].items()]
    assert re.findall(r"<td[^>]*>(.*?)</td>", cells) == slow
    assert plain == [table.rows[0].get_cell_value(name) for name in names]
    assert row.record == record
    assert "<script>" not in cells
    assert "<i>" not in cells
