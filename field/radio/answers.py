"""What people at the centre wrote to units or did about their alarms: sent at once, not at the next look."""

from __future__ import annotations

from core.bus import Bus
from field.dispatches.radio.downlink import Downlink
from field.emergency.radio.watch import EmergencyWatch
from field.events import EmergencyChanged, TextChanged


class AnswerConsumer:
    """Takes durable events. A late one loses nothing: the table is looked at, and the unit asks again."""

    def __init__(self, downlink: Downlink, emergencies: EmergencyWatch) -> None:
        self._downlink = downlink
        self._emergencies = emergencies

    def attach(self, bus: Bus) -> None:
        bus.subscribe(TextChanged, self.on_text, name="field.text")
        bus.subscribe(EmergencyChanged, self.on_emergency, name="field.emergency")

    async def on_text(self, event: TextChanged) -> None:
        """A text waits for a unit: send it now."""
        if event.state == "queued":
            self._downlink.wake()

    async def on_emergency(self, event: EmergencyChanged) -> None:
        """The centre has acknowledged or cleared an alarm: tell the crew."""
        if event.what in {"acknowledged", "cleared"}:
            await self._emergencies.answered(event.alarm_id)
