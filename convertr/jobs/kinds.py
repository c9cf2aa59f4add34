"""What a kind of job knows; the engine knows the rest (design.md, "The one idea")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.functional import Promise

if TYPE_CHECKING:
    from convertr.accounts.models import User
    from convertr.jobs.models import Job, JobChunk


@dataclass
class Resolution:
    """What verifying found: rows by outcome, and what the kind sums up for the person."""

    counts: dict[str, int] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)


class Kind:
    """One kind of job; an app registers an instance. Methods work on sets of rows, never on one.

    A kind that verifies implements `resolve`: STAGED rows become READY, UNCHANGED, NOT_FOUND,
    INVALID, DUPLICATE or CONTRADICTION, with `before` and `after` of what would be written.
    One that doesn't (a call of the API) resolves and writes its STAGED rows in `apply`, and keys
    that are no rows yet in `apply_keys`.
    """

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    # What a person needs to verify and confirm it, as "app.codename".
    permission: ClassVar[str]
    # What a person needs to see its jobs at all, as "app.codename": their rows may be personal.
    view_permission: ClassVar[str] = ""
    # Whether a person sees what would happen and confirms it; else it is applied as it comes.
    verifies: ClassVar[bool] = True
    # The kind that takes back what a job of this kind did.
    undo_kind: ClassVar[str | None] = None
    # Buckets (convertr.jobs.buckets) that this kind calls by another name.
    bucket_labels: ClassVar[Mapping[str, str | Promise]] = {}
    # What the modal shows under the counts, and which fields it asks for before Confirm.
    result_template: ClassVar[str | None] = None
    options_template: ClassVar[str | None] = None
    undo_options_template: ClassVar[str | None] = None

    def resolve(self, job: "Job") -> Resolution:
        """Decide the fate of all STAGED rows of the job, in the caller's transaction."""
        raise NotImplementedError

    def options(self, job: "Job", data: Mapping[str, str], actor: "User") -> dict[str, Any]:
        """The parameters that Confirm adds, from a form; DomainError where one is missing."""
        return {}

    def apply(self, job: "Job", chunk: "JobChunk") -> None:
        """Write the open rows of the chunk and their outcomes, in the caller's transaction."""
        raise NotImplementedError

    def apply_keys(self, job: "Job", keys: str) -> None:
        """Store an unsaved job as done, with a row for each of its keys, and write what it wants.

        One key a line; in the caller's transaction (convertr.jobs.direct).
        """
        raise NotImplementedError

    def produce(self, job: "Job") -> None:
        """For a job without rows: make its output file. Runs outside a transaction."""
        raise NotImplementedError

    def may_be_seen_by(self, user: "User") -> bool:
        """Whether this person may know of the kind's jobs."""
        return not self.view_permission or user.has_perm(self.view_permission)

    def may_see(self, job: "Job", user: "User") -> bool:
        """Whether its requester may still have the job's file."""
        return True

    def undo_parameters(self, job: "Job", data: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of the job that undoes `job`, from the form that asked for it."""
        return {}

    def context(self, job: "Job") -> dict[str, Any]:
        """What the kind's templates need besides the job."""
        return {}

    def show_change(self, name: str, value: Any) -> tuple[str, str]:
        """A field of `before` or `after` and its value in a person's words."""
        return name, "" if value is None else str(value)

    def page_of(self, job: "Job") -> str | None:
        """Where its requester goes on with a job that is open still; None: on the job's page."""
        return None

    def changed_url(self, job: "Job") -> str | None:
        """The list of the things that the job changed."""
        return None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known under its name."""
    _kinds[kind.name] = kind


def get(name: str) -> Kind:
    """The kind of that name; KeyError where no app has registered it."""
    return _kinds[name]


def all_kinds() -> list[Kind]:
    return list(_kinds.values())
