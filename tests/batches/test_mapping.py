"""A file's columns: what is refused, and the cells that the database makes of them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from batches import mapping
from convertr.errors import DomainError

FIELDS = ["email", "first%Name", "it's"]
GOOD = ["E-mail", "field:email"]


def test_checked_pairs_keep_their_order() -> None:
    pairs = [[" Lead ", "meta:id"], GOOD, ("lead", "field:email"), ["100%", "meta:score"]]
    assert mapping.check(pairs, FIELDS) == [
        ("Lead", "meta:id"),
        ("E-mail", "field:email"),
        ("lead", "field:email"),
        ("100%", "meta:score"),
    ]


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([], "mapping_empty"),
        ([["", "meta:id"]], "mapping_header"),
        ([[" \t", "meta:id"]], "mapping_header"),
        ([["a\nb", "meta:id"]], "mapping_header"),
        ([["a\0b", "meta:id"]], "mapping_header"),
        ([["x" * 256, "meta:id"]], "mapping_header"),
        ([GOOD, [" E-mail ", "meta:id"]], "mapping_twice"),
        ([["a", "meta:email"]], "mapping_source"),
        ([["a", "meta:"]], "mapping_source"),
        ([["a", "field:telephone"]], "mapping_source"),
        ([["a", "email"]], "mapping_source"),
        ([["a", ""]], "mapping_source"),
        ([["a"]], "mapping_pair"),
        ([["a", "meta:id", "b"]], "mapping_pair"),
        ([["a", None]], "mapping_pair"),
        (["ab"], "mapping_pair"),
        ([[str(n), "meta:id"] for n in range(101)], "mapping_long"),
    ],
)
def test_refused(pairs: list, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        mapping.check(pairs, FIELDS)
    assert caught.value.code == code
    assert str(caught.value)


def test_every_choice_is_a_source() -> None:
    groups = mapping.choices({"email": "E-mail", "it's": ""})
    offered = {source: str(label) for _group, sources in groups for source, label in sources}
    assert offered["field:email"] == "E-mail"
    assert offered["field:it's"] == "it's"
    assert len(offered) == 2 + 14
    assert len(mapping.check([[label, source] for source, label in offered.items()], FIELDS)) == 16


# Leads as the tables have them, without the tables.
ROWS = """
WITH l (id, hash, ip, campaign_id, partner_id, channel, created_at, status, score, data) AS (
    VALUES
    (1::bigint, '6f1c2b1e-0000-4000-8000-000000000001'::uuid, '2001:db8::1'::inet, 5::bigint,
     6::bigint, 'web'::varchar(60), '2026-03-28 23:30:15.999+00'::timestamptz,
     'valid'::varchar(7), 87.50::numeric(5,2),
     '{"email": "a@b.example", "first%%Name": "O''Neill \\n 😀", "it''s": "=1+1"}'::jsonb),
    (2, '6f1c2b1e-0000-4000-8000-000000000002', NULL, 5, 6, '', '1969-12-31 23:59:59.5+00', '',
     NULL, '{"email": null}')
), c (id, name) AS (VALUES (5::bigint, 'Spring 100%%'::varchar(200))),
   p (id, name) AS (VALUES (6::bigint, 'Partner "six"'::varchar(200)))
SELECT {cells} FROM l JOIN c ON c.id = l.campaign_id JOIN p ON p.id = l.partner_id ORDER BY l.id
"""
CELLS = {
    "meta:id": ("1", "2"),
    "meta:hash": (
        "6f1c2b1e-0000-4000-8000-000000000001",
        "6f1c2b1e-0000-4000-8000-000000000002",
    ),
    "meta:ip": ("2001:db8::1", ""),
    "meta:campaignId": ("5", "5"),
    "meta:campaignName": ("Spring 100%", "Spring 100%"),
    "meta:publisherId": ("6", "6"),
    "meta:publisherName": ('Partner "six"', 'Partner "six"'),
    "meta:channel": ("web", ""),
    "meta:createdTs": ("1774740615", "-1"),
    "meta:createdDate": ("2026-03-29", "1970-01-01"),
    "meta:currentDate": ("2026-03-29", "2026-03-29"),
    "meta:currentDateTime": ("2026-03-29T03:00:01+02:00", "2026-03-29T03:00:01+02:00"),
    "meta:leadStatus": ("valid", ""),
    "meta:score": ("87.5", ""),
    "field:email": ("a@b.example", ""),
    "field:first%Name": ("O'Neill \n 😀", ""),
    "field:it's": ("=1+1", ""),
    "field:missing": ("", ""),
}


@pytest.mark.django_db
def test_cells_are_texts_and_none_is_missing() -> None:
    assert {f"meta:{name}" for name in mapping.META} < CELLS.keys()
    pairs = [(source, source) for source in CELLS]
    now = datetime(2026, 3, 29, 1, 0, 1, 500, tzinfo=UTC)
    cells, given = mapping.columns_sql(pairs, now=now, zone="Europe/Berlin")
    with connection.cursor() as cursor:
        cursor.execute(ROWS.replace("{cells}", cells), given)
        first, second = [row for (row,) in cursor.fetchall()]
    assert dict(zip(CELLS, first, strict=True)) == {k: v[0] for k, v in CELLS.items()}
    assert dict(zip(CELLS, second, strict=True)) == {k: v[1] for k, v in CELLS.items()}


@pytest.mark.parametrize("score", ["100.00", "0.00", "10.00"])
@pytest.mark.django_db
def test_scores_lose_only_the_zeros_behind_the_point(score: str) -> None:
    cells, given = mapping.columns_sql([("s", "meta:score")], now=datetime.now(UTC), zone="UTC")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {cells} FROM (SELECT %s::numeric(5,2) AS score) l", [*given, score])
        assert cursor.fetchone() == ([score[:-3]],)
