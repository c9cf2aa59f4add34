"""Telephones that are in use in their country."""

import pytest

from leads import processors
from leads.processors import Judged
from tests.leads.test_transforms_telephone import NUMBERS

# Options, the field, the code; walked by test_processors.
CASES = [
    *[({"region": region}, home, None) for region, home, _e164 in NUMBERS],
    *[({"region": region}, e164, None) for region, _home, e164 in NUMBERS],
    *[({}, e164, None) for _region, _home, e164 in NUMBERS],
    ({}, "0170 1234567", "telephone_syntax"),
    ({"region": "DE"}, "call me", "telephone_syntax"),
    ({"region": "DE"}, "12", "telephone_syntax"),
    ({"region": "DE"}, "😀", "telephone_syntax"),
    ({"region": "US"}, "555-1234", "telephone_syntax"),
    ({"region": "DE"}, "+49 111 1111111", "telephone_invalid"),
    ({"region": "US"}, "(555) 555-0123", "telephone_invalid"),
    ({"region": "DE"}, "+44 7400 123456", "telephone_abroad"),
    ({"region": "US"}, "+1 416 555 0123", "telephone_abroad"),
    ({"region": "DE", "abroad": True}, "+44 7400 123456", None),
    ({"region": "DE", "abroad": True}, "+49 111 1111111", "telephone_invalid"),
    ({"region": "DE"}, "", None),
]


@pytest.mark.parametrize(
    ("country", "code"),
    [("DE", None), ("Germany", None), ("GB", "telephone_abroad"), ("", None), ("Atlantis", None)],
)
def test_the_country_field_decides_where_it_has_one(country, code):
    lead = Judged({"f": "+491701234567", "country": country}, None, None, {}, 1, 1)

    made = processors.make("telephone", "f", {"region": "DE", "country_field": "country"})

    assert made.judge(lead) == code
