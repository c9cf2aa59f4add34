"""From the cells of a row to a lead, or to all that is wrong with them. Pure."""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple

from convertr.jobs.workbook import Problem
from leads.imports.columns import FIELD, LEAVE_OUT
from leads.models import Lead
from leads.validation import Known, problems

YES = frozenset({"yes", "y", "true", "1", "x", "on"})
NO = frozenset({"no", "n", "false", "0", "off", ""})
_LONGEST: dict[str, int] = {
    name: getattr(Lead._meta.get_field(name), "max_length", 0) for name in ("channel", "link_id")
}
Restore = Callable[[str], str]


class Reader(NamedTuple):
    """How the rows of a file are read: its header, its mapping, the campaign's fields.

    `restore` takes off what a cell has before it that isn't its own (convertr.ui.formula).
    """

    header: Sequence[str]
    mapping: Sequence[str]
    fields: Sequence[Known]
    restore: Restore

    def column(self, place: int) -> str:
        """How texts call a column; by its number where it has no name."""
        return self.header[place].strip()[:60] or str(place + 1)

    def read(
        self, cells: Sequence[str], unreadable: Iterable[tuple[str, int]] = ()
    ) -> tuple[dict[str, Any], list[Problem]]:
        """A row's lead (`data` and those of LEAD) and what is wrong with it, all at once.

        `unreadable`: a code, and the number of the column whose cell has no value.
        """
        if len(cells) != len(self.header):
            params = {"found": len(cells), "expected": len(self.header)}
            return {}, [("wrong_cell_count", params)]
        lead: dict[str, Any] = {"data": {}}
        wrong: list[Problem] = []
        for place, target in enumerate(self.mapping):
            cell = self.restore(cells[place]) if target != LEAVE_OUT else ""
            if target.startswith(FIELD) and cell:
                lead["data"][target.removeprefix(FIELD)] = cell
            elif cell:
                code, lead[target], params = _READ[target](target, cell.strip())
                if code:
                    wrong.append((code, {**params, "column": self.column(place)}))
        wrong += [(one.code, one.params) for one in problems(self.fields, lead["data"])]
        return lead, [*self._unreadable(unreadable), *wrong]

    def _unreadable(self, unreadable: Iterable[tuple[str, int]]) -> list[Problem]:
        """Those of the columns that are used: what a column that is left out holds is no matter."""
        used = (p for p in unreadable if p[1] <= len(self.mapping) and self.mapping[p[1] - 1])
        return [(code, {"column": self.column(number - 1)}) for code, number in used]


_Read = tuple[str, Any, dict[str, Any]]


def _text(target: str, cell: str) -> _Read:
    if len(cell) > _LONGEST[target]:
        return "lead_text_too_long", "", {"most": _LONGEST[target]}
    return "", cell, {}


def _ip(_target: str, cell: str) -> _Read:
    try:
        # A zone, as in fe80::1%eth0, is nothing that can be stored.
        address = ip_address(cell if "%" not in cell else "")
    except ValueError:
        return ("bad_ip", None, {}) if cell else ("", None, {})
    return "", str(address), {}


def _opt_in(_target: str, cell: str) -> _Read:
    word = cell.casefold()
    return "" if word in YES | NO else "bad_opt_in", word in YES, {}


_READ: dict[str, Callable[[str, str], _Read]] = {
    "channel": _text,
    "link_id": _text,
    "ip": _ip,
    "opt_in": _opt_in,
}
