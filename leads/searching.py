"""Searching leads by what a person has told: posted, and kept as digests only (leads.md).

The address then names the search, `?f=<id>`, and neither it nor the database has the text.
"""

import re
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from convertr.accounts.access import require
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.jobs.housekeeping import delete_older
from leads import fingerprints, values
from leads.access import VIEW
from leads.models import Fingerprint, KeptSearch, Lead
from leads.processing.batch import fingerprint_key

LONGEST = 255
KEPT_DAYS = 1
# A name of more words is looked for as a whole.
MOST_WORDS = 6
# Lead numbers are shorter than most telephones with their country.
MOST_DIGITS = 12
_DIGITS = re.compile(r"\d{1,19}", re.ASCII)
_TELEPHONE = re.compile(r"[\d\s()+./＋-]*\d[\d\s()+./＋-]*")


def is_key(actor: User, text: str) -> bool:
    """Whether a text is a lead's number or hash, which an address may hold.

    Digits may be a telephone: only those are a number that this person finds a lead by.
    """
    if _DIGITS.fullmatch(text):
        if len(text) > MOST_DIGITS or text.startswith("0"):
            return False
        return Lead.objects.visible_to(actor).filter(pk=int(text)).exists()
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def keep(*, actor: User, text: str) -> KeptSearch:
    """Keep a search for an e-mail address, a telephone number or a name, for a day."""
    require(actor, VIEW)
    if len(text) > LONGEST:
        raise DomainError("search_too_long", _("Search for at most 255 characters."))
    found = ways(text)
    # Digits may be meant as a lead's number: there is none, which is no mistake in them.
    if not found and not _DIGITS.fullmatch(text):
        raise DomainError("search_empty", _("Write an e-mail address, a telephone or a name."))
    return KeptSearch.objects.create(owner=actor, digests=found)


def ways(text: str) -> list[list[str]]:
    """By what a lead with this text is found: any of these, each all of its digests."""
    text = text.strip()
    if "@" in text:
        made = _digests((fingerprints.EMAIL, text, ""))
        return [made] if made else []
    if _TELEPHONE.fullmatch(text):
        made = _digests(*((fingerprints.TELEPHONE, text, region) for region in _regions(text)))
        return [[digest] for digest in made]
    return _names(text)


def _regions(text: str) -> list[str]:
    """None, and each country in which the number is one as it was typed."""
    if values.telephone(text):
        return [""]
    valid = (r for r in sorted(values.REGIONS) if (t := values.telephone(text, r)) and t.is_of(r))
    return ["", *valid]


def _names(text: str) -> list[list[str]]:
    """The whole as one name, and each way to part it into a first and a last one."""
    words = text.split()
    parts = [[text]]
    if len(words) <= MOST_WORDS:
        halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
        parts += [list(half) for half in halves]
    found = [_digests(*((fingerprints.NAME, part, "") for part in one)) for one in parts]
    return [one for one in found if one]


def _digests(*wanted: tuple[str, str, str]) -> list[str]:
    """The digests of (kind, value, region), none twice."""
    made = (
        fingerprints.digest(kind, value, fingerprint_key(), region=region)
        for kind, value, region in wanted
    )
    return list(dict.fromkeys(str(digest) for digest in made if digest))


def condition(search: KeptSearch) -> Q:
    """The leads that a kept search finds; an index has their fingerprints."""
    alone = [way[0] for way in search.digests if len(way) == 1]
    found = _having(alone)
    for way in search.digests:
        if len(way) > 1:
            both = Q()
            for digest in way:
                both &= _having([digest])
            found |= both
    return found


def _having(digests: list[str]) -> Q:
    return Q(pk__in=Fingerprint.objects.filter(digest__in=digests).values("lead"))


def forget() -> None:
    """Housekeeping: what was searched yesterday."""
    delete_older(KeptSearch, "created_at", days=KEPT_DAYS)
