"""Which addresses may be called (platform.md, "Every outbound connection").

Names that people type could lead into our own network. So each address that a name resolves to is
looked at here, and the connection goes to the very address that was.
"""

from collections.abc import Collection, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Where clouds tell a machine its secrets; open to nobody, whatever is allowed.
_METADATA: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "169.254.169.0/24", "169.254.170.0/24", "100.100.100.200/32", "192.0.0.192/32",
        "168.63.129.16/32", "fd00:ec2::/32", "fd20:ce::/32",
    )
)  # fmt: skip
# What Python of one version or another takes for public.
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of a setting such as OUTBOUND_ALLOW; ValueError for one that isn't a CIDR."""
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def may_call(text: str, allowed: Collection[Network] = ()) -> bool:
    """Whether this IP address is public, or in a network that is allowed, and no metadata's."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    forms = [address, *_within(address)]
    if any(_in(form, _METADATA) for form in forms):
        return False
    # An IPv6 form of an IPv4 address is as public as what it stands for.
    return all(_is_public(form) or _in(form, allowed) for form in forms if not _mapped(form))


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not _in(address, _NOT_PUBLIC)


def _in(address: Address, networks: Collection[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)


def _mapped(address: Address) -> bool:
    return isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in _NAT64
    )


def _within(address: Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 one carries: mapped, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [inner for inner in found if inner is not None]
