"""Macros of a postback's URL."""

import pytest

from conversions.partner_postbacks.macros import MACROS, SAMPLE, fill_in, host_of, problem
from conversions.visibility import PARTNER_SEES


@pytest.mark.parametrize(
    "url",
    [
        "https://tracker.example/told?c={conversion_id}&p={payout}",
        "http://tracker.example:8080/{status}/x",
        "HTTPS://user:pass@tracker.example/?a=%20{sub6}",
        "https://[2606:4700::1]/told",
        "https://tracker.example",
        "https://tracker.example?{change_id}",
    ],
)
def test_good_ones(url):
    assert problem(url) is None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not_http"),
        ("tracker.example/told", "not_http"),
        ("ftp://tracker.example/", "not_http"),
        ("javascript://tracker.example/", "not_http"),
        ("{status}://tracker.example/", "not_http"),
        ("https://{sub1}/told", "macro_in_host"),
        ("https://tracker.example:{sub1}/", "macro_in_host"),
        ("https://{sub1}@tracker.example/", "macro_in_host"),
        ("https://{sub1}.tracker.example", "macro_in_host"),
        ("https://tracker.example\\@other.example/", "macro_in_host"),
        ("https://tracker.example/#{status}", "fragment"),
        ("https:///told", "no_host"),
        ("https://:80/told", "no_host"),
        ("https://tracker.example:99999/", "bad_port"),
        ("https://tracker.example:port/", "bad_port"),
        ("https://[::1/", "bad_port"),
        ("https://tracker.example/?x={revenue}", "unknown_macro"),
        ("https://tracker.example/?x={sub7}", "unknown_macro"),
        ("https://tracker.example/?x={}", "unknown_macro"),
        ("https://tracker.example/?x={payout", "brace"),
        ("https://tracker.example/?x=payout}", "brace"),
        ("https://tracker.example/a b", "not_printable"),
        ("https://tracker.example/\r\nHost: other", "not_printable"),
    ],
)
def test_bad_ones(url, code):
    assert problem(url)[0] == code


def test_values_are_encoded_and_can_break_out_of_nothing():
    filled = fill_in(
        "https://t.example/{sub1}?a={sub2}&b=1", {"sub1": "../x?y#z", "sub2": "1&b=2 €"}
    )

    assert filled == "https://t.example/..%2Fx%3Fy%23z?a=1%26b%3D2%20%E2%82%AC&b=1"


def test_a_value_that_looks_like_a_macro_is_none():
    assert fill_in("https://t.example/{sub1}", {"sub1": "{payout}"}).endswith("/%7Bpayout%7D")


def test_only_what_partners_may_see():
    assert {field for field in MACROS.values() if field} <= PARTNER_SEES
    assert set(SAMPLE) == set(MACROS)


def test_the_host():
    assert host_of("https://User@Tracker.Example:80/x") == "tracker.example"
    assert host_of("https://[::1") == ""
