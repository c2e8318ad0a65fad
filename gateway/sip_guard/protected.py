"""Addresses that are never blocked: this machine, AMI clients, trunks, radio systems and `guard.never`."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core.listening.addresses import Network, network_of
from gateway.asterisk.settings import AsteriskSettings

RESOLVE_S: Final = 3.0
AGAIN_S: Final = 600.0
"""Names are asked for anew after this; while nothing answers, what they were counts."""


class Protected:
    """Addresses of the settings; host names are resolved."""

    def __init__(self, switch: AsteriskSettings) -> None:
        own = ("127.0.0.1", "::1", str(switch.bind), *([switch.advertise] if switch.advertise else []))
        trunks = [host for trunk in switch.trunks for host in (*trunk.known_by, trunk.contact) if host]
        radios = [radio.host for radio in switch.radios]
        named = dict.fromkeys((*own, *switch.ami.permit, *trunks, *radios, *switch.guard.never))
        self._fixed = [found for one in named if (found := _written(one)) is not None]
        self._hosts = [one for one in named if _written(one) is None]
        self._resolved: dict[str, list[Network]] = {}
        self._asked = -AGAIN_S

    async def networks(self) -> Sequence[Network]:
        if self._hosts and time.monotonic() - self._asked >= AGAIN_S:
            self._asked = time.monotonic()
            for host in self._hosts:
                with suppress(OSError, TimeoutError):
                    self._resolved[host] = await _resolve(host)
        return [*self._fixed, *(one for found in self._resolved.values() for one in found)]


def _written(text: str) -> Network | None:
    """The network of an address or network; None for a host name and for the unspecified address."""
    with suppress(ValueError):
        found = ipaddress.ip_network(text, strict=False)
        return None if found.prefixlen == 0 or found.network_address.is_unspecified else found
    return None


async def _resolve(host: str) -> list[Network]:
    async with asyncio.timeout(RESOLVE_S):
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    networks = {network_of(str(address[0])) for *_, address in found}
    return [one for one in networks if one is not None]
