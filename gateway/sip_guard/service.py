"""The guard as a part of the role centre: it reads the switch's security events, blocks addresses that
guess, and keeps the switch's list current. Health reports a missing file or console.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

from core.actor import system
from core.clock import Clock, SystemClock
from core.listening.addresses import Network, network_of
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.storage import StorageAway
from core.tasks import Tasks
from gateway.ami.client import AmiClient
from gateway.ami.subscription import Live
from gateway.asterisk.guard import SipGuardSettings
from gateway.sip_guard.acl import REMEDY, SwitchList, SwitchNotTold
from gateway.sip_guard.attempts import EVENTS, SipAuthAttempt, SwitchEvent, attempt_of
from gateway.sip_guard.blocking import Blocking
from gateway.sip_guard.model import BlockingRules, FailureCounter, Guesses, touches
from gateway.sip_guard.protected import Protected

_log = logger("gateway")

LOOK_EVERY_S: Final = 1.0
LET_IN_EVERY_S: Final = 30.0
SEEN_FOR_S: Final = 300.0
"""How long health tells of the last address that was shut out."""
MOST_DECIDED: Final = 500
QUEUE: Final = 5_000
GUARD: Final = system("sip-guard")

_attempts = counter(
    "sip_sign_ins", "Sign-ins that the switch checked, by door and outcome", ["door", "outcome"]
)
_blocked = gauge("sip_blocked_addresses", "Addresses that are shut out of SIP now")
_blocks = counter("sip_blocks", "Addresses that were shut out for guessing")
_spared = counter("sip_blocks_spared", "Addresses with as many failures that are never shut out")
_watched = gauge("sip_watched_addresses", "Addresses whose failed sign-ins are counted")
_unread = counter("sip_security_events_unread", "Security events of the switch that name no single address")


class Alert(Protocol):
    """Told of every wrong try; `enough`: its address is shut out. Who watches for attacks tells a person."""

    def __call__(self, attempt: SipAuthAttempt, *, enough: bool) -> None: ...


class SipGuard:
    """Every outside is a port; `take` and `look` are its two steps."""

    name = "sip-guard"

    def __init__(
        self,
        guard: SipGuardSettings,
        client: AmiClient,
        blocking: Blocking,
        switch: SwitchList,
        protected: Protected,
        *,
        alert: Alert,
        clock: Clock | None = None,
    ) -> None:
        self._guard = guard
        self._client = client
        self._blocking = blocking
        self._switch = switch
        self._protected = protected
        self._alert = alert
        self._clock = clock or SystemClock()
        self._watch = FailureCounter(BlockingRules(guard.failures, guard.within_s, guard.known_s))
        self._decided: dict[Network, Guesses] = {}
        """Not yet in the database; shut out all the same."""
        self._holding: frozenset[Network] = frozenset()
        self._unaudited: deque[str] = deque(maxlen=MOST_DECIDED)
        self._changed = asyncio.Event()
        self._fault: SwitchNotTold | None = None
        self._last = -SEEN_FOR_S
        self._tasks = Tasks("sip-guard")

    async def start(self) -> None:
        if self._guard.enabled:
            self._tasks.forever("read", self._read)
            self._tasks.forever("keep", self._keep)
        else:
            self._tasks.spawn("let-in", self._let_all_in)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if self._fault is not None:
            why = f"addresses are not shut out: {self._fault.detail}; {self._fault.remedy}"
            return Health(self.name, "degraded", why)
        if self._clock.monotonic() - self._last < SEEN_FOR_S:
            why = (
                "telephones' passwords are guessed: see songhua sip blocked, and the desk of an administrator"
            )
            return Health(self.name, "degraded", why)
        return Health(self.name, "up")

    # --- what the switch says -------------------------------------------------------------------

    async def _read(self) -> None:
        with self._client.subscribe(self.name, events=EVENTS, limit=QUEUE) as feed:
            async for item in feed:
                if isinstance(item, Live):
                    for event in item.messages:
                        await self.take(event)

    async def take(self, event: SwitchEvent) -> None:
        """One security event."""
        attempt = attempt_of(event)
        network = network_of(attempt.address) if attempt else None
        if attempt is None or network is None:
            _unread.inc()
            return
        _attempts.labels(attempt.door, "good" if attempt.good else "wrong").inc()
        now = self._clock.monotonic()
        if attempt.good:
            if attempt.door == "sip":
                self._watch.succeeded(network, now)
            return
        known = attempt.door != "sip" or network in self._holding or network in self._decided
        found = None if known else self._watch.failed(network, attempt.account, now)
        self._alert(attempt, enough=found is not None)
        _watched.set(len(self._watch))
        if found is None:
            return
        if touches(network, await self._protected.networks()) or len(self._decided) >= MOST_DECIDED:
            _spared.inc()
            return
        self._decided[network] = found
        self._last = now
        self._changed.set()

    # --- the switch's list ----------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await self.look()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Write down what was decided, read what holds, and have the switch know it."""
        self._changed.clear()
        # First the switch, then the record: no guess waits for a disk.
        await self._tell(self._holding.union(self._decided))
        try:
            await self._write_down()
            held = await self._blocking.holding()
        except OSError as error:
            self._fault = SwitchNotTold(f"the list of blocks: {error.strerror}", remedy=REMEDY)
            return
        found_held = (network_of(one.network.partition("/")[0]) for one in held[: self._guard.most])
        self._holding = frozenset(network for network in found_held if network is not None)
        await self._tell(self._holding.union(self._decided))
        await self._audit()

    async def _write_down(self) -> None:
        decided = dict(self._decided)
        if not decided:
            return
        for block in await self._blocking.for_guessing(list(decided.values()), GUARD):
            _blocks.inc()
            _log.warning(
                "an address is shut out of SIP", network=block.network, attempts=block.attempts,
                accounts=block.accounts, until=block.until.isoformat(),
            )  # fmt: skip
            self._unaudited.append(block.network)
        self._holding = self._holding.union(decided)
        for network in decided:
            del self._decided[network]

    async def _let_all_in(self) -> None:
        """Lift the blocks of before the guard was switched off: nothing else would."""
        while True:
            with suppress(SwitchNotTold):
                await self._switch.put(frozenset())
                return
            await self._clock.sleep(LET_IN_EVERY_S)

    async def _tell(self, networks: frozenset[Network]) -> None:
        _blocked.set(len(networks))
        try:
            await self._switch.put(networks)
        except SwitchNotTold as fault:
            if self._fault is None:
                _log.warning("the switch's list of blocked addresses is old", error=fault.detail)
            self._fault = fault
        else:
            self._fault = None

    async def _audit(self) -> None:
        while self._unaudited:
            try:
                await self._blocking.audit(GUARD, self._unaudited[0])
            except StorageAway:
                return
            self._unaudited.popleft()
