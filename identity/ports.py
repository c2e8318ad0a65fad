"""Ports of the room of identities."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from core.events import Event
from core.storage import Storage

AddressOf = Callable[[HTTPConnection], str]


def peer_address(request: HTTPConnection) -> str:
    """The address at the other end of the connection."""
    return request.client.host if request.client else ""


@dataclass(frozen=True, slots=True)
class IdentityPorts:
    """`publish` tells a live event; `address_of` says where a request comes from; `operations` are those
    that an API token may be limited to.
    """

    storage: Storage
    publish: Callable[[Event], None] = lambda _event: None
    address_of: AddressOf = peer_address
    operations: Collection[str] = ()
