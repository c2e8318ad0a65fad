"""Calls for help: an agent raises one in a call, a supervisor accepts it. They end with the call."""

from __future__ import annotations

from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from hotline.events import HelpChanged, HelpView


class Helps:
    """`by_call` are those of live calls; who asked and who came is kept for good by `hotline.call_acted`."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self.by_call: dict[UUID, HelpView] = {}
        self._bus = bus
        self._clock = clock

    def ask(self, call_id: UUID, agent_id: str) -> None:
        if call_id not in self.by_call:
            self._set(call_id, HelpView(asked_by=agent_id, asked_at=self._clock.now()))

    def accept(self, call_id: UUID, supervisor_id: str) -> bool:
        """False when nobody asks for help there, or somebody else has accepted."""
        asked = self.by_call.get(call_id)
        if asked is None or asked.accepted_by not in {None, supervisor_id}:
            return False
        if asked.accepted_by is None:
            when = {"accepted_by": supervisor_id, "accepted_at": self._clock.now()}
            self._set(call_id, asked.model_copy(update=when))
        return True

    def ended(self, call_id: UUID) -> None:
        self.by_call.pop(call_id, None)

    def _set(self, call_id: UUID, help_: HelpView) -> None:
        self.by_call[call_id] = help_
        self._bus.publish(HelpChanged(at=self._clock.now(), call_id=call_id, help=help_))
