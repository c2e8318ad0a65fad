"""Which address is asked for a camera: within the networks of the settings alone, and resolved once.

The name is resolved here, the address is checked, and the connection goes to that address: a name that
resolves differently a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.listening import Addresses
from sensing.cameras.model import REGISTERS, address_fault
from sensing.errors import CameraFault, NoPicture

PORTS = {"rtsp": 554, "http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CameraTarget:
    """`ip` is the checked address; `url` is as the camera is to read it, `path` with its query."""

    url: str
    scheme: str
    host: str
    ip: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as a `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


async def target_of(address: str, networks: Addresses) -> CameraTarget:
    """Raises `NoPicture`: without an address, outside of the networks, of an unknown name."""
    if not address:
        raise NoPicture(CameraFault.NO_ADDRESS)
    if address_fault(address) or REGISTERS.fullmatch(address):
        raise NoPicture(CameraFault.NOT_ALLOWED, "its address is no URL of a camera")
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoPicture(CameraFault.AWAY, "its name is not known") from None
    addresses = [str(one[4][0]) for one in found]
    # One address of the name that is not allowed is enough: the next question may get that one.
    if not addresses or not all(one in networks for one in addresses):
        raise NoPicture(CameraFault.NOT_ALLOWED, "its address is outside of [sensing] networks")
    return CameraTarget(address, parts.scheme, host, addresses[0], port, path)
