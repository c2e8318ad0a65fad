"""To which addresses a webhook may go: administrators name them at the desk, and must not reach into our own
networks by that.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import Final

from core.listening import Addresses
from core.listening.addresses import parsed

_WRAPPED: Final = tuple(
    IPv6Network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""IPv6 that stands for an address of IPv4 behind a translator or tunnel."""


class RefusedAddress(ValueError):
    """A form does not go there. Its text is `no-address`, `address-private` or `needs-tls`."""


def is_own(address: str) -> bool:
    """Whether it is this machine's: it would be reached from itself. Nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((address, 9))
            return parsed(asked.getsockname()[0]) == parsed(address)
    except OSError:
        return False


def allowed(
    addresses: Sequence[str], private: Addresses, *, secure: bool, own: Callable[[str], bool] = is_own
) -> Sequence[str]:
    """The addresses of a name, if every one may be used. Raises `RefusedAddress`: one that may not is enough.

    Without TLS a form goes to the operator's `private` networks alone.
    """
    if not addresses:
        raise RefusedAddress("no-address")
    for one in addresses:
        if one in private:
            continue
        found = parsed(one)
        if found is None or not _is_public(found) or own(one):
            raise RefusedAddress("address-private")
        if not secure:
            raise RefusedAddress("needs-tls")
    return addresses


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return not any(address in one for one in _WRAPPED if isinstance(address, IPv6Address))
