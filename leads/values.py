"""How values of leads are read: telephones, countries, dates, e-mail addresses, cases. Pure.

What is asked for several times while one lead is processed is kept: a transform, a job and the
fingerprint read the same telephone. All of it is bounded, in number and in length.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers
import pycountry
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

# --- texts ---

# Letters that only Turkish and its sisters have: where one is, i and ı are different letters.
_TURKISH = re.compile("[İı]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_turkish(text: str) -> bool:
    return _TURKISH.search(text) is not None


def lower(text: str) -> str:
    """In lower case; "İ" becomes one letter, and "I" the "ı" where the text is seen as Turkish."""
    if is_turkish(text):
        text = text.replace("İ", "i").replace("I", "ı")
    return text.lower()


def upper(text: str) -> str:
    return (text.replace("i", "İ") if is_turkish(text) else text).upper()


def is_storable(text: str) -> bool:
    """Whether the database can keep a text: it has no NUL and no half of a character."""
    return _UNSTORABLE.search(text) is None


# --- telephones ---

# A telephone as people write it, with words around it, is shorter.
LONGEST_TELEPHONE = 60
REGIONS = phonenumbers.SUPPORTED_REGIONS
_KEPT = 16_384
_INTERNATIONAL = re.compile(r"[\s(]*00")
_PLUS = ("+", "＋")


class Telephone(NamedTuple):
    """A number that can be dialled: E.164, and the country in whose used ranges it is, or "".

    Numbers of no country, such as +800, have "001".
    """

    e164: str
    region: str
    number: PhoneNumber

    @property
    def is_valid(self) -> bool:
        """Whether it is in a range that is in use."""
        return self.region != ""

    def is_of(self, region: str) -> bool:
        """Whether it is a valid number of this country (ISO 3166 alpha-2)."""
        if region == self.region:
            return True
        # Some ranges belong to several: +44 is Jersey's too.
        return self.is_valid and phonenumbers.is_valid_number_for_region(self.number, region)


class _Recent:
    """What the last so many texts are; the older half goes when the newer one is full.

    A batch of leads asks for each of its numbers in several rounds: all must not go in one of them.
    """

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self._new: dict[tuple[str, str], Telephone | None] = {}
        self._old: dict[tuple[str, str], Telephone | None] = {}

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._new or key in self._old

    def __getitem__(self, key: tuple[str, str]) -> Telephone | None:
        return self._new[key] if key in self._new else self._old[key]

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def __setitem__(self, key: tuple[str, str], found: Telephone | None) -> None:
        if len(self._new) >= self._half:
            self._old, self._new = self._new, {}
        self._new[key] = found


_telephones = _Recent(_KEPT)


def telephone(text: str, region: str = "") -> Telephone | None:
    """The number that a text is; None for what isn't one.

    `region` (ISO 3166 alpha-2) is where a number without country code is from. "+49…" and "0049…"
    are international, and with a region "49…" too, where the number is valid so.
    """
    key = (text, region)
    if key in _telephones:
        return _telephones[key]
    found = _read_telephone(text, region) if len(text) <= LONGEST_TELEPHONE else None
    _telephones[key] = found
    if found:  # a transform leaves this text, which a job reads next
        _telephones[found.e164, region] = _telephones[found.e164, ""] = found
    return found


def _read_telephone(text: str, region: str) -> Telephone | None:
    text = _INTERNATIONAL.sub("+", text, count=1) if _INTERNATIONAL.match(text) else text
    if not region or text.startswith(_PLUS):
        return _parse(text, region)
    if text.startswith(str(phonenumbers.country_code_for_region(region))):
        # A plus is forgotten more often than a 0.
        own = _parse("+" + text, "")
        if own and own.is_of(region):
            return own
    found = _parse(text, region)
    if found and found.is_valid:
        return found
    abroad = _parse("+" + text, "")
    return abroad if abroad and abroad.is_valid else found


def _parse(text: str, region: str) -> Telephone | None:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    # Not what can be dialled only within a town.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    region = phonenumbers.region_code_for_number(number) or ""
    is_valid = phonenumbers.is_valid_number_for_region(number, region)
    return Telephone(e164, region if is_valid else "", number)


def region_of(data: Mapping[str, str], country_field: str, default: str) -> str:
    """Where a lead's numbers are from: what its country field says, else the default."""
    return (country(data.get(country_field, "")) if country_field else "") or default


# --- countries ---

