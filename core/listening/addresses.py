"""IP addresses as settings name them (`10.0.0.7`, `10.0.0.0/24`, `fd00::/8`) and as connections have them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from pydantic import IPvAnyNetwork

AddressRange: TypeAlias = IPvAnyNetwork
"""The type of one entry of a setting."""
Network: TypeAlias = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def parsed(host: str) -> IPv4Address | IPv6Address | None:
    """The address, that of IPv4 also for `::ffff:10.0.0.7`; None for a name."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


@lru_cache(maxsize=4096)
def network_of(host: str) -> Network | None:
    """What counts as one address where somebody guesses: all of IPv4, and the 64 leading bits of IPv6: one
    customer has them for himself. None for a name.
    """
    found = parsed(host)
    if isinstance(found, IPv6Address):
        return IPv6Network((int(found), 64), strict=False)
    return None if found is None else IPv4Network(found)


def is_loopback(host: str) -> bool:
    """Whether the address or name is this machine itself."""
    found = parsed(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def is_unspecified(host: str) -> bool:
    """Whether it stands for all addresses of this machine."""
    found = parsed(host)
    return not host or (found is not None and found.is_unspecified)


def only(host: str) -> tuple[AddressRange, ...]:
    """The one address that is written there; nothing for a name."""
    found = parsed(host)
    return () if found is None else (ip_network(found),)


class Addresses:
    """A set of addresses and networks."""

    def __init__(self, ranges: Iterable[AddressRange] = ()) -> None:
        self._ranges = tuple(ranges)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def __contains__(self, host: object) -> bool:
        found = parsed(host) if isinstance(host, str) else None
        return found is not None and any(found in one for one in self._ranges)
