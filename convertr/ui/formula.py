"""Cells that a spreadsheet would take for a formula, made safe and taken back.

Source: platform.md, "Lists". Numbers and E.164 telephones are left as they are.
"""

import re

# A formula's first character, in full width too, after blanks that a spreadsheet trims; a tab or
# a line break in front moves the rest into a cell of its own. Quotes before it come from us.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?", re.ASCII)


def _is_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None and _NUMBER.fullmatch(cell) is None


def neutralise(cell: str) -> str:
    """The cell with a `'` before it where a spreadsheet would calculate it."""
    return f"'{cell}" if _is_formula(cell) else cell


def restore(cell: str) -> str:
    """What `neutralise` was given; exactly its quote is taken off, no other."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell
