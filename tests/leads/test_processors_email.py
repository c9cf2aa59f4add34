"""Addresses by the corner cases of RFC 5321, 6531 and IDNA."""

import pytest

from leads import values

RIGHT = [
    "anna@gmail.com",
    "Anna.O-Neill_2@GMAIL.com",
    "anna+newsletter@gmail.com",
    "a@x.de",
    "1234567890@x.de",
    "anna-@x.de",
    "_@x.de",
    "o'neill@x.de",
    "!#$%&'*+/=?^_`{|}~-@x.de",
    "name/surname@x.de",
    "user%host@x.de",
    "l" * 64 + "@x.de",
    "anna@" + "d" * 63 + ".de",
    "anna@a.b.c.d.co.uk",
    "anna@1and1.com",
    "anna@xn--mnchen-3ya.de",
    "anna@münchen.de",
    "anna@例子.中国",
    "jörg@x.de",
    "用户@例子.中国",
    "שרה@x.co.il",
    # Right, and the job "test data" says what they are.
    "anna@example.com",
    "anna@mail.test",
]
NO_SYNTAX = [
    "anna",
    "anna.x.de",
    "anna@",
    "@x.de",
    ".anna@x.de",
    "anna.@x.de",
    "an..na@x.de",
    "an na@x.de",
    "anna@anna@x.de",
    "an,na@x.de",
    "an(comment)na@x.de",
    'an"na@x.de',
    '"anna"@x.de',
    '"an na"@x.de',
    '"an@na"@x.de',
    "<anna@x.de",
    "anna@x.de, eva@y.de",
    "l" * 65 + "@x.de",
    "ö" * 65 + "@x.de",
    "an\u0000na@x.de",
    "anna\n@x.de",
    "😀\u200d@x.de",
]
NO_DOMAIN = [
    "anna@localhost",
    "anna@test",
    "anna@.de",
    "anna@x..de",
    "anna@x.de.",
    "anna@-x.de",
    "anna@x-.de",
    "anna@x_y.de",
    "anna@x y.de",
    "Anna <anna@x.de>",
    "anna@x.123",
    "anna@127.0.0.1",
    "anna@[127.0.0.1]",
    "anna@[IPv6:::1]",
    "anna@printer.local",
    "anna@x.invalid",
    "anna@x.onion",
    "anna@😀.de",
    "anna@" + "d" * 64 + ".de",
    "anna@" + "d." * 127 + "com",
]
# Options, the field, the code; walked by test_processors.
CASES = [
    *[({}, address, None) for address in RIGHT],
    *[({}, address, "email_syntax") for address in NO_SYNTAX],
    *[({}, address, "email_domain") for address in NO_DOMAIN],
    ({"quoted": True}, '"an na"@x.de', None),
    ({"quoted": True}, '"an@na"@x.de', None),
    ({"quoted": True}, '"an"na"@x.de', "email_syntax"),
    ({"utf8": False}, "jörg@x.de", "email_syntax"),
    ({"utf8": False}, "joerg@münchen.de", None),
    ({}, "", None),
    ({}, " anna@x.de", "email_syntax"),
]


def long_address(length):
    """So many characters in all, each part as it may be: 190 of them after the @."""
    domain = ".".join(["d" * 63, "d" * 63, "d" * 59, "de"])
    return "a" * (length - len(domain) - 1) + "@" + domain


@pytest.mark.parametrize(("length", "right"), [(253, True), (254, True), (255, False)])
def test_an_address_has_at_most_254_characters(length, right):
    address = long_address(length)

    assert len(address) == length
    assert values.is_email(address) is right


def test_a_very_long_text_is_no_address():
    assert not values.is_email("a" * 5_000)
    assert not values.is_email("a@" + "b." * 2_500 + "de")
    assert not values.is_email("a" * 5_000 + "@x.de")
