"""Each processor job by its table: None for a lead that passes, else the code of why not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads import processors
from leads.processors import BadOptions, Earlier, Judged
from leads.processors.disposable_email import DOMAINS
from tests.leads.test_processors_email import CASES as EMAIL
from tests.leads.test_processors_name import CASES as NAME
from tests.leads.test_processors_telephone import CASES as TELEPHONE

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "telephone": "telephone",
    "country": "country",
    "born": "date",
    "f": "text",
}
# Of each job for the field "f": options, data (a text is the field's), the code.
CASES = {
    "required": [
        ({}, "x", None),
        ({}, "", "value_missing"),
        ({}, " \t\u00a0", "value_missing"),
        ({}, {}, "value_missing"),
        ({}, "😀", None),
    ],
    "email_syntax": EMAIL,
    "disposable_email": [
        ({}, "anna@gmail.com", None),
        ({}, "anna@mailinator.com", "email_disposable"),
        ({}, "Anna@YOPMAIL.com", "email_disposable"),
        ({}, "anna@x.y.mailinator.com", "email_disposable"),
        ({}, "anna@notmailinator.com", None),
        ({}, "mailinator.com@gmail.com", None),
        ({"more": "@Throw.example\n*.away.example"}, "a@throw.example", "email_disposable"),
        ({"more": ["@Throw.example", "*.away.example"]}, "a@b.away.example", "email_disposable"),
        ({}, "mailinator.com", None),
        ({}, "", None),
    ],
    "telephone": TELEPHONE,
    "invalid_name": NAME,
    "list_allowed": [
        ({"values": "de\nAT"}, "DE", None),
        ({"values": "de\nAT"}, " at ", None),
        ({"values": ["Straße"]}, "STRASSE", None),
        ({"values": "de\nAT"}, "CH", "value_not_allowed"),
        ({"values": "de"}, "", None),
    ],
    "list_denied": [
        ({"values": "de\nAT"}, "De", "value_denied"),
        ({"values": "de"}, "deu", None),
        ({"values": "😀"}, "😀", "value_denied"),
        ({"values": "de"}, "", None),
    ],
    "regex": [
        ({"pattern": r"^\d{5}$"}, "12345", None),
        ({"pattern": r"^\d{5}$"}, "1234", "pattern_missing"),
        ({"pattern": r"\d{5}", "whole": True}, "x12345", "pattern_missing"),
        ({"pattern": "[A-Z]+", "ignore_case": True, "whole": True}, "abc", None),
        ({"pattern": "spam", "denied": True}, "no spam here", "pattern_found"),
        ({"pattern": "spam", "denied": True}, "no ham here", None),
        ({"pattern": r"\p{Hebrew}"}, "שרה", None),
        ({"pattern": "x"}, "", None),
    ],
    "age_range": [
        ({"least": 18}, "2008-03-01", None),
        ({"least": 18}, "2008-03-02", "too_young"),
        ({"least": "18", "most": "65"}, "1960-03-02", None),
        ({"most": 65}, "1960-03-01", "too_old"),
        ({"least": 0}, "2026-03-01", None),
        ({"least": 0}, "2026-03-02", "date_in_future"),
        # The year has no 29 February.
        ({"least": 22}, "2004-02-29", None),
        ({"least": 18}, "01.03.2008", "date_unreadable"),
        ({"least": 18, "format": "%d.%m.%Y"}, "01.03.2008", None),
        ({"least": 18}, "", None),
    ],
    "ip_country": [
        ({}, "DE", None),
        ({}, "de", "country_unknown"),
        ({}, "DEU", "country_unknown"),
        ({}, "XX", "country_unknown"),
        ({}, "", "country_unknown"),
        ({}, {}, "country_unknown"),
    ],
    "empty_fields": [
        ({"most": 5}, {"f": "x"}, "empty_fields"),
        ({"most": 6}, {"f": "x"}, None),
        ({"most": 0, "fields": "f, email"}, {"f": "x", "email": " "}, "empty_fields"),
        ({"most": 0, "fields": "f, email"}, {"f": "x", "email": "a"}, None),
        ({"fields": ["a", "b", "c"]}, {}, "empty_fields"),
    ],
    "test_data": [
        ({}, "a test of it", "test_word"),
        ({}, "TEST123", "test_word"),
        ({}, "asdf", "test_word"),
        ({}, "тест", "test_word"),
        ({}, "contest", None),
        ({}, "Testa", None),
        ({}, "Ännatest", None),
        ({}, "😀 שרה", None),
        ({"more": "john doe\nN/A"}, "John  Doe", "test_word"),
        ({"more": "john doe\nN/A"}, "Doe, John", None),
        ({"more": "john doe\nN/A"}, "n/a", "test_word"),
        ({"more": "nobody"}, "Nobody", "test_word"),
        ({}, "", None),
    ],
    # What it is about comes from elsewhere: see below.
    "duplicate": [({}, {}, None), ({"kind": "telephone"}, "x", None)],
}
BAD = [
    ("list_allowed", {}),
    ("list_denied", {"values": " \n"}),
    ("regex", {}),
    ("regex", {"pattern": "("}),
    ("age_range", {}),
    ("age_range", {"least": 40, "most": 30}),
    ("age_range", {"least": 18, "format": "%Y"}),
    ("duplicate", {"days": 0}),
    ("duplicate", {"scope": "world"}),
    ("telephone", {"region": "XX"}),
    ("empty_fields", {"most": -1}),
    ("invalid_name", {"repeats": 1}),
]


def judged(data=None, **given):
    values = {"ip": "84.1.2.3", "at": AT, "fields": FIELDS, "campaign": 1, "advertiser": 2}
    return Judged(data=data or {}, **(values | given))


def as_data(said):
    return {"f": said} if isinstance(said, str) else said


def rows(tables):
    return [(name, *case) for name, cases in tables.items() for case in cases]


@pytest.mark.parametrize(("name", "options", "said", "code"), rows(CASES))
def test_each_job_says_what_its_table_says(name, options, said, code):
    assert processors.make(name, "f", options).judge(judged(as_data(said))) == code


def test_every_registered_job_has_a_table_in_which_leads_pass_and_fail():
    assert {one.name for one in processors.all_processors()} == CASES.keys()
    for name, cases in CASES.items():
        passed = {code is None for _options, _said, code in cases}
        assert passed == ({True} if name == "duplicate" else {True, False})


def test_every_code_has_a_text_and_says_one_thing():
    told = {code for cases in CASES.values() for _options, _said, code in cases if code}
    codes = [code for one in processors.all_processors() for code in one.texts]

    assert told <= processors.texts().keys()
    assert len(codes) == len(set(codes))
    assert all(str(text) for text in processors.texts().values())


@pytest.mark.parametrize("processor", processors.all_processors())
def test_every_job_describes_itself(processor):
    assert str(processor.label)
    assert str(processor.help)
    assert processors.get(processor.name) is processor
    for option in processor.options:
        assert str(option.label)


@pytest.mark.parametrize(("name", "options"), BAD)
def test_bad_options_are_refused_with_a_sentence(name, options):
    with pytest.raises(BadOptions, match=r"\.$"):
        processors.make(name, "f", options)


def test_a_job_that_does_not_exist_is_refused():
    assert processors.get("guess") is None
    with pytest.raises(BadOptions, match="guess"):
        processors.make("guess", "f", {})


def test_only_some_jobs_can_do_without_a_field():
    without = {one.name for one in processors.all_processors() if not one.needs_field}

    assert without == {"duplicate", "test_data", "empty_fields"}
    with pytest.raises(BadOptions):
        processors.make("required", "", {})


def test_built_in_disposable_domains_are_domains_in_lower_case():
    assert len(DOMAINS) >= 60
    assert all(domain == domain.lower() and "." in domain for domain in DOMAINS)


# --- IP country shape ---


@pytest.mark.parametrize(
    ("ip", "code"),
    [
        ("84.1.2.3", None),
        ("2a00:1450:4001::1", None),
        (None, "ip_missing"),
        ("", "ip_missing"),
        ("84.1.2", "ip_not_public"),
        ("10.0.0.1", "ip_not_public"),
        ("127.0.0.1", "ip_not_public"),
        ("100.64.0.1", "ip_not_public"),
        ("192.0.2.1", "ip_not_public"),
        ("224.0.0.1", "ip_not_public"),
        ("::1", "ip_not_public"),
        ("fe80::1", "ip_not_public"),
        ("2001:db8::1", "ip_not_public"),
        ("::ffff:10.0.0.1", "ip_not_public"),
    ],
)
def test_the_ip_address_is_a_public_one(ip, code):
    assert processors.make("ip_country", "f", {}).judge(judged({"f": "DE"}, ip=ip)) == code


# --- test data ---


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"firstName": "Test"}, "test_word"),
        ({"lastName": "Mustermann"}, "test_word"),
        ({"email": "test.user@gmail.com"}, "test_word"),
        ({"email": "anna@example.com"}, "test_domain"),
        ({"email": "anna@mail.example.org"}, "test_domain"),
        ({"email": "anna@host.test"}, "test_domain"),
        ({"email": "anna@test-systems.com"}, None),
        ({"email": "contest@gmail.com", "firstName": "Anna", "lastName": "O"}, None),
        # No name and no e-mail address.
        ({"f": "test"}, None),
        ({}, None),
    ],
)
def test_without_a_field_all_names_and_addresses_are_looked_at(data, code):
    assert processors.make("test_data", "", {}).judge(judged(data)) == code


def test_domains_can_be_added_to_those_of_tests():
    made = processors.make("test_data", "", {"more": "acme.dev"})

    assert made.judge(judged({"email": "anna@acme.dev"})) == "test_domain"
    assert made.judge(judged({"email": "anna@acme.de"})) is None


# --- duplicate ---


def earlier(kind="email", campaign=1, advertiser=2, days=1):
    return Earlier(kind, campaign, advertiser, AT - timedelta(days=days), UUID(int=1))


@pytest.mark.parametrize(
    ("options", "one", "code"),
    [
        ({}, earlier(), "duplicate_email"),
        ({}, earlier(days=30), "duplicate_email"),
        ({}, earlier(days=31), None),
        ({"days": "7"}, earlier(days=8), None),
        ({}, earlier(campaign=3), None),
        ({"scope": "advertiser"}, earlier(campaign=3), "duplicate_email"),
        ({"scope": "advertiser"}, earlier(campaign=3, advertiser=4), None),
        ({}, earlier("telephone"), None),
        ({"kind": "telephone"}, earlier("telephone"), "duplicate_telephone"),
        ({"kind": "telephone"}, earlier(), None),
        # Which lead is the earlier one isn't said by its clock.
        ({}, earlier(days=0), "duplicate_email"),
    ],
)
def test_a_duplicate_is_an_earlier_lead_of_the_scope_within_the_days(options, one, code):
    made = processors.make("duplicate", "", options)

    assert made.judge(judged({}, earlier=[earlier("name"), one])) == code


def test_only_duplicates_look_back():
    assert processors.make("duplicate", "", {"days": 90}).looks_back == 90
    assert processors.make("required", "f", {}).looks_back == 0


MADE = [processors.make(name, "f", cases[0][0]) for name, cases in CASES.items()]


@given(st.text(), st.text())
@settings(deadline=None)
def test_no_text_makes_a_job_fail(text, other):
    for one in MADE:
        code = one.judge(judged(dict.fromkeys(FIELDS, other) | {"f": text}))
        assert code is None or code in one.texts
