"""The file to start from: every column, with drop-downs, checks and a sheet of explanations."""

import csv
import io
from datetime import date
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from convertr.accounts.models import User
from requests_workflow.exchange.columns import Column, Needed, columns_for

# As many rows as a file may have.
ROWS = 10_000
_WIDTHS = {"id": 14, "money": 12, "time": 20}
NEEDED = {
    Needed.ALWAYS: gettext_lazy("always"),
    Needed.CREATE: gettext_lazy("for CREATE"),
    Needed.CHANGE: gettext_lazy("for CHANGE, one of the two"),
    Needed.NO: "",
}


def template_csv(user: User) -> bytes:
    """The header alone."""
    out = io.StringIO()
    csv.writer(out).writerow([column.name for column in columns_for(user)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_xlsx(user: User) -> bytes:
    """A workbook of two sheets; the first is filled in and uploaded."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    columns = columns_for(user)
    _form(book, columns)
    _explanations(book, columns)
    book.close()
    return out.getvalue()


def _form(book: Any, columns: list[Column]) -> None:
    sheet = book.add_worksheet(_("Requests"))
    plain = book.add_format({"bold": True, "bottom": 1})
    marked = book.add_format({"bold": True, "bottom": 1, "bg_color": "#FCE8B2"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, column.name, plain if column.needed == Needed.NO else marked)
        sheet.write_comment(0, at, str(column.about), {"visible": False})
        sheet.set_column(at, at, _WIDTHS.get(column.kind, 18))
        if check := _check(column):
            sheet.data_validation(1, at, ROWS, at, {"ignore_blank": True, **check})


def _check(column: Column) -> dict[str, Any]:
    """What a cell of the column may hold."""
    if column.choices:
        text = _("Choose one of: %(words)s") % {"words": ", ".join(column.choices)}
        return {"validate": "list", "source": list(column.choices), "error_message": text}
    if column.kind == "id":
        return {
            "validate": "integer", "criteria": ">", "value": 0,
            "error_message": _("Write a whole number."),
        }  # fmt: skip
    if column.kind == "money":
        return {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 999_999_999_999,
            "error_message": _("Write a number such as 12.50, 0 or more."),
        }  # fmt: skip
    if column.kind == "time":
        # A warning only: ISO texts with an offset are taken, too.
        return {
            "validate": "date", "criteria": "between",
            "minimum": date(2000, 1, 1), "maximum": date(2099, 12, 31), "error_type": "warning",
            "error_message": _("Write a time such as 2025-03-01 14:30."),
        }  # fmt: skip
    return {"validate": "length", "criteria": "<=", "value": 5_000}


def _explanations(book: Any, columns: list[Column]) -> None:
    sheet = book.add_worksheet(_("Explanations"))
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    for at, (title, width) in enumerate(
        ((_("Column"), 24), (_("Needed"), 26), (_("What it is"), 90), (_("One of"), 34))
    ):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, bold)
    for line, column in enumerate(columns, start=1):
        texts = (column.name, NEEDED[column.needed], column.about, ", ".join(column.choices))
        for at, text in enumerate(texts):
            sheet.write_string(line, at, str(text), wrapped)
