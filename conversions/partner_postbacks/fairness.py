"""Whose events are claimed next: pure.

Each host has four connections, each partner a share of all, and all postbacks with something to
send take turns, so that a slow or a busy one holds up nobody else (conversions.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PER_HOST = 4
PER_PARTNER = 128
AT_ONCE = 512
# What is claimed should begin within so many seconds: more is claimed for who answers fast.
AHEAD_SECONDS = 0.15
MOST_AHEAD = 120


@dataclass(slots=True)
class Pace:
    """How fast a host answers: a moving average, in seconds; unknown until its first answer."""

    seconds: float | None = None

    def learn(self, seconds: float) -> None:
        known = self.seconds
        # Slower counts at once, faster bit by bit.
        self.seconds = seconds if known is None or seconds > known else known * 0.8 + seconds * 0.2

    @property
    def room(self) -> int:
        """How many may be claimed for this host: its connections, and what they do shortly."""
        if self.seconds is None:
            return PER_HOST
        ahead = int(PER_HOST * AHEAD_SECONDS / max(self.seconds, 0.001))
        return PER_HOST + min(ahead, MOST_AHEAD)


@dataclass(frozen=True, slots=True)
class Wish:
    """A postback that has something to send."""

    postback_id: int
    partner_id: int
    host: str


def share(
    wishes: Sequence[Wish],
    *,
    hosts: Mapping[str, int],
    partners: Mapping[int, int],
    total: int,
) -> dict[int, int]:
    """How many events of each postback to claim, one in turn.

    `hosts` and `partners` say how many more each may have under way (PER_HOST and PER_PARTNER for
    one that isn't named), `total` how many all together.
    """
    left_hosts, left_partners = dict(hosts), dict(partners)
    quotas: dict[int, int] = {}
    turn = list(wishes)
    while turn and total > 0:
        next_turn = []
        for wish in turn:
            host = left_hosts.get(wish.host, PER_HOST)
            partner = left_partners.get(wish.partner_id, PER_PARTNER)
            if host <= 0 or partner <= 0 or total <= 0:
                continue
            left_hosts[wish.host], left_partners[wish.partner_id] = host - 1, partner - 1
            quotas[wish.postback_id] = quotas.get(wish.postback_id, 0) + 1
            total -= 1
            next_turn.append(wish)
        turn = next_turn
    return quotas
