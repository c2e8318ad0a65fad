"""What callbacks need of the rest of the room; `hotline.compose` fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.bus import Bus
from core.clock import Clock
from core.storage import Storage
from hotline.outbound.callbacks.signals import Floor
from hotline.outbound.callbacks.unseen import UnseenCalls
from hotline.outbound.ports import Dialler
from hotline.ports import CallerHistory


@dataclass(frozen=True, slots=True)
class AgentAtPhone:
    """An agent at his telephone."""

    agent_id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class CallbackPorts:
    """`floor` is the centre now. `seat` finds the telephone of an agent who is idle and ready, else None.
    `reserve` keeps the queue from ringing an agent while a callback is offered to him (True), and lets it
    again. `changed` is called whenever figures of callbacks may have changed.
    """

    storage: Storage
    bus: Bus
    clock: Clock
    dialler: Dialler
    history: CallerHistory
    floor: Callable[[], Floor]
    seat: Callable[[str], AgentAtPhone | None]
    reserve: Callable[[str, bool], None]
    unseen: UnseenCalls
    changed: Callable[[], None]
