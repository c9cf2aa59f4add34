"""Where leads can go: other apps offer integrations here, and are told when leads are queued.

Leads know no app that sends: an app fills this registry in its AppConfig.ready() (design.md).
"""

from collections.abc import Collection, Iterable
from functools import partial
from typing import NamedTuple, Protocol

from django.db import transaction


class Integration(NamedTuple):
    """One place that a campaign's valid leads can go to. `id` is unique over all providers."""

    id: int
    campaign_id: int
    label: str


class Provider(Protocol):
    """What an app that sends leads offers."""

    def of_campaigns(self, campaign_ids: Collection[int]) -> Iterable[Integration]:
        """The active integrations of these campaigns, in the order in which they are shown."""

    def labels(self, ids: Collection[int]) -> dict[int, str]:
        """What these integrations are called, inactive ones too."""

    def queued(self, ids: Collection[int]) -> None:
        """Leads were queued to these integrations; called after the commit."""


_providers: list[Provider] = []


def register_provider(provider: Provider) -> None:
    """Offer integrations."""
    _providers.append(provider)


def of_campaigns(campaign_ids: Collection[int]) -> list[Integration]:
    """All active integrations of these campaigns."""
    return [one for p in _providers for one in p.of_campaigns(campaign_ids)] if campaign_ids else []


def labels(ids: Collection[int]) -> dict[int, str]:
    """What integrations are called; one that no provider knows is left out."""
    found: dict[int, str] = {}
    for provider in _providers if ids else []:
        found |= provider.labels(ids)
    return found


def tell_after_commit(ids: Collection[int]) -> None:
    """Tell the providers that leads wait for these integrations, once that is committed."""
    if ids:
        transaction.on_commit(partial(_tell, ids), robust=True)


def _tell(ids: Collection[int]) -> None:
    for provider in _providers:
        provider.queued(ids)
