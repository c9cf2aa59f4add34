"""What several rules read in the same way."""

import pytest

from leads import values


def test_what_a_transform_wrote_is_known_to_the_next_that_reads_it():
    written = values.telephone("0170 7654321", "DE")

    assert written is not None
    assert values.telephone(written.e164) is written


def test_what_is_kept_of_telephones_is_bounded(monkeypatch):
    monkeypatch.setattr(values, "_telephones", values._Recent(12))
    for n in range(50):
        last = values.telephone(f"+4917012345{n:02}")
        assert values.telephone(f"+4917012345{n:02}") is last

    assert 6 <= len(values._telephones) <= 12


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+447797712345", "JE", True),
        ("+447400123456", "GB", True),
        ("+447400123456", "DE", False),
        ("+14165550123", "CA", True),
        ("+14165550123", "US", False),
        ("+80012345678", "DE", False),
    ],
)
def test_a_number_is_of_its_country(text, region, expected):
    assert values.telephone(text).is_of(region) is expected


def test_a_number_in_no_range_in_use_is_read_and_not_valid():
    found = values.telephone("+49 111 1111111")

    assert found is not None
    assert not found.is_valid
    assert not found.is_of("DE")


@pytest.mark.parametrize("code", ["DE", "GB", "TW"])
def test_country_codes_are_as_the_standard_writes_them(code):
    assert values.is_country(code)
    assert not values.is_country(code.lower())


@pytest.mark.parametrize("text", ["UK", "EL", "XX", "DEU", "Germany", ""])
def test_what_is_no_country_code(text):
    assert not values.is_country(text)


def test_domains_above_a_domain():
    assert values.domains_above("a.b.de") == ["a.b.de", "b.de", "de"]
    assert values.domain_of("a@x@B.De ") == "b.de"
    assert values.domain_of("b.de") == ""


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%y", "%d %B %Y", "%Y-%j", "%Y%m%d %H:%M"])
def test_formats_that_say_a_day(form):
    assert values.tells_a_day(form)


@pytest.mark.parametrize("form", ["", "%d.%m.", "%Y-%m", "%H:%M", "%", "%Q", "day", "%Y-%m-%d %Y"])
def test_formats_that_do_not(form):
    assert not values.tells_a_day(form)


def test_a_format_that_names_a_part_twice_reads_nothing():
    assert values.day("2001-12-31 2001", ("%Y-%m-%d %Y",)) is None


def test_what_the_database_can_not_keep():
    assert values.is_storable("Anna 😀 שרה")
    assert not values.is_storable("a\0")
    assert not values.is_storable("\udcff")
