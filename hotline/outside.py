"""What the dialplan tells of calls to the outside: refused by a limit, or to an emergency number."""

from __future__ import annotations

from core.bus import Bus
from core.clock import Clock
from core.metrics import counter
from hotline.calls.model import CallsState
from hotline.events import EmergencyCall, OutsideCallRefused
from hotline.signals import EmergencyDialled, OutsideSignal

_refused = counter("hotline_outside_refused", "Calls to the outside refused by a limit")
_emergency = counter("hotline_emergency_calls", "Calls to an emergency number, by what came of them", ["how"])


class OutgoingCallMonitor:
    """Counts and tells; the dialplan has decided already, with or without us."""

    def __init__(self, calls: CallsState, bus: Bus, clock: Clock) -> None:
        self._calls = calls
        self._bus = bus
        self._clock = clock

    def take(self, signal: OutsideSignal) -> None:
        call = self._calls.find(signal.linkedid)
        call_id = None if call is None else call.id
        at = self._clock.now()
        if isinstance(signal, EmergencyDialled):
            _emergency.labels("failed" if signal.failed else "dialled").inc()
            self._bus.publish(
                EmergencyCall(at=at, call_id=call_id, number=signal.number, failed=signal.failed)
            )
            return
        _refused.inc()
        self._bus.publish(
            OutsideCallRefused(
                at=at, call_id=call_id, reason=signal.reason, who=signal.who, destination=signal.destination
            )
        )
