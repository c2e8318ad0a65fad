"""Listening sockets with limits: connections overall and by address, and which of them gives way."""

from typing import TYPE_CHECKING

from core.lazy import public_names
from core.listening.addresses import Addresses, AddressRange

if TYPE_CHECKING:
    from core.listening.listener import BoundedListener, listen
    from core.listening.places import ConnectionSlots
else:
    __getattr__ = public_names(__name__, ("places", "listener"))

__all__ = ["AddressRange", "Addresses", "BoundedListener", "ConnectionSlots", "listen"]
