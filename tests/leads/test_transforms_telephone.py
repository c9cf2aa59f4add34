"""Telephones of many countries to E.164."""

import pytest

from leads import transforms

# As people write them: country, number at home, E.164.
NUMBERS = [
    ("DE", "0170 1234567", "+491701234567"),
    ("DE", "(030) 123456", "+4930123456"),
    ("GB", "07400 123456", "+447400123456"),
    ("US", "(201) 555-0123", "+12015550123"),
    ("FR", "06 12 34 56 78", "+33612345678"),
    ("IT", "02 1234 5678", "+390212345678"),
    ("ES", "612 34 56 78", "+34612345678"),
    ("NL", "06-12345678", "+31612345678"),
    ("PL", "512 345 678", "+48512345678"),
    ("TR", "0501 234 56 78", "+905012345678"),
    ("JP", "090-1234-5678", "+819012345678"),
    ("BR", "(11) 96123-4567", "+5511961234567"),
    ("IN", "081234 56789", "+918123456789"),
    ("AU", "0412 345 678", "+61412345678"),
    ("SA", "٠٥١ ٢٣٤ ٥٦٧٨", "+966512345678"),
]
# Options, before, after; walked by test_transforms too.
CASES = [
    *[({"region": region}, home, e164) for region, home, e164 in NUMBERS],
    ({}, "+49 (0)170 / 123 45-67", "+491701234567"),
    ({}, "0049 170 1234567", "+491701234567"),
    ({"region": "US"}, "0049 170 1234567", "+491701234567"),
    ({"region": "us"}, "+44 7400 123456", "+447400123456"),
    ({"region": "DE"}, "491701234567", "+491701234567"),
    # Without a country it may be anybody's.
    ({}, "0170 1234567", "0170 1234567"),
    ({}, "491701234567", "491701234567"),
    # What is no number, or can be dialled only next door.
    ({"region": "US"}, "555-1234", "555-1234"),
    ({"region": "DE"}, "12", "12"),
    ({"region": "DE"}, "call me", "call me"),
    ({"region": "DE"}, "0170 1234567 after 5", "0170 1234567 after 5"),
    ({"region": "DE"}, "📞", "📞"),
    ({"region": "DE"}, "1" * 5_000, "1" * 5_000),
    ({"region": "DE"}, "", ""),
]


@pytest.mark.parametrize("country", ["GB", "gbr", "United Kingdom", " uk "])
def test_the_country_field_decides_in_any_shape(country):
    data = {"f": "07400 123456", "country": country}

    made = transforms.make("telephone", "f", {"region": "DE", "country_field": "country"})
    made.apply(data)

    assert data["f"] == "+447400123456"


@pytest.mark.parametrize("country", ["", "Atlantis", None])
def test_without_a_country_that_is_one_the_option_decides(country):
    data = {"f": "07400 123456"} | ({} if country is None else {"country": country})

    made = transforms.make("telephone", "f", {"region": "GB", "country_field": "country"})
    made.apply(data)

    assert data["f"] == "+447400123456"
