"""Names of all scripts, and what isn't one."""

import pytest

from leads import processors
from leads.processors import Judged

RIGHT = [
    "Anna",
    "Anna-Maria O'Neill",
    "O’Neill",
    "D`Angelo",
    "J. R. R.",
    "X",
    "É",
    "E\u0301mile",
    "Zoë",
    "Łukasz",
    "Þór",
    "Nguyễn",
    "שרה",
    "ז׳בוטינסקי",
    "محمد",
    "علی\u200cرضا",
    "\u200fשרה\u200e",
    "李小龙",
    "王",
    "約翰·史密斯",
    "ジョン・スミス",
    "김",
    "श्री",
    "Gal·la",
    "van der Berg",
    "Lee",
    "Weißsee",
    "Smith III",
]
CHARACTERS = [
    "Anna1",
    "4nna",
    "Anna@x.de",
    "Anna 😀",
    "👩‍👩‍👧",
    "Anna_Maria",
    "<b>Anna</b>",
    "Anna/Maria",
    "Smith, Anna",
    "...",
    "- -",
    "'",
    "\u0301",
    "Anna\0",
]
REPEATED = ["aaaa", "Aaanna", "Annnna", "xxx", "ЖЖЖ", "שששרה", "Anna Baaa", "Iiii"]
# Options, the field, the code; walked by test_processors.
CASES = [
    *[({}, name, None) for name in RIGHT],
    *[({}, name, "name_characters") for name in CHARACTERS],
    *[({}, name, "name_repeated") for name in REPEATED],
    ({"repeats": 2}, "Anna", "name_repeated"),
    ({"repeats": 4}, "Aaanna", None),
    ({"one_letter": False}, "X", "name_one_letter"),
    ({"one_letter": False}, "X.", "name_one_letter"),
    ({"one_letter": False}, "É", "name_one_letter"),
    ({"one_letter": False}, "E\u0301", "name_one_letter"),
    ({"one_letter": False}, "ש", "name_one_letter"),
    ({"one_letter": False}, "Bo", None),
    # A whole name in these scripts.
    ({"one_letter": False}, "王", None),
    ({"one_letter": False}, "김", None),
    ({"other_field": "nickname"}, {"f": "Anna", "nickname": " ANNA "}, "name_same"),
    ({"other_field": "nickname"}, {"f": "Anna", "nickname": "Ann"}, None),
    ({"other_field": "nickname"}, {"f": "Anna"}, None),
    ({}, "", None),
]


def judge(field, data, fields):
    lead = Judged(data, ip=None, at=None, fields=fields, campaign=1, advertiser=1)
    return processors.make("invalid_name", field, {}).judge(lead)


@pytest.mark.parametrize("field", ["given", "family"])
def test_first_and_last_name_are_found_by_their_kinds(field):
    fields = {"email": "email", "given": "first_name", "family": "last_name"}

    assert judge(field, {"given": "Anna", "family": "anna"}, fields) == "name_same"
    assert judge(field, {"given": "Anna", "family": "O'Neill"}, fields) is None
    assert judge("given", {"given": "Anna"}, {"given": "first_name"}) is None
