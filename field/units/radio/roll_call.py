"""Who is there in a radio network becomes the presence of the units that have an address in it.

The network says the whole list each time; what the database has of it is put right, also after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from core.errors import Unavailable
from core.log import logger
from core.storage import Storage
from field.contract.names import name_key
from field.units import store

_log = logger("field")

AGAIN_S: Final = 30.0
"""An address may be given to a unit while its radio is there; and so long a network may take to come up."""

Presence = Callable[[str, bool, str], Awaitable[None]]


class PresencePoll:
    """Implements `Arrivals` for these networks. `presence(unit, online, bearer)`
    returns after commit.
    """

    def __init__(self, storage: Storage, presence: Presence) -> None:
        self._storage = storage
        self._presence = presence
        self._there: dict[str, frozenset[str]] = {}
        self._wake = asyncio.Event()

    @property
    def watches(self) -> bool:
        """Whether there is a network to watch."""
        return bool(self._there)

    def watch(self, networks: Iterable[str]) -> None:
        """Before it runs: these networks report who is present."""
        self._there.update(dict.fromkeys(networks, frozenset()))

    def there(self, addresses: frozenset[str], *, network: str) -> None:
        """All that are in the network now."""
        self._there[network] = addresses
        self._wake.set()

    async def run(self) -> None:
        """Keep the database right, until cancelled. What was online stays so until a network has spoken, or
        has had its time to.
        """
        while True:
            try:
                async with asyncio.timeout(AGAIN_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            for network in list(self._there):
                try:
                    await self.settle(network)
                except Unavailable as error:
                    _log.info("presence in a network was not written", network=network, error=error.kind)

    async def settle(self, network: str) -> None:
        """Say of each unit whose presence differs that it came or went. Raises `Unavailable`."""
        async with self._storage.read() as connection:
            known = await store.by_address(connection, network)
            online = await store.online_by(connection, network)
        keys = (name_key(address) for address in self._there[network])
        here = {known[key] for key in keys if key in known}
        for unit_id in sorted(here - online):
            await self._presence(unit_id, True, network)
        for unit_id in sorted(online - here):
            await self._presence(unit_id, False, network)
