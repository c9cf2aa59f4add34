"""Each value transform by its table; what isn't said of a field stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import transforms
from leads.transforms import BadOptions
from leads.transforms.base import RuleError
from tests.leads.test_transforms_telephone import CASES as TELEPHONE
from tests.leads.test_transforms_title_case import CASES as TITLE_CASE

FAMILY = "👩‍👩‍👧"
# Of each transform of the field "f": options, data before, data after; a text is the field's.
CASES = {
    "trim": [
        ({}, "  Anna ", "Anna"),
        ({}, "\t\u00a0Anna Maria\u3000\r\n", "Anna Maria"),
        ({}, "\ufeffAnna\u200b", "Anna"),
        ({}, "   ", ""),
        ({}, "שרה ", "שרה"),
        ({}, f" {FAMILY} ", FAMILY),
        ({}, "نامه\u200c", "نامه\u200c"),
        ({}, {"g": " x "}, {"g": " x "}),
    ],
    "collapse_spaces": [
        ({}, "Anna   Maria\t\nO'Neill", "Anna Maria O'Neill"),
        ({}, "a\u00a0\u2003b", "a b"),
        ({}, "  a ", " a "),
        ({}, "", ""),
    ],
    "case": [
        ({}, "Anna.Maria@Example.COM", "anna.maria@example.com"),
        ({"to": "upper"}, "straße", "STRASSE"),
        ({"to": "lower"}, "İBRAHİM IŞIK", "ibrahim ışık"),
        ({"to": "upper"}, "ışık ibrahim", "IŞIK İBRAHİM"),
        ({"to": "lower"}, "ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ({"to": "upper"}, f"שרה {FAMILY}", f"שרה {FAMILY}"),
    ],
    "title_case": TITLE_CASE,
    "map_values": [
        ({"map": "mr = Herr\nmrs = Frau"}, "MR", "Herr"),
        ({"map": {"mr": "Herr"}}, "Dr", "Dr"),
        ({"map": {"mr": "Herr"}, "ignore_case": False}, "MR", "MR"),
        ({"map": {"n/a": ""}}, "N/A", ""),
        ({"map": {"a=b": "c"}}, "a=b", "c"),
        ({"map": {"": "x"}}, "", ""),
    ],
    "regex_replace": [
        ({"pattern": r"\D+"}, "a1b22", "122"),
        ({"pattern": r"(\w+), (\w+)", "replacement": r"\2 \1"}, "O, Anna", "Anna O"),
        ({"pattern": "ANNA", "replacement": "x", "ignore_case": True}, "Anna", "x"),
        ({"pattern": r"\p{Emoji_Presentation}+"}, "Anna 😀", "Anna "),
        ({"pattern": r"^x"}, "שרה", "שרה"),
        ({"pattern": "^$", "replacement": "x"}, "", ""),
    ],
    "telephone": TELEPHONE,
    "country": [
        ({}, "Germany", "DE"),
        ({}, "deu", "DE"),
        ({}, "de", "DE"),
        ({}, " the Netherlands ", "NL"),
        ({}, "COTE D’IVOIRE", "CI"),
        ({}, "Ivory Coast", "CI"),
        ({}, "Türkiye", "TR"),
        ({}, "TURKEY", "TR"),
        ({}, "Republic of Korea", "KR"),
        ({}, "St. Lucia", "LC"),
        ({}, "Trinidad & Tobago", "TT"),
        ({}, "U.S.A.", "US"),
        ({}, "uk", "GB"),
        ({}, "Atlantis", "Atlantis"),
        ({}, "XX", "XX"),
        ({}, FAMILY, FAMILY),
    ],
    "date": [
        ({}, "31.12.1999", "1999-12-31"),
        ({}, " 1999-12-31 ", "1999-12-31"),
        ({}, "31.02.1999", "31.02.1999"),
        ({}, "12/31/1999", "12/31/1999"),
        ({"formats": "%m/%d/%Y\n%d/%m/%Y"}, "12/31/1999", "1999-12-31"),
        ({"formats": ["%m/%d/%Y", "%d/%m/%Y"]}, "31/12/1999", "1999-12-31"),
        ({"formats": "%d %b %Y", "output": "%d.%m.%Y"}, "5 Mar 2001", "05.03.2001"),
        ({"formats": "%Y-%m-%dT%H:%M:%S%z"}, "2001-03-05T23:00:00+01:00", "2001-03-05"),
        ({}, "x" * 5_000, "x" * 5_000),
    ],
    "default": [
        ({"value": "DE"}, "", "DE"),
        ({"value": "DE"}, "  ", "DE"),
        ({"value": "DE"}, {}, {"f": "DE"}),
        ({"value": "DE"}, "AT", "AT"),
    ],
    "split": [
        ({"fields": "a, b"}, {"f": "A  O'N"}, {"f": "A  O'N", "a": "A", "b": "O'N"}),
        ({"fields": "a, b"}, {"f": "A B C"}, {"f": "A B C", "a": "A", "b": "B C"}),
        ({"fields": "a, b", "from_end": 1}, {"f": "A B C"}, {"f": "A B C", "a": "A B", "b": "C"}),
        ({"fields": "f, b", "separator": ","}, {"f": "O'N, Anna"}, {"f": "O'N", "b": "Anna"}),
        ({"fields": "a, b"}, {"f": "Anna", "b": "x"}, {"f": "Anna", "a": "Anna", "b": "x"}),
        ({"fields": "a, b"}, {"a": "x"}, {"a": "x"}),
        ({"fields": "a"}, {"f": f"שרה {FAMILY}"}, {"f": f"שרה {FAMILY}", "a": f"שרה {FAMILY}"}),
    ],
    "join": [
        ({"fields": "a, b"}, {"a": "Anna", "b": "O"}, {"a": "Anna", "b": "O", "f": "Anna O"}),
        ({"fields": ["a", "f"], "separator": ", "}, {"a": "A", "f": "F"}, {"a": "A", "f": "A, F"}),
        ({"fields": "a, b, c"}, {"a": "A", "b": " "}, {"a": "A", "b": " ", "f": "A"}),
        ({"fields": "f, a"}, {"f": "x", "a": "y"}, {"f": "x y", "a": "y"}),
        ({"fields": "a"}, {"f": "x"}, {"f": "x"}),
    ],
}  # fmt: skip
# Options of which it can't be made.
BAD = [
    ("case", {"to": "title"}),
    ("map_values", {}),
    ("map_values", {"map": "mr"}),
    ("map_values", {"map": {"mr": "a", "MR": "b"}}),
    ("regex_replace", {}),
    ("regex_replace", {"pattern": "("}),
    ("regex_replace", {"pattern": "a", "replacement": r"\1"}),
    ("telephone", {"region": "Atlantis"}),
    ("telephone", {"country_field": "no such name"}),
    ("date", {"formats": "%d.%m."}),
    ("date", {"formats": "%Q"}),
    ("date", {"formats": "%Y-%m-%d %Y"}),
    ("date", {"output": "ISO"}),
    ("default", {}),
    ("split", {}),
    ("split", {"fields": "a b"}),
    ("join", {"fields": ""}),
    ("trim", {"deep": True}),
]


def rows(tables):
    return [(name, *case) for name, cases in tables.items() for case in cases]


def as_data(said):
    return {"f": said} if isinstance(said, str) else dict(said)


@pytest.mark.parametrize(("name", "options", "before", "after"), rows(CASES))
def test_each_transform_does_what_its_table_says(name, options, before, after):
    data = as_data(before)

    transforms.make(name, "f", options).apply(data)

    assert data == as_data(after)


def test_every_registered_transform_has_a_table():
    assert {one.name for one in transforms.all_transforms()} == CASES.keys()


@pytest.mark.parametrize("transform", transforms.all_transforms())
def test_every_transform_describes_itself(transform):
    assert str(transform.label)
    assert str(transform.help)
    assert transforms.get(transform.name) is transform
    for option in transform.options:
        assert str(option.label)


@pytest.mark.parametrize(("name", "options"), BAD)
def test_bad_options_are_refused_with_a_sentence(name, options):
    with pytest.raises(BadOptions, match=r"\.$"):
        transforms.make(name, "f", options)


def test_a_transform_that_does_not_exist_is_refused():
    assert transforms.get("reverse") is None
    with pytest.raises(BadOptions, match="reverse"):
        transforms.make("reverse", "f", {})


@pytest.mark.parametrize("field", ["", "first name", "1st"])
def test_a_transform_needs_the_name_of_a_field(field):
    with pytest.raises(BadOptions):
        transforms.make("trim", field, {})


def test_a_join_that_grows_beyond_what_a_value_can_be_is_an_error():
    data = {"a": "x" * 4_000, "b": "y" * 4_000}

    with pytest.raises(RuleError) as raised:
        transforms.make("join", "f", {"fields": "a, b"}).apply(data)

    assert raised.value.code == "too_long"
    assert "f" not in data


MADE = [transforms.make(name, "f", cases[0][0]) for name, cases in CASES.items()]


@given(st.text())
@settings(deadline=None)
def test_no_text_makes_a_transform_fail(text):
    for one in MADE:
        one.apply({"f": text})
