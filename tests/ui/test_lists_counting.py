"""How many rows: exact where that is cheap, else the planner's estimate, said as such."""

import pytest

from conversions.models import Conversion
from convertr.ui.lists import counting
from convertr.ui.lists.counting import Count, count, rounded
from tests.factories import make_conversions

NUMBERS = [
    (12_345, "12,000"), (99_999, "100,000"), (340_987, "340,000"), (1_000_000, "1 M"),
    (3_214_567, "3.2 M"), (42, "42"), (7, "7"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "words"), NUMBERS)
def test_an_estimate_has_two_meaningful_digits(number, words):
    assert rounded(number) == words
    assert str(Count(number, exact=False)) == f"about {words}"


def test_an_exact_count_is_whole():
    assert str(Count(9_876)) == "9,876"


@pytest.mark.django_db
def test_few_rows_are_counted_exactly():
    make_conversions(7)
    assert count(Conversion.objects.all()) == Count(7)
    assert count(Conversion.objects.none()) == Count(0)


@pytest.mark.django_db
def test_many_rows_are_estimated_until_asked_for(monkeypatch):
    make_conversions(30)
    monkeypatch.setattr(counting, "EXACT_UP_TO", 10)
    assert count(Conversion.objects.all()).exact is False
    assert count(Conversion.objects.all(), exactly=True) == Count(30)


@pytest.mark.django_db
def test_what_is_dear_to_count_is_estimated(monkeypatch):
    make_conversions(3)
    monkeypatch.setattr(counting, "_AFFORDABLE", 0)
    assert count(Conversion.objects.all()).exact is False
