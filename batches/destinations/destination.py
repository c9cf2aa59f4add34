"""What a kind of destination is: how it is set up, told in words, and made a transport of."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Generic, Literal, TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches.destinations.base import Transport
from batches.destinations.guarding import Guarded
from convertr.errors import DomainError
from convertr.outbound.addresses import Network

O = TypeVar("O")  # noqa: E741  its options: a frozen dataclass
Secret = Mapping[str, str]
# Of settings.OUTBOUND_ALLOW, unless a caller says otherwise.
Allowed = Collection[Network] | None


class Kind(ABC, Generic[O]):
    """One kind of destination. What is stored of it is a mapping with its key as "kind"."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    # Which kinds of credentials it takes; whether it can't do without.
    credential_kinds: ClassVar[tuple[str, ...]] = ()
    needs_credential: ClassVar[bool] = True
    # Whether a server's key is pinned by the first test and required from then on.
    pins: ClassVar[bool] = False
    # After an unknown outcome: ask the server, send again under the same key, or ask a person.
    after_unknown: ClassVar[Literal["look", "repeat", "hold"]]

    @abstractmethod
    def read(self, stored: Mapping[str, Any]) -> O:
        """Options from what is stored, or was entered; DomainError where they can't be right."""

    def stored(self, options: O) -> dict[str, Any]:
        """What is stored of options; `read` reads it again."""
        values = asdict(options)  # type: ignore[call-overload]  # a dataclass
        return {"kind": self.key} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    @abstractmethod
    def words(self, options: O) -> str:
        """Where it leads to, for lists: no secret is in it."""

    def host_of(self, options: O) -> str:
        """The server that gets the credential; empty for kinds without one."""
        return str(getattr(options, "host", ""))

    def check(self, options: O, *, encrypted: bool) -> None:
        """DomainError where it may not take such files; `encrypted`: in a ZIP with a password."""

    def for_test(self, options: O) -> O:
        """The options for a test file, which everybody has to see is one."""
        return options

    def transport(
        self,
        options: O,
        *,
        secret: Secret | None,
        host_key: str = "",
        allowed: Allowed = None,
    ) -> Transport:
        """A way there. DomainError `no_credential` without a secret that it can't do without."""
        if secret is None and self.needs_credential:
            raise DomainError("no_credential", _("Choose a credential for this destination."))
        networks = settings.OUTBOUND_ALLOW if allowed is None else allowed
        return Guarded(self._way(options, secret or {}, host_key, networks), secret or {})

    def host_key_of(self, options: O, *, allowed: Allowed = None) -> str:
        """The key that the server shows, to be pinned: "ssh-ed25519 AAAA…". Raises TransportError.

        Empty for kinds without one.
        """
        return ""

    @abstractmethod
    def _way(
        self, options: O, secret: Secret, host_key: str, allowed: Collection[Network]
    ) -> Transport:
        """The transport; what it raises beside TransportError is read by `Guarded`."""


Destination = Kind[Any]
