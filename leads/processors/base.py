"""What a processor job is, and what it is told of a lead. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from django.utils.functional import Promise

from leads.transforms.base import BadOptions, Data, Option, Rule, RuleError

__all__ = ["BadOptions", "Data", "Earlier", "Judged", "Option", "Processor", "RuleError"]


class Earlier(NamedTuple):
    """An earlier lead that has a fingerprint of the judged one: `kind` "email" or "telephone"."""

    kind: str
    campaign: int
    advertiser: int
    at: datetime
    digest: UUID


class Judged(NamedTuple):
    """A lead as jobs see it: its data as the transforms left it.

    `at`: when it came in. `fields`: the campaign's fields with their kinds
    (leads.models.CampaignField.Kind). `campaign` and `advertiser` are ids.
    """

    data: Data
    ip: str | None
    at: datetime
    fields: Mapping[str, str]
    campaign: int
    advertiser: int
    earlier: Sequence[Earlier] = ()


class Processor(Rule):
    """Says whether a lead passes, and if not, why. One is made a campaign, used for each lead.

    A subclass with a `name` is registered by being defined; it has `check`, for the value of its
    field, or `judge` where it is about more. `texts`: what its codes say to people, without values.
    """

    registry: ClassVar[dict[str, type["Processor"]]] = {}
    texts: ClassVar[Mapping[str, str | Promise]] = {}

    def __init_subclass__(cls) -> None:
        if cls.name:
            cls.registry[cls.name] = cls

    @property
    def looks_back(self) -> int:
        """For how many days before the lead it asks for earlier ones."""
        return 0

    def judge(self, lead: Judged) -> str | None:
        """None for a lead that passes, else the code of why it doesn't. Raises RuleError.

        An empty value passes: whether there has to be one is for the job "required" to say.
        """
        value = lead.data.get(self.field, "")
        return self.check(value, lead) if value.strip() else None

    def check(self, value: str, lead: Judged) -> str | None:
        """The same for a value that isn't empty."""
        raise NotImplementedError
