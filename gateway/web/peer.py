"""The client address of a request: the connection's own, or the one that a trusted proxy gives.

Only a proxy named in the settings ([web] trusted_proxies) is believed; `X-Forwarded-For` of anybody else is
ignored.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

from core.listening import Addresses
from core.listening.addresses import is_loopback, parsed

FORWARDED = "x-forwarded-for"
TOLD_BY_PROXIES = (FORWARDED, "forwarded", "x-real-ip")
UNKNOWN = "unknown"


def address_of(scope: Scope, trusted: Addresses) -> str:
    """The client's address; `unknown` without any (as for a socket of the file system).

    The proxies' own entries are skipped from the right, so what a client adds on the left is never read.
    """
    client = scope.get("client")
    found = _written(client[0]) if client else UNKNOWN
    if found not in trusted:
        return found
    told = ",".join(Headers(scope=scope).getlist(FORWARDED)).split(",")
    for entry in reversed([one.strip() for one in told]):
        if parsed(entry) is None:
            # A proxy wrote something else than an address: what stands left of it is worth nothing.
            return found
        found = _written(entry)
        if found not in trusted:
            return found
    return found


def from_this_machine(scope: Scope) -> bool:
    """Whether it comes over loopback, and no proxy, known or unknown, brought it for somebody else."""
    client = scope.get("client")
    if not client or not is_loopback(client[0]):
        return False
    headers = Headers(scope=scope)
    return not any(name in headers for name in TOLD_BY_PROXIES)


def _written(host: str) -> str:
    """One way to write each address."""
    found = parsed(host)
    return host if found is None else str(found)
