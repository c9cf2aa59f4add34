"""The base of every list: URL state, filters, paging by key, columns, views, selection, export.

Source: platform.md, "Lists". An app subclasses `ListView` and says what is listed; nothing here
knows an app.
"""

from convertr.ui.lists.definition import List, Query, register_export, register_list
from convertr.ui.lists.filters import (
    ChoicesFilter,
    ListFilterSet,
    TimedFilterSet,
    by_number,
    by_text,
    by_uuid,
)
from convertr.ui.lists.selection import Selection
from convertr.ui.lists.tables import ListTable
from convertr.ui.lists.views import ListView

__all__ = [
    "ChoicesFilter",
    "List",
    "ListFilterSet",
    "ListTable",
    "ListView",
    "Query",
    "Selection",
    "TimedFilterSet",
    "by_number",
    "by_text",
    "by_uuid",
    "register_export",
    "register_list",
]
