"""The table that a list renders: its columns in the person's order, no sorting of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import django_tables2
from django.db.models import Model
from django.utils.safestring import SafeString

from convertr.ui.lists import cells
from convertr.ui.lists.columns import TickColumn


class ListTable(django_tables2.Table):  # type: ignore[misc]
    """Base of all tables; a column's name is also what the URL and the whitelists call it.

    Data is a list that the page already fetched, never a queryset: paging is by key.
    """

    tick = TickColumn()

    def __init__(
        self,
        data: Sequence[Any],
        *,
        columns: Sequence[str],
        selectable: bool = False,
        **kwargs: Any,
    ) -> None:
        shown = [*(["tick"] if selectable else []), *columns]
        hidden = [name for name in self.base_columns if name not in shown]
        self.headings: Mapping[str, Any] = {}
        # Not in a Meta: django-tables2 forgets that of a base class.
        row_attrs = {
            "data-href": lambda record, table: table.href(record) or None,
            "data-panel": lambda record, table: table.panel(record) or None,
            **self._meta.row_attrs,
        }
        kwargs = {"template_name": "ui/table.html", "row_attrs": row_attrs, **kwargs}
        super().__init__(
            data, sequence=shown, exclude=hidden, orderable=False, order_by=(), **kwargs
        )

    @property
    def heads(self) -> list[tuple[Any, Any]]:
        """The shown columns, each with its sort link where it has one (`headings`, by name)."""
        return [(column, self.headings.get(column.name)) for column in self.columns]

    @property
    def body(self) -> Iterator[tuple[Any, SafeString]]:
        """The rows with the HTML of their cells."""
        return cells.body(self)

    def plain_rows(self, names: Sequence[str]) -> Iterator[list[Any]]:
        """The cells of these columns as an export has them."""
        bound = [self.columns[name] for name in names]
        readers = [cells.reader(self, column, column.value, None) for column in bound]
        for record in self.data:
            yield [read(record) for read in readers]

    def href(self, record: Model) -> str:
        """The page that a click on the row opens."""
        url = getattr(record, "get_absolute_url", None)
        return str(url()) if url else ""

    def panel(self, record: Model) -> str:
        """What the side panel shows of the row, while one moves through the rows."""
        return ""

    @classmethod
    def names(cls) -> list[str]:
        """All columns, as declared, that a person may choose from."""
        return [name for name in cls.base_columns if name != "tick"]

    @classmethod
    def label(cls, name: str) -> str:
        """What a column is called."""
        column = cls.base_columns[name]
        return str(column.verbose_name or name.replace("_", " ").capitalize())
