"""Who talks in which talkgroup and who is there, out of a recorder's messages: a pure state machine.

The recorder says each second which calls there are: one that is missing there is over, also when its end
was lost. Of two calls of one talkgroup at the same time (two sites) the first is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from radio_bridge.drivers.trunk_recorder import messages as m

LOST_S: Final = 6.0
"""A call that nobody mentions for so long is over."""
YOUNG_S: Final = 2.0
"""A list that was written before a call began does not end it."""
MOST_RADIOS: Final = 20_000


@dataclass(frozen=True, slots=True)
class RecordedTransmissionBegan:
    """`unit` is None for a radio that the recorder does not know."""

    tg: int
    unit: int | None


@dataclass(frozen=True, slots=True)
class RecordedTransmissionEnded:
    tg: int


@dataclass(frozen=True, slots=True)
class RecordedEmergencyCall:
    """Told once for each call."""

    unit: int
    call_id: str
    tg: int


@dataclass(frozen=True, slots=True)
class CameUp:
    """A radio that was not there."""

    unit: int


Told = RecordedTransmissionBegan | RecordedTransmissionEnded | RecordedEmergencyCall | CameUp


@dataclass(slots=True)
class _RecordedTransmission:
    call: m.RecordedCall
    since: float
    heard: float
    alarmed: bool = False


class RecorderCalls:
    """Of one system of the recorder."""

    def __init__(
        self, system: str, groups: Iterable[int], now: Callable[[], float], *, present_s: float
    ) -> None:
        self._system = system
        self._groups = frozenset(groups)
        self._now = now
        self._present_s = present_s
        self._talks: dict[int, _RecordedTransmission] = {}
        self._radios: dict[int, float] = {}

    def there(self) -> frozenset[int]:
        now = self._now()
        return frozenset(unit for unit, heard in self._radios.items() if now < heard + self._present_s)

    def talker(self, tg: int) -> m.RecordedCall | None:
        talk = self._talks.get(tg)
        return None if talk is None else talk.call

    def heard(self, message: m.Message) -> list[Told]:
        match message:
            case m.CallStarted(call):
                return self._goes_on(call)
            case m.RecordedCallEnded(call):
                return self._over(call)
            case m.CallsActive(calls):
                return self._active(calls)
            case m.UnitHeard(system, unit) if system == self._system:
                return self._present(unit)
            case m.UnitGone(system, unit) if system == self._system:
                self._radios.pop(unit, None)
        return []

    def lost(self) -> list[Told]:
        """The recorder is gone, and all that it said."""
        self._radios.clear()
        return [one for tg in list(self._talks) for one in self._end(tg)]

    def tick(self) -> list[Told]:
        now = self._now()
        for unit in [unit for unit, heard in self._radios.items() if now >= heard + self._present_s]:
            del self._radios[unit]
        late = [tg for tg, talk in self._talks.items() if now >= talk.heard + LOST_S]
        return [one for tg in late for one in self._end(tg)]

    def _active(self, calls: Iterable[m.RecordedCall]) -> list[Told]:
        ours = [call for call in calls if call.system == self._system and call.tg in self._groups]
        listed = {call.call_id for call in ours}
        young = self._now() - YOUNG_S
        gone = [
            tg for tg, talk in self._talks.items() if talk.call.call_id not in listed and talk.since <= young
        ]
        told = [one for tg in gone for one in self._end(tg)]
        return told + [one for call in ours for one in self._goes_on(call)]

    def _goes_on(self, call: m.RecordedCall) -> list[Told]:
        if call.system != self._system:
            return []
        told = [] if call.unit is None else self._present(call.unit)
        if call.tg not in self._groups:
            return told
        talk = self._talks.get(call.tg)
        if talk is not None and talk.call.call_id != call.call_id:
            return told
        now = self._now()
        if talk is None:
            talk = self._talks[call.tg] = _RecordedTransmission(call, now, now)
            told.append(RecordedTransmissionBegan(call.tg, call.unit))
        elif call.unit not in {None, talk.call.unit}:
            told += [RecordedTransmissionEnded(call.tg), RecordedTransmissionBegan(call.tg, call.unit)]
            talk.call = call
        talk.heard = now
        if call.emergency and not talk.alarmed and call.unit is not None:
            talk.alarmed = True
            told.append(RecordedEmergencyCall(call.unit, call.call_id, call.tg))
        return told

    def _over(self, call: m.RecordedCall) -> list[Told]:
        talk = self._talks.get(call.tg)
        if talk is None or call.system != self._system or talk.call.call_id != call.call_id:
            return []
        return self._end(call.tg)

    def _end(self, tg: int) -> list[Told]:
        del self._talks[tg]
        return [RecordedTransmissionEnded(tg)]

    def _present(self, unit: int) -> list[Told]:
        known = unit in self.there()
        if unit in self._radios or len(self._radios) < MOST_RADIOS:
            self._radios[unit] = self._now()
        return [] if known else [CameUp(unit)]
