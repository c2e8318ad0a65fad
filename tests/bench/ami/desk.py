"""What every client does for each event: the hotline's own reducers, to the state of calls and queues."""

from __future__ import annotations

import zlib
from collections import Counter

from core.switch import SwitchMessage
from hotline.calls import reduce
from hotline.calls.model import CallOver, CallsState
from hotline.queue import model as queues
from hotline.signals import (
    ChannelDown,
    EmergencyDialled,
    MemberGone,
    MemberSeen,
    OutsideRefused,
    PhoneReached,
    QueueAbandoned,
    QueueJoined,
    QueueLeft,
    TapDown,
    signal_of,
)

LAST = "BenchEnd"
"""The event that ends a stream."""


class Desk:
    """Counts events, applies what matters, and knows by `digest` whether the state came out the same."""

    def __init__(self) -> None:
        self._calls = CallsState(system_name="songhua", desks=frozenset({"agent-1", "agent-2", "agent-3"}))
        self._queues = queues.QueuesState()
        self.effects: Counter[str] = Counter()
        self._ended = 0

    def take(self, message: SwitchMessage) -> None:
        """One event whose name is in `EVENTS`."""
        signal = signal_of(message)
        if signal is None or isinstance(signal, TapDown | PhoneReached | OutsideRefused | EmergencyDialled):
            return
        if isinstance(signal, MemberSeen | MemberGone):
            queues.apply(self._queues, signal, 0.0)
            return
        if isinstance(signal, QueueJoined | QueueLeft | QueueAbandoned | ChannelDown):
            queues.apply(self._queues, signal, 0.0)
        for effect in reduce.apply(self._calls, signal, 0.0)[1]:
            self.effects[type(effect).__name__] += 1
            if isinstance(effect, CallOver):
                call = effect.call
                known = f"{self._ended} {call.linkedid} {call.caller} {call.caller_name} {effect.cause}"
                self._ended = zlib.crc32(known.encode())

    @property
    def digest(self) -> str:
        """Depends on how each call came out, in their order, with its caller's name."""
        return f"{self._ended:08x}"
