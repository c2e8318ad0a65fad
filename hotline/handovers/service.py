"""Hands a call over to a configured service in one press, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from core.actor import Actor
from core.clock import Clock
from core.metrics import counter, gauge
from core.storage import Storage, WriteBehindQueue
from hotline import rights
from hotline.calls.model import CallsState
from hotline.control.answer import Acted, ControlParameters, Target
from hotline.control.model import Verb
from hotline.control.service import CallControl
from hotline.handovers.errors import NoSuchHandover, NoWayOut
from hotline.handovers.events import HandoverSettled, HandoverView
from hotline.handovers.model import Handover, state_of
from hotline.handovers.settings import HandoverPreset

_handovers = counter("hotline_handovers", "Calls handed over, by what came of it", ["service", "state"])
_dropped = counter("hotline_handovers_dropped", "Hand-overs not written down because too many waited")
_waiting = gauge("hotline_handovers_waiting", "Hand-overs that wait for the database")

MOST_WAITING: Final = 5_000
_VERBS: Final = {"blind": Verb.TRANSFER, "consult": Verb.CONSULT}


class HandoverPresetView(HandoverPreset):
    """`available`: a trunk leads there."""

    available: bool


class HandoverPresets(BaseModel):
    handovers: list[HandoverPresetView]


class Handovers:
    """`way_out` says whether the switch has a trunk for a number; `told` hears of each call that changes."""

    def __init__(
        self,
        presets: Sequence[HandoverPreset],
        control: CallControl,
        *,
        calls: CallsState,
        way_out: Callable[[str], bool],
        storage: Storage,
        clock: Clock,
        told: Callable[[UUID], None],
    ) -> None:
        self._presets = {preset.service: preset for preset in presets}
        self._control = control
        self._calls = calls
        self._way_out = way_out
        self._storage = storage
        self._clock = clock
        self._told = told
        self._under_way: dict[UUID, Handover] = {}
        self.by_call: dict[UUID, HandoverView] = {}
        """The last one of each live call."""
        self.written: WriteBehindQueue[HandoverSettled] = WriteBehindQueue(
            self._write, what="a hand-over", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting
        )

    def presets(self, actor: Actor) -> list[HandoverPresetView]:
        """Raises `Forbidden`."""
        rights.SEE_HANDOVERS.check(actor)
        return [
            HandoverPresetView(**preset.model_dump(), available=self._way_out(preset.number))
            for preset in self._presets.values()
        ]

    async def hand_over(self, actor: Actor, call_id: UUID, op_id: UUID, service: str) -> Acted:
        """As the preset says: the citizen is sent there, or held while the agent speaks with them.

        Raises `NoSuchHandover`, `NoWayOut`, and what `CallControl.act` raises.
        """
        preset = self._presets.get(service)
        if preset is None:
            raise NoSuchHandover(remedy="see GET /api/handovers")
        if not self._way_out(preset.number):
            raise NoWayOut(
                f"to {preset.number}",
                remedy=f"have the citizen dial {preset.number}; [asterisk] needs a trunk with `contact`",
            )
        began = self._clock.now()
        wish = ControlParameters(target=Target(number=preset.number))
        acted = await self._control.act(actor, call_id, _VERBS[preset.mode], op_id, wish)
        known = self.by_call.get(call_id)
        if acted.outcome != "not_placed" and (known is None or acted.at >= began):
            view = HandoverView(
                service=preset.service, number=preset.number, mode=preset.mode, by=actor.id, asked_at=began,
                state="calling",
            )  # fmt: skip
            self.by_call[call_id] = view
            self._under_way[call_id] = Handover(op_id, call_id, view, began.timestamp())
            self._told(call_id)
            self.look()
        return acted

    def look(self) -> None:
        """Some call has changed, or time has passed."""
        for handover in list(self._under_way.values()):
            self._settle(handover)

    def failed(self, call_id: UUID) -> None:
        """The switch says that no trunk took it."""
        handover = self._under_way.get(call_id)
        if handover is not None:
            self._is(handover, handover.view.model_copy(update={"state": "failed"}))

    def ended(self, call_id: UUID) -> None:
        self.look()
        self.by_call.pop(call_id, None)

    def _settle(self, handover: Handover) -> None:
        at = self._clock.now().timestamp()
        state = state_of(handover, self._calls.by_id.get(handover.call_id), at)
        if state != "calling":
            self._is(handover, handover.view.model_copy(update={"state": state}))

    def _is(self, handover: Handover, view: HandoverView) -> None:
        at = self._clock.now()
        settled = view.model_copy(update={"settled_at": at})
        del self._under_way[handover.call_id]
        self.by_call[handover.call_id] = settled
        _handovers.labels(settled.service, settled.state).inc()
        self.written.add(
            HandoverSettled(at=at, op_id=handover.op_id, call_id=handover.call_id, handover=settled)
        )
        self._told(handover.call_id)

    async def _write(self, batch: Sequence[HandoverSettled]) -> None:
        async with self._storage.write() as transaction:
            for event in batch:
                await transaction.emit(event, stream=f"call:{event.call_id}")
