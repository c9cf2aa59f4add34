"""Files of leads: how they are set up, and how they are written, in flat memory (batches.md)."""

from batches.files.options import FileOptions, Format, LineEnd, Quoting, read
from batches.files.writing import Written, write

__all__ = ["FileOptions", "Format", "LineEnd", "Quoting", "Written", "read", "write"]
