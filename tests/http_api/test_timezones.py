"""GET /v1/meta/timezones."""

import zoneinfo

from convertr.http_api.timezones import EVERFLOW, OWN, ZONES


def test_anybody_reads_them(client, db):
    answer = client.get("/v1/meta/timezones")
    assert answer.status_code == 200
    found = {zone["timezone_id"]: zone for zone in answer.json()["timezones"]}
    assert found[67] == {
        "timezone_id": 67,
        "timezone": "UTC",
        "timezone_name": "UTC (UTC)",
        "utc_offset": "+00:00",
    }
    assert found[80]["timezone"] == "America/New_York"
    assert found[80]["utc_offset"] in ("-05:00", "-04:00")
    assert list(found) == sorted(ZONES)


def test_every_zone_is_known_and_there_once():
    assert set(ZONES.values()) <= zoneinfo.available_timezones()
    assert len(set(ZONES.values())) == len(ZONES) == len(EVERFLOW) + len(OWN.split())


def test_numbers_stay():
    """Callers keep them: these may never name another zone."""
    assert EVERFLOW[56] == "Europe/Berlin"
    assert (ZONES[101], ZONES[105], ZONES[145]) == (
        "Europe/London",
        "Europe/Paris",
        "America/Denver",
    )
    assert max(ZONES) == 248
