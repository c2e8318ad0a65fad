"""A supervisor's telephone on an agent's call: hears, whispers to the agent, or joins.

Joining is a conference and no ChanSpy: what the supervisor says is then in the recording of the citizen's
leg, which ChanSpy's own barge is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core.log import logger
from core.tasks import Tasks
from hotline.calls.model import Call, CallsState, Leg
from hotline.control.acts import Acts, Seen
from hotline.control.answer import ControlParameters
from hotline.control.model import MODES, SPIES, CallDesk, Verb, allowed, main_seat
from hotline.control.ports import ControlSwitch, DialplanPlace, PlacedCall
from hotline.control.targets import Targets
from hotline.control.watch import ControlWatch

_log = logger("hotline")

Serial = Callable[[Call, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Runs something while no other verb touches the call."""


class Supervising:
    def __init__(
        self,
        switch: ControlSwitch,
        acts: Acts,
        targets: Targets,
        watch: ControlWatch,
        tasks: Tasks,
        *,
        calls: CallsState,
        technology: str,
        ring_s: float,
        effect_s: float,
        serial: Serial,
    ) -> None:
        self._switch = switch
        self._acts = acts
        self._targets = targets
        self._watch = watch
        self._tasks = tasks
        self._calls = calls
        self._technology = technology
        self._ring_s = ring_s
        self._effect_s = effect_s
        self._serial = serial

    def spy(self, endpoint: str, heard: Leg) -> Leg | None:
        """The supervisor's leg that hears this one."""
        for leg in self._calls.at_desk.get(endpoint, {}).values():
            if leg.place in SPIES and leg.other == heard.uniqueid and leg.up:
                return leg
        return None

    async def listen(self, verb: Verb, call: Call, seat: CallDesk, endpoint: str, channel_id: str) -> Seen:
        """MONITOR, WHISPER or BARGE: the telephone rings the first time, later only the mode changes."""
        mode = MODES[verb]
        here = self.spy(endpoint, seat.leg) or self._joined(call, endpoint)
        if here is None:
            await self._ring(mode, seat, endpoint, channel_id)
            if verb is Verb.BARGE:
                self._tasks.spawn("barge", lambda: self._barge_when_there(call, endpoint, seat.leg))
            return lambda: True
        if verb is Verb.BARGE:
            return await self._join(call, seat, here)
        if here.place == mode:
            return lambda: True
        await self._switch.move(here.channel, DialplanPlace("control-spy", f"{mode}*{seat.leg.uniqueid}"))
        return lambda: here.place == mode

    def _joined(self, call: Call, endpoint: str) -> Leg | None:
        legs = [
            leg for leg in call.of_role("agent") if leg.endpoint == endpoint and leg.place == "conference"
        ]
        return legs[0] if legs else None

    async def _ring(self, mode: str, seat: CallDesk, endpoint: str, channel_id: str) -> None:
        await self._targets.free(endpoint)
        place = DialplanPlace("control-spy", f"{mode}*{seat.leg.uniqueid}")
        phone = f"{self._technology}/{endpoint}"
        await self._switch.ring(PlacedCall(phone, place, channel_id, ring_s=self._ring_s))

    async def _join(self, call: Call, seat: CallDesk, here: Leg) -> Seen:
        if here.place == "conference" or seat.far is None:
            return lambda: True
        # Held first: a citizen whose agent merely leaves him would be taken to have ended his talk.
        held = await self._acts.hold(call, seat, ControlParameters())
        await self._watch.until(held, self._effect_s)
        return await self._acts.gather(call, seat.far, seat.leg, here)

    async def _barge_when_there(self, call: Call, endpoint: str, heard: Leg) -> None:
        """Were this process to end before, the supervisor would only hear: nobody is disturbed."""
        if not await self._watch.until(lambda: self.spy(endpoint, heard) is not None, self._ring_s):
            return

        async def join() -> None:
            seat, here = main_seat(call), self.spy(endpoint, heard)
            if here is None or not allowed(Verb.BARGE, seat) or seat is None:
                _log.info("barge came too late: the call has moved on", call_id=str(call.id))
                return
            await self._join(call, seat, here)

        await self._serial(call, join)
