"""The file of keys that are to be locked or unlocked. Pure.

Any one of the three keys, and no other column. Source: conversions.md, "Locking".
"""

from collections.abc import Collection, Iterator

from conversions.csv_files import layout as files
from conversions.csv_files.layout import KEYS, Layout
from convertr.jobs.csvfile import Record
from convertr.jobs.staging import StagedRow


def read_header(header: Record) -> Layout:
    """The layout that a header row asks for; DomainError names the line and column at fault."""
    at = files.read_columns(header, keys=KEYS, values=())
    return Layout(key=files.find_key(header, at, KEYS), width=len(header.cells), at=at)


def read_rows(layout: Layout, records: Collection[Record]) -> Iterator[StagedRow]:
    """Each record as a row to stage; one that can't be read says all that is wrong with it."""
    return files.read_rows(layout, records, lambda _cells, _problems: {})
