"""Cells that a file can't hold, told by their column and never by what is in them."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from convertr.errors import DomainError


def refuse(rows: Iterable[Sequence[str]], headers: Sequence[str]) -> DomainError:
    """Of rows of which one has a half of a character: the error that says in which column."""
    for row in rows:
        for header, cell in zip(headers, row, strict=True):
            if any("\ud800" <= character <= "\udfff" for character in cell):
                return unwritable(header)
    return unwritable("")


def unwritable(header: str) -> DomainError:
    return DomainError(
        "cell_unwritable",
        _("A cell of the column “%(header)s” holds characters that no file can hold.")
        % {"header": header},
        header=header,
    )


def too_long(header: str) -> DomainError:
    return DomainError(
        "cell_too_long",
        _(
            "A cell of the column “%(header)s” is longer than the 32,767 characters that XLSX can "
            "hold. Choose CSV, or leave the column out."
        )
        % {"header": header},
        header=header,
    )


def too_many_rows(most: int) -> DomainError:
    return DomainError(
        "too_many_rows",
        _("More than the %(most)s leads that such a file can hold. Choose CSV, or a ZIP.")
        % {"most": f"{most:,}"},
        most=most,
    )
