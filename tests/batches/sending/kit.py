"""The batch that there is, and the rows of a file that was sent."""

import csv
import io

from batches.models import Batch


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode())))


def one_batch():
    return Batch.objects.get()
