"""Which address is asked for a camera: within the networks of the settings alone, and resolved once.

The name is resolved here, the address is checked, and the connection goes to that address: a name that
resolves differently a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from core.listening import Addresses
from core.listening.addresses import parsed
from sensing.cameras.model import REGISTERS, address_fault
from sensing.errors import CameraFault, NoPicture

PORTS: Final = {"rtsp": 554, "http": 80, "https": 443, "onvif": 80}


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


def named_by(camera: CameraTarget, url: str, schemes: Collection[str]) -> CameraTarget:
    """The target of a URL that this camera named: of its own host alone, at the address that was checked; a
    user in it is left out. Raises `NoPicture`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoPicture(CameraFault.BROKEN, "it names an address that is no URL") from None
    host = (parts.hostname or "").lower()
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    if parts.scheme not in schemes or address_fault(bare):
        raise NoPicture(CameraFault.BROKEN, "it names an address that is no URL of a camera")
    if host != camera.host.lower() and (parsed(host) is None or parsed(host) != parsed(camera.ip)):
        raise NoPicture(CameraFault.REDIRECTS, "it names an address of another host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return CameraTarget(bare, parts.scheme, host, camera.ip, port or PORTS[parts.scheme], path)
