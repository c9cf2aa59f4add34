"""By what a lead is found and recognised without its values being kept: keyed digests. Pure.

A digest is the first half of HMAC-SHA256 of kind and value, as a UUID: the same e-mail address,
telephone number or name has the same one, and without the key nobody can try values. Before, values
are made alike:

- e-mail: no space around it, no case;
- name: the same, and one space between its words. First and last name are each one;
- telephone: the digits of its E.164 form, so that "+49 170 1234567", "0049 (0)170 1234567",
  "+491701234567" and "491701234567" are one. A number without country code ("0170 1234567") is that
  too where the lead says its country. Where nothing says it, its digits are all there is, and
  neither it nor a search for it finds the international one.
"""

import hmac
import unicodedata
from collections.abc import Callable, Mapping
from uuid import UUID

from leads import values

EMAIL, TELEPHONE, NAME = "email", "telephone", "name"
# By the kinds of a campaign's fields (leads.models.CampaignField.Kind).
KINDS = {"email": EMAIL, "telephone": TELEPHONE, "first_name": NAME, "last_name": NAME}


def digests(
    data: Mapping[str, str], fields: Mapping[str, str], key: bytes
) -> list[tuple[str, UUID]]:
    """Kind and digest of all that a lead is known by, none twice, in the order of its fields.

    `data` as the transforms left it; `fields`: the kind of each field by its name.
    """
    country = next((name for name, kind in fields.items() if kind == "country"), "")
    region = values.region_of(data, country, "")
    found: dict[tuple[str, UUID], None] = {}
    for name, field_kind in fields.items():
        if (kind := KINDS.get(field_kind)) and (value := data.get(name)):
            made = digest(kind, value, key, region=region)
            if made:
                found[kind, made] = None
    return list(found)


def digest(kind: str, value: str, key: bytes, *, region: str = "") -> UUID | None:
    """The digest of one value, also of one that is searched for; None where nothing is left of it.

    `region` (ISO 3166 alpha-2): where a telephone number without country code is from.
    """
    alike = _telephone(value, region) if kind == TELEPHONE else _ALIKE[kind](value)
    if not alike:
        return None
    message = f"{kind}:{alike}".encode(errors="surrogatepass")
    return UUID(bytes=hmac.digest(key, message, "sha256")[:16])


def _email(value: str) -> str:
    return unicodedata.normalize("NFC", value.strip().casefold())


def _name(value: str) -> str:
    return unicodedata.normalize("NFC", " ".join(value.casefold().split()))


_ALIKE: dict[str, Callable[[str], str]] = {EMAIL: _email, NAME: _name}


def _telephone(value: str, region: str) -> str:
    if found := values.telephone(value, region):
        return found.e164.removeprefix("+")
    digits = "".join(str(unicodedata.digit(c)) for c in value if c.isdecimal())
    return digits.removeprefix("00")
