"""Blocks and unblocks an address, for the guard and for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from core.actor import Actor
from core.audit import Audit
from core.clock import Clock
from core.ids import uuid7
from core.listening.addresses import Network, network_of
from gateway.asterisk.guard import SipGuardSettings
from gateway.sip_guard.errors import NeverBlocked, NoAddress, NotBlocked
from gateway.sip_guard.model import AddressBlock, Guesses, lasts, touches
from gateway.sip_guard.protected import Protected
from gateway.sip_guard.store import BlockFile

AGAIN: Final = timedelta(days=1)
GUESSING: Final = "guessing"


class Blocking:
    """The list in its file: whoever changes it, the running service follows within seconds."""

    def __init__(
        self, guard: SipGuardSettings, file: BlockFile, protected: Protected, audit: Audit, clock: Clock
    ) -> None:
        self._guard = guard
        self._file = file
        self._protected = protected
        self._audit = audit
        self._clock = clock

    async def holding(self) -> list[AddressBlock]:
        """Blocks in effect now, newest first."""
        return await asyncio.to_thread(self._file.holding, self._clock.now())

    async def listed(self) -> list[AddressBlock]:
        """All blocks, those that have ended too."""
        return await asyncio.to_thread(self._file.all)

    async def for_guessing(self, found: Sequence[Guesses], by: Actor) -> list[AddressBlock]:
        """Longer each time one comes back within a day; all in one change of the file. Not yet audited: that
        waits for the database.
        """
        now = self._clock.now()
        earlier = await asyncio.to_thread(self._file.earlier, now - AGAIN)
        blocks = []
        for one in found:
            network = str(one.network)
            until = now + lasts(self._guard.block_s, self._guard.block_most_s, earlier[network])
            blocks.append(
                AddressBlock(uuid7(), network, now, until, one.attempts, one.accounts, GUESSING, by.id)
            )
        if blocks:
            await asyncio.to_thread(self._file.add, *blocks)
        return blocks

    async def by_hand(self, actor: Actor, address: str, *, reason: str, lasts_for: timedelta) -> AddressBlock:
        """Raises `NoAddress`, `NeverBlocked`."""
        network = _network(address)
        if touches(network, await self._protected.networks()):
            raise NeverBlocked(
                f"{network} is this machine's, a trunk's, a radio system's or in asterisk.guard.never"
            )
        now = self._clock.now()
        block = AddressBlock(uuid7(), str(network), now, now + lasts_for, 0, 0, reason, actor.id)
        await asyncio.to_thread(self._file.lift, block.network, now, actor.id)
        await asyncio.to_thread(self._file.add, block)
        await self.audit(actor, block.network)
        return block

    async def lift(self, actor: Actor, address: str) -> str:
        """What was let in again. Raises `NoAddress`, `NotBlocked`."""
        network = str(_network(address))
        if not await asyncio.to_thread(self._file.lift, network, self._clock.now(), actor.id):
            raise NotBlocked(network, remedy="see songhua sip blocked")
        await self._audit.record(actor, "sip-unblock", f"address:{network}")
        return network

    async def audit(self, actor: Actor, network: str) -> None:
        """Record the block in the audit trail. Raises `StorageAway`."""
        await self._audit.record(actor, "sip-block", f"address:{network}")


def _network(address: str) -> Network:
    network = network_of(address.partition("/")[0])
    if network is None:
        raise NoAddress(remedy="write it as 203.0.113.7 or 2001:db8::7")
    return network
