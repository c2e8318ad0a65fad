"""A phone that is lost in mid-call (its page reloaded or crashed, a telephone without power) costs no
citizen his agent: he waits with music (dialplan/control.conf, control-away) and is given back when the
phone is there again.

What tells of a loss: the switch has no registration of the phone any more, or another page has it now, or
nothing is heard of it. None of them alone is enough while its sound comes in: a WebSocket that breaks for a
second breaks no call. The switch itself notices nothing for minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from hotline.calls.model import Call, CallsState, Leg
from hotline.control.errors import SwitchRefused
from hotline.control.model import CallDesk, seat_of
from hotline.control.ports import ControlSwitch, DialplanPlace
from hotline.control.settings import ControlSettings
from hotline.control.watch import ControlWatch

_log = logger("hotline")
_lost = counter("hotline_phones_lost", "Agents' legs that were lost in a call", ["how"])
_returned = counter("hotline_calls_returned", "Citizens whose agent's lost phone was rung again")

LOOK_S: Final = 0.3
"""While a leg is doubted, or a citizen waits for a phone."""
PATROL_S: Final = 2.0
"""Between two looks at every leg of a browser."""
REGISTERS_WITHIN_S: Final = 8.0
"""A page that has taken the phone says within this time that it is registered, or is rung all the same."""

Serial = Callable[[Call, Callable[[], Awaitable[None]]], Awaitable[None]]


@dataclass(slots=True)
class _Heard:
    """How many packets had come of a leg when their number last rose, at `since` (monotonic)."""

    packets: int
    since: float


class LostPhones:
    """`run` looks; the others say why it should. `serial` runs something while no verb touches the call."""

    def __init__(
        self,
        settings: ControlSettings,
        switch: ControlSwitch,
        watch: ControlWatch,
        *,
        calls: CallsState,
        clock: Clock,
        serial: Serial,
        told: Callable[[UUID], None],
    ) -> None:
        self._settings = settings
        self._switch = switch
        self._watch = watch
        self._calls = calls
        self._clock = clock
        self._serial = serial
        self._told = told
        self._doubted: set[str] = set()
        self._heard: dict[str, _Heard] = {}
        self._registering: dict[str, float] = {}
        """Endpoints that a page has just taken: until when its registration is waited for (monotonic)."""
        self._wake = asyncio.Event()

    # --- what is heard of phones --------------------------------------------------------------------

    def found(self, legs: Iterable[Leg]) -> None:
        """Legs of a snapshot: their phones may have been lost while nobody looked."""
        for leg in legs:
            if leg.role == "agent":
                self._doubt(leg.endpoint)
            elif leg.place == "away":
                self._wake.set()

    def phone_seen(self, endpoint: str, reachable: bool) -> None:
        """The switch has begun or ceased to reach this phone."""
        if not reachable and self._calls.at_desk.get(endpoint):
            self._doubt(endpoint)
        elif reachable and self._waiting(endpoint):
            self._wake.set()

    async def taken(self, endpoint: str) -> None:
        """Another page has this phone now: what the former one had in hand is lost to it, whatever is
        heard.
        """
        self._registering[endpoint] = self._clock.monotonic() + REGISTERS_WITHIN_S
        try:
            for leg in list(self._calls.at_desk.get(endpoint, {}).values()):
                await self._lose(leg, "taken")
        except SonghuaError as error:
            _log.warning("a lost leg stays until it is found silent", endpoint=endpoint, why=error.title)
            self._doubt(endpoint)
        self._wake.set()

    def registered(self, endpoint: str) -> None:
        """The page that has taken the phone says that it can be rung."""
        self._registering.pop(endpoint, None)
        self._wake.set()

    # --- looking ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            busy = bool(self._doubted) or any(leg.place == "away" for leg in self._calls.legs.values())
            if busy:
                await asyncio.sleep(LOOK_S)
            else:
                await self._until_woken()
            try:
                await self.look()
            except SonghuaError as error:
                _log.info("lost phones are looked for again: the switch did not answer", why=error.title)
                await asyncio.sleep(PATROL_S)

    async def _until_woken(self) -> None:
        try:
            async with asyncio.timeout(PATROL_S):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def look(self) -> None:
        """Once over all phones that are doubted, all legs of browsers, and all citizens who wait."""
        for endpoint in list(self._doubted):
            await self._examine(endpoint)
        await self._patrol()
        for leg in [leg for leg in self._calls.legs.values() if leg.place == "away"]:
            await self._give_back(leg)
        for uniqueid in self._heard.keys() - self._calls.legs.keys():
            del self._heard[uniqueid]

    async def _examine(self, endpoint: str) -> None:
        """A doubted phone: lost when nothing is heard of it; well when it is registered and heard."""
        legs = [leg for leg in self._calls.at_desk.get(endpoint, {}).values() if leg.up and not leg.on_hold]
        silent = {leg.uniqueid: await self._silent_s(leg) for leg in legs}
        registered = await self._switch.registered(endpoint)
        if registered and all(seconds == 0 for seconds in silent.values()):
            self._doubted.discard(endpoint)
            return
        for leg in legs:
            if silent[leg.uniqueid] >= self._settings.lost_still_s:
                await self._lose(leg, "unregistered")

    async def _patrol(self) -> None:
        limit = self._settings.lost_silent_s
        if not limit:
            return
        for endpoint, legs in list(self._calls.at_desk.items()):
            if endpoint in self._doubted or not self._switch.answers_itself(endpoint):
                continue
            for leg in [leg for leg in legs.values() if leg.up and not leg.on_hold]:
                if await self._silent_s(leg) >= limit:
                    await self._lose(leg, "silent")

    async def _silent_s(self, leg: Leg) -> float:
        """For how long no packet has come, as far as was looked; 0 for a leg of which nobody can say."""
        try:
            packets = await self._switch.received(leg.channel)
        except SwitchRefused:
            return 0.0
        now = self._clock.monotonic()
        known = self._heard.get(leg.uniqueid)
        if known is None or packets != known.packets:
            self._heard[leg.uniqueid] = _Heard(packets, now)
            # The first look proves nothing: in doubt it counts as silence that begins now.
            return 0.0 if known is not None else min(self._settings.lost_still_s / 2, 0.1)
        return max(now - known.since, 0.001)

    # --- what follows -------------------------------------------------------------------------------

    async def _lose(self, leg: Leg, how: str) -> None:
        call = self._calls.call_of.get(leg.uniqueid)
        if call is None:
            return
        _lost.labels(how).inc()
        _log.warning(
            "an agent's phone is lost in a call", endpoint=leg.endpoint, call_id=str(call.id), how=how
        )
        await self._serial(call, partial(self._part, call, leg))
        self._told(call.id)

    async def _part(self, call: Call, leg: Leg) -> None:
        """The citizen goes to where he waits, before the leg that had him is let go."""
        if leg.uniqueid not in call.legs:
            return
        seat = seat_of(call, leg.endpoint) if leg.up else None
        citizen = self._alone_without(call, seat, leg)
        if citizen is not None:
            try:
                await self._switch.move(citizen.channel, DialplanPlace("control-away", leg.endpoint))
            except SwitchRefused:
                return  # he has hung up
            await self._watch.until(
                lambda: citizen.place == "away" or citizen.uniqueid not in call.legs, self._settings.effect_s
            )
        if leg.uniqueid in call.legs:
            await self._switch.hang_up(leg.channel)

    def _alone_without(self, call: Call, seat: CallDesk | None, leg: Leg) -> Leg | None:
        """The citizen who has nobody else in this call, if there is one."""
        if seat is None or seat.leg is not leg or seat.doing == "asked":
            return None
        citizen = seat.citizen
        if citizen is None or citizen.role == "agent":
            return None
        others = [one for one in call.with_(citizen) if one.role == "agent" and one is not leg]
        return None if others else citizen

    async def _give_back(self, citizen: Leg) -> None:
        """The phone is there again: it rings for the citizen who waits for it."""
        endpoint = citizen.other
        if self._registering.get(endpoint, 0.0) > self._clock.monotonic():
            return
        self._registering.pop(endpoint, None)
        if await self._switch.phone(endpoint) != "free":
            return
        call = self._calls.call_of.get(citizen.uniqueid)
        if call is None:
            return

        async def ring() -> None:
            if citizen.place != "away" or citizen.uniqueid not in call.legs:
                return
            try:
                await self._switch.move(citizen.channel, DialplanPlace("control-return", endpoint))
            except SwitchRefused:
                return  # he has hung up
            _returned.inc()
            await self._watch.until(lambda: citizen.place != "away", self._settings.effect_s)

        await self._serial(call, ring)

    def _doubt(self, endpoint: str) -> None:
        if endpoint not in self._doubted:
            # What was heard before says nothing of it now.
            for uniqueid in self._calls.at_desk.get(endpoint, {}):
                self._heard.pop(uniqueid, None)
            self._doubted.add(endpoint)
        self._wake.set()

    def _waiting(self, endpoint: str) -> bool:
        return any(leg.place == "away" and leg.other == endpoint for leg in self._calls.legs.values())
