"""From the cells of a file to rows that ask for something. Pure.

What a row asks for is kept as `wanted` of its job row: `type`, `decision`, `fields` (by name, as
`requests_workflow.wanted` keeps them), `reason`, `comment`, `offer`, `partner` and `currency`.
"""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from conversions.csv_files.layout import read_columns, refused
from convertr.jobs.csvfile import Record
from convertr.jobs.models import Outcome
from convertr.jobs.staging import StagedRow
from convertr.jobs.workbook import Problem, Sheet
from requests_workflow.exchange.columns import BY_NAME, STATUSES, SUBJECTS, TYPES, Column
from requests_workflow.models import LONGEST_TEXT
from requests_workflow.rules import Status
from requests_workflow.wanted import FIELDS, BadValue

_UUID = re.compile(
    r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE
)
_ID = re.compile(r"0*\d{1,18}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
Restore = Callable[[str], str]


def read_header(header: Record, columns: Collection[Column]) -> dict[str, int]:
    """Where each column stands; DomainError names what is unknown, twice there, or missing."""
    at = read_columns(header, keys={}, values=[column.name for column in columns])
    text = _("there is no column “%(name)s”")
    if "request_type" not in at:
        raise refused("missing_column", text, header, name="request_type")
    if not any(name in at for name in SUBJECTS):
        text = _("no column says what the rows are about; add one of %(name)s")
        raise refused("missing_column", text, header, name=", ".join(SUBJECTS))
    return at


def asked_fields(at: Collection[str]) -> list[str]:
    """The fields of a request about which a file with these columns says something."""
    named = [BY_NAME[name].field for name in at if BY_NAME[name].field]
    return [*named, "reason_code"] if "reason" in at else named


def read_rows(sheet: Sheet, at: dict[str, int], *, restore: Restore) -> Iterator[StagedRow]:
    """Each record as a row to stage; one that can't be read says all that is wrong with it."""
    width = len(sheet.header.cells)
    for line, cells in sheet.records:
        problems = list(sheet.problems.get(line, ()))
        if len(cells) != width:
            problems = [("wrong_cell_count", {"found": len(cells), "expected": width})]
        if problems:
            yield _bad(line, cells, problems)
            continue
        row = _Row({name: restore(cells[place]) for name, place in at.items()})
        keys, wanted = row.keys(), row.wanted()
        if row.problems:
            yield _bad(line, cells, row.problems)
        else:
            yield StagedRow(line, cells, wanted=wanted, **keys)


def _bad(line: int, cells: list[str], problems: list[Problem]) -> StagedRow:
    code, params = problems[0]
    if len(problems) > 1:
        params = {**params, "more": problems[1:]}
    return StagedRow(line, cells, outcome=Outcome.INVALID, code=code, params=params)


class _Row:
    """One row's cells by column; what is wrong with them gathers in `problems`."""

    def __init__(self, cells: dict[str, str]) -> None:
        self.cells = {name: cell for name, cell in cells.items() if cell and not cell.isspace()}
        self.problems: list[Problem] = []

    def keys(self) -> dict[str, Any]:
        """The typed keys by which a row finds its request or conversion."""
        uuid = self._stripped("conversion_uuid")
        if uuid and not _UUID.fullmatch(uuid):
            self.problems.append(("bad_uuid", {"value": uuid[:80]}))
        return {
            "key_id": self._number("conversion_request_id"),
            "key_parent": self._number("conversion_id"),
            "key_uuid": uuid or None,
        }

    def wanted(self) -> dict[str, Any]:
        """What the row asks for; empty cells ask for nothing."""
        asked: dict[str, Any] = {
            "type": self._word("request_type", TYPES, "bad_request_type"),
            "decision": self._word("request_status", STATUSES, "bad_request_status"),
            "offer": self._number("offer_id"),
            "partner": self._number("partner_id"),
            "currency": self._currency(),
            "fields": self._fields(),
            "comment": self._text("comment", LONGEST_TEXT),
        }
        if asked["decision"] == Status.REJECTED:
            asked["reason"] = self._text("reason", LONGEST_TEXT)
        elif "reason" in self.cells:
            self._field("reason", "reason_code", asked["fields"])
        if not asked["type"] and "conversion_request_id" not in self.cells:
            self.problems.append(("bad_request_type", {"value": ""}))
        return {name: value for name, value in asked.items() if value}

    def _fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        for name in self.cells:
            if field := BY_NAME[name].field:
                self._field(name, field, fields)
        return fields

    def _field(self, name: str, field: str, fields: dict[str, str]) -> None:
        try:
            fields[field] = FIELDS[field].read(name, self.cells[name])
        except BadValue as error:
            self.problems.append((error.code, error.params))

    def _stripped(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def _word(self, name: str, words: Collection[str], code: str) -> str:
        word = self._stripped(name)
        if word and word.upper() not in words:
            self.problems.append((code, {"value": word[:80]}))
        return word.upper().lower()

    def _number(self, name: str) -> int | None:
        cell = self._stripped(name)
        if not cell:
            return None
        if not _ID.fullmatch(cell):
            self.problems.append(("bad_number", {"column": name, "value": cell[:80]}))
            return None
        return int(cell.lstrip("0") or "0")

    def _currency(self) -> str:
        cell = self._stripped("currency").upper()
        if cell and not _CURRENCY.fullmatch(cell):
            self.problems.append(("bad_currency", {"value": cell[:80]}))
        return cell

    def _text(self, name: str, longest: int) -> str:
        cell = self._stripped(name)
        if len(cell) > longest:
            params = {"column": name, "longest": longest}
            self.problems.append(("too_long", params))
        return cell
