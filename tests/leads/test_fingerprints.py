"""What is the same value has the same digest, and only that."""

import hmac
from uuid import UUID

import pytest

from leads.fingerprints import digest, digests

KEY = b"a key of tests"
FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "telephone": "telephone",
    "country": "country",
    "note": "text",
}
SAME = [
    ("email", "anna@x.de", " ANNA@X.de\n"),
    ("email", "strasse@x.de", "STRAßE@x.de"),
    ("email", "zoe\u0308@x.de", "ZOË@x.de"),
    ("name", "O'Neill", " o'neill "),
    ("name", "van der Berg", "VAN  DER\tBERG"),
    ("name", "E\u0301mile", "émile"),
    ("name", "שרה", " שרה"),
    ("telephone", "+49 170 1234567", "+491701234567"),
    ("telephone", "0049 170 1234567", "+491701234567"),
    ("telephone", "491701234567", "+491701234567"),
    ("telephone", "+49 (0)170 / 12345-67", "491701234567"),
    ("telephone", "(0049) 170-1234567", "+49 170 1234567"),
    ("telephone", "+٤٩ ١٧٠ ١٢٣٤٥٦٧", "+491701234567"),
    ("telephone", "+39 02 1234 5678", "390212345678"),
    # Numbers that are in no plan are still themselves.
    ("telephone", "+999 123-456", "00999123456"),
    ("telephone", "0170 1234567", "0170/1234567"),
]
DIFFERENT = [
    ("email", "anna@x.de", "anna+1@x.de"),
    ("name", "Anna", "Ann"),
    ("name", "Émile", "Emile"),
    ("telephone", "+491701234567", "+431701234567"),
    # Nothing says that it is a German one.
    ("telephone", "0170 1234567", "+491701234567"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_the_same_value_in_other_writing(kind, one, other):
    assert digest(kind, one, KEY) == digest(kind, other, KEY) is not None


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT)
def test_another_value(kind, one, other):
    assert digest(kind, one, KEY) != digest(kind, other, KEY)


def test_kind_and_key_are_in_the_digest():
    made = [digest("email", "anna", KEY), digest("name", "anna", KEY), digest("name", "anna", b"b")]

    assert len(set(made)) == 3


def test_a_digest_is_the_first_half_of_an_hmac():
    whole = hmac.new(KEY, b"email:anna@x.de", "sha256").digest()

    assert digest("email", "Anna@x.de", KEY) == UUID(bytes=whole[:16])


@pytest.mark.parametrize(("kind", "value"), [("email", " "), ("name", ""), ("telephone", "none")])
def test_nothing_has_no_digest(kind, value):
    assert digest(kind, value, KEY) is None


def test_a_lead_has_the_digests_of_its_fields_by_their_kinds():
    data = {
        "firstName": "Anna",
        "lastName": "O'Neill",
        "email": "Anna@x.de",
        "telephone": "+49 170 1234567",
        "note": "anna",
        "unknown": "anna",
    }

    assert digests(data, FIELDS, KEY) == [
        ("name", digest("name", "anna", KEY)),
        ("name", digest("name", "o'neill", KEY)),
        ("email", digest("email", "anna@x.de", KEY)),
        ("telephone", digest("telephone", "491701234567", KEY)),
    ]


def test_no_digest_is_there_twice():
    data = {"firstName": "Anna", "lastName": "ANNA", "email": "", "telephone": "-"}

    assert digests(data, FIELDS, KEY) == [("name", digest("name", "anna", KEY))]


@pytest.mark.parametrize("country", ["DE", "Germany"])
def test_with_its_country_a_national_number_is_international(country):
    data = {"telephone": "0170 1234567", "country": country}

    assert digests(data, FIELDS, KEY) == [("telephone", digest("telephone", "+491701234567", KEY))]


def test_a_lead_without_fields_has_none():
    assert digests({"email": "anna@x.de"}, {}, KEY) == []
