"""One kind of file on the modal "Upload a CSV file": a tab with its hints, examples and Verify."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise

from conversions.csv_files.examples import Example
from convertr.accounts.models import User
from convertr.jobs.models import Job


class Verify(Protocol):
    """Stages and resolves a file; `form` holds the further fields of the tab's template."""

    def __call__(self, *, actor: User, name: str, data: bytes, form: QueryDict) -> Job: ...


@dataclass(frozen=True)
class Tab:
    """`template` says which columns are taken, and asks for what else the file needs."""

    key: str
    label: str | Promise
    permission: str
    url_name: str
    template: str
    examples: Sequence[Example]
    verify: Verify

    @property
    def url(self) -> str:
        return reverse(self.url_name)