LONGEST_COUNTRY = 100
# What people write and ISO 3166 doesn't have; in the shape of _plain().
_ALSO = {
    "bosnia": "BA", "britain": "GB", "brunei": "BN", "burma": "MM", "cape verde": "CV",
    "czech republic": "CZ", "east timor": "TL", "el": "GR", "england": "GB",
    "great britain": "GB", "holland": "NL", "ivory coast": "CI", "macau": "MO",
    "macedonia": "MK", "micronesia": "FM", "northern ireland": "GB", "palestine": "PS",
    "russia": "RU", "scotland": "GB", "swaziland": "SZ", "turkey": "TR", "u k": "GB",
    "u s": "US", "u s a": "US", "uae": "AE", "uk": "GB", "united states of america": "US",
    "vatican": "VA", "vatican city": "VA", "wales": "GB",
}  # fmt: skip
_NOT_A_WORD = re.compile(r"[\W_]+")


def _plain(text: str) -> str:
    """A name without accents, case, signs and article: "The Bahamas" → "bahamas"."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    bare = "".join(c for c in letters if not unicodedata.combining(c)).replace("ı", "i")
    words = _NOT_A_WORD.sub(" ", bare.replace("'", "").replace("’", "")).split()
    if words[:1] == ["the"]:
        words = words[1:]
    return " ".join("saint" if word == "st" else word for word in words)


@cache
def _countries() -> dict[str, str]:
    known = dict(_ALSO)
    for one in pycountry.countries:
        for kind in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if said := getattr(one, kind, None):
                # "Korea, Republic of" is the "Republic of Korea".
                turned = " ".join(reversed(said.split(", ", 1)))
                known[_plain(said)] = known[_plain(turned)] = one.alpha_2
    return known


@cache
def _codes() -> frozenset[str]:
    return frozenset(_countries().values())


@lru_cache(maxsize=1_024)
def country(text: str) -> str:
    """ISO 3166 alpha-2 of a name or code in any case; empty for what is none.

    Names in English, with or without accents, and the usual short ones ("UK", "Russia").
    """
    if len(text) > LONGEST_COUNTRY:
        return ""
    return _countries().get(_plain(text), "")


def is_country(text: str) -> bool:
    """Whether a text is an ISO 3166 alpha-2 code as the standard writes it."""
    return text in _codes()


# --- dates ---

ISO = "%Y-%m-%d"
LONGEST_DATE = 60


@lru_cache(maxsize=2_048)
def day(text: str, formats: tuple[str, ...]) -> date | None:
    """The day that a text says in the first of these formats (of strptime) that it has.

    A format that names a part twice has none.
    """
    if len(text) > LONGEST_DATE:
        return None
    for form in formats:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  a day has no zone
        except (ValueError, re.error):  # the latter for what is named twice: "%Y-%m-%d %Y"
            continue
    return None


def tells_a_day(form: str) -> bool:
    """Whether a format of strptime says year, month and day, so that a date can be read by it."""
    sample = datetime(2001, 12, 31, tzinfo=UTC)
    try:
        return day(sample.strftime(form), (form,)) == sample.date()
    except ValueError:
        return False


# --- e-mail addresses ---

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3 less the angle brackets
_LONGEST_DOMAIN = 255
# What nearly all addresses are before the @, by RFC 5321 a Dot-string of at most 64.
_ORDINARY = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")


def domain_of(address: str) -> str:
    """What stands after the last @, in lower case; empty without one."""
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


def domains_above(domain: str) -> list[str]:
    """A domain and those that it belongs to: "a.b.de", "b.de", "de"; of at most six labels."""
    labels = domain.split(".")[-6:]
    return [".".join(labels[n:]) for n in range(len(labels))]


def is_email(address: str, *, utf8: bool = True, quoted: bool = False) -> bool:
    """Whether an address has the syntax of RFC 5321 (and 6531 where `utf8`), obsolete forms not.

    `quoted`: "a b"@example.com too, which the RFC knows and hardly any server. No name is asked
    for. See is_mail_domain() for domains.
    """
    local, _at, domain = address.rpartition("@")
    if len(address) <= LONGEST_EMAIL and _ORDINARY.fullmatch(local):
        return is_mail_domain(domain.lower())
    return is_mail_domain(domain.lower()) and _validates(address, utf8=utf8, quoted=quoted)


@lru_cache(maxsize=4_096)
def is_mail_domain(domain: str) -> bool:
    """Whether a domain can have mail by its shape: labels of at most 63, a dot, no number at the
    end, IDN by IDNA 2008, none of the names reserved to be local.

    `.test` is let through: it is right, and the job "test data" says what it is.
    """
    if len(domain) > _LONGEST_DOMAIN or "." not in domain:
        return False
    return _validates(f"x@{domain}", utf8=True, quoted=False)


def _validates(address: str, *, utf8: bool, quoted: bool) -> bool:
    try:
        validate_email(
            address,
            allow_smtputf8=utf8,
            allow_quoted_local=quoted,
            strict=True,  # at most 64 characters before the @
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        return False
    return True
