"""GET /v1/meta/timezones: the zones by which a call tells what its dates mean.

The numbers never change. Those up to 99 are Everflow's, as far as they are known to be; a number
of Everflow's that isn't here is refused, never guessed at: a wrong zone would shift days unseen.
Zones with no such number are counted from 101 on; new ones are added at the end.
"""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from convertr.errors import DomainError
from convertr.http_api.types import Error

router = Router(auth=None, tags=["Meta"])
EVERFLOW = {
    1: "Pacific/Kiritimati", 2: "Pacific/Enderbury", 3: "Pacific/Tongatapu", 4: "Pacific/Chatham",
    5: "Pacific/Auckland", 6: "Pacific/Fiji", 7: "Asia/Kamchatka", 8: "Pacific/Norfolk",
    9: "Australia/Lord_Howe", 10: "Pacific/Guadalcanal", 11: "Australia/Adelaide",
    12: "Australia/Sydney", 13: "Australia/Brisbane", 14: "Australia/Darwin", 15: "Asia/Seoul",
    16: "Asia/Tokyo", 56: "Europe/Berlin", 67: "UTC", 80: "America/New_York",
    85: "America/Chicago", 90: "America/Los_Angeles", 99: "Pacific/Pago_Pago",
}  # fmt: skip
FIRST_OWN = 101
OWN = """
Europe/London Europe/Dublin Europe/Lisbon Europe/Madrid Europe/Paris Europe/Brussels
Europe/Amsterdam Europe/Luxembourg Europe/Zurich Europe/Vienna Europe/Rome Europe/Malta
Europe/Copenhagen Europe/Oslo Europe/Stockholm Europe/Helsinki Europe/Tallinn Europe/Riga
Europe/Vilnius Europe/Warsaw Europe/Prague Europe/Bratislava Europe/Budapest Europe/Ljubljana
Europe/Zagreb Europe/Belgrade Europe/Sarajevo Europe/Skopje Europe/Tirane Europe/Athens
Europe/Sofia Europe/Bucharest Europe/Chisinau Europe/Kyiv Europe/Minsk Europe/Moscow
Europe/Istanbul Atlantic/Reykjavik Atlantic/Azores Atlantic/Canary Atlantic/Cape_Verde
Atlantic/Bermuda Atlantic/South_Georgia Asia/Nicosia America/Denver America/Phoenix
America/Anchorage America/Adak America/Detroit America/Indiana/Indianapolis America/Boise
America/Toronto America/Vancouver America/Edmonton America/Winnipeg America/Regina America/Halifax
America/St_Johns America/Mexico_City America/Tijuana America/Monterrey America/Cancun
America/Guatemala America/El_Salvador America/Tegucigalpa America/Managua America/Costa_Rica
America/Panama America/Havana America/Jamaica America/Santo_Domingo America/Puerto_Rico
America/Port_of_Spain America/Bogota America/Lima America/Guayaquil America/Caracas America/La_Paz
America/Asuncion America/Santiago America/Montevideo America/Argentina/Buenos_Aires
America/Sao_Paulo America/Manaus America/Noronha America/Nuuk Pacific/Honolulu Africa/Casablanca
Africa/Algiers Africa/Tunis Africa/Tripoli Africa/Cairo Africa/Lagos Africa/Accra Africa/Abidjan
Africa/Dakar Africa/Nairobi Africa/Addis_Ababa Africa/Khartoum Africa/Kampala Africa/Luanda
Africa/Harare Africa/Johannesburg Indian/Mauritius Asia/Jerusalem Asia/Beirut Asia/Amman
Asia/Damascus Asia/Baghdad Asia/Kuwait Asia/Riyadh Asia/Qatar Asia/Dubai Asia/Tehran Asia/Baku
Asia/Tbilisi Asia/Yerevan Asia/Kabul Asia/Karachi Asia/Tashkent Asia/Almaty Asia/Yekaterinburg
Asia/Novosibirsk Asia/Vladivostok Asia/Kolkata Asia/Colombo Asia/Kathmandu Asia/Dhaka Asia/Yangon
Asia/Bangkok Asia/Ho_Chi_Minh Asia/Jakarta Asia/Kuala_Lumpur Asia/Singapore Asia/Manila
Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Ulaanbaatar Australia/Perth Australia/Melbourne
Australia/Hobart Pacific/Guam Pacific/Port_Moresby Pacific/Noumea Pacific/Apia Pacific/Tahiti
Pacific/Marquesas
"""
ZONES: dict[int, str] = {**EVERFLOW, **dict(enumerate(OWN.split(), FIRST_OWN))}


def zone(timezone_id: int) -> ZoneInfo:
    """The zone with this number; DomainError `unknown_timezone` where there is none."""
    if timezone_id not in ZONES:
        text = _("timezone_id %(id)s is not in GET /v1/meta/timezones; UTC is 67.")
        raise DomainError("unknown_timezone", text % {"id": timezone_id})
    return _zone(ZONES[timezone_id])


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


class TimezoneOut(Schema):
    timezone_id: int
    timezone: str
    timezone_name: str
    utc_offset: str


class TimezonesOut(Schema):
    timezones: list[TimezoneOut]


@router.get("/timezones", response={200: TimezonesOut, 429: Error}, url_name="timezones")
def timezones(request: HttpRequest) -> dict[str, list[dict[str, int | str]]]:
    """The time zones that `timezone_id` can name, with their offset from UTC now; needs no key."""
    now = timezone.now()
    return {"timezones": [_told(number, name, now) for number, name in sorted(ZONES.items())]}


def _told(number: int, name: str, now: datetime) -> dict[str, int | str]:
    local = now.astimezone(_zone(name))
    offset = local.strftime("%z")
    return {
        "timezone_id": number,
        "timezone": name,
        "timezone_name": f"{local.tzname()} ({name})",
        "utc_offset": f"{offset[:3]}:{offset[3:5]}",
    }
