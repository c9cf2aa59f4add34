"""The export "Conversion Requests", of the Explorer and of the conversions page."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from convertr.ui.lists.definition import Query
from convertr.ui.lists.export import ListExport, batches
from requests_workflow.exchange.columns import columns_for
from requests_workflow.exchange.rows import cells_of


class RequestsExport(ListExport):
    """A list's rows in the one format: what is exported can be imported."""

    name = "requests.export"
    label = _("Export of requests")

    def file_name(self, query: Query) -> str:
        return "conversion-requests"

    def cells(self, query: Query) -> Iterator[list[Any]]:
        columns = columns_for(query.user)
        yield [column.name for column in columns]
        for batch in batches(query):
            for record in batch:
                yield cells_of(record, columns)
