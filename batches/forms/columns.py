"""The columns of a file: ordered rows of a header and what goes into it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from batches import mapping
from convertr.errors import DomainError
from convertr.network.models import Campaign

HEADER, SOURCE = "header", "source"


@dataclass
class Row:
    """One column as it was entered; `gone`: its source is no field of the campaign any more."""

    header: str
    source: str
    gone: bool = False


class ColumnsForm:
    """What a Django form is to the page: bound or not, valid or not, its errors in words."""

    def __init__(
        self, data: QueryDict | None, *, campaign: Campaign, initial: Sequence[Sequence[str]] = ()
    ) -> None:
        labels = {one.name: one.label for one in campaign.lead_fields.all()}
        self.names = set(labels)
        self.choices = mapping.choices(labels)
        self.pairs = _entered(data) if data is not None else [list(pair) for pair in initial]
        self.bound, self.error = data is not None, ""

    @property
    def rows(self) -> list[Row]:
        known = {value for _group, options in self.choices for value, _label in options}
        return [Row(header, source, source not in known) for header, source in self.pairs]

    def is_valid(self) -> bool:
        if not self.bound:
            return False
        try:
            mapping.check(self.pairs, self.names)
        except DomainError as refused:
            self.error = str(refused)
        return not self.error


def suggested(campaign: Campaign) -> list[list[str]]:
    """The columns of a new one: the lead's ID and all fields, under their own names."""
    names = [one.name for one in campaign.lead_fields.all()]
    return [["id", "meta:id"], *([name, f"field:{name}"] for name in names)]


def _entered(data: QueryDict) -> list[list[str]]:
    headers, sources = data.getlist(HEADER), data.getlist(SOURCE)
    return [list(pair) for pair in zip(headers, sources, strict=False)]
