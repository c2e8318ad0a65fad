"""One talkgroup of such a network: what its session tells, in floor control's words and as frames."""

from __future__ import annotations

import re
from typing import Final, Protocol
from uuid import UUID

from core.clock import Clock
from core.log import logger
from radio_bridge.drivers import measures
from radio_bridge.drivers.sound import checked
from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    LinkDown,
    LinkTrouble,
    LinkUp,
    Refusal,
    SoundFrame,
    TalkerBegan,
    TalkerEnded,
    Told,
    Unreadable,
)
from radio_bridge.drivers.voice import STILL_TALKS_S, FloorOwner, LinkState, SoundSink
from radio_bridge.floor.model import Cause, QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkGranted, NetworkIdle, NetworkTaken

_log = logger("radio_bridge")

NOT_YET: Final = "not connected yet"
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.-]")
_CAUSES: Final = {
    Refusal.BUSY: Cause.NETWORK_BUSY,
    Refusal.DENIED: Cause.NETWORK_DENIED,
    Refusal.DOWN: Cause.NETWORK_AWAY,
    Refusal.STOPPED: Cause.NETWORK_TOOK_IT,
}


class SpeakingPort(Protocol):
    """What carries the talkgroup's session. None of it waits."""

    def key(self) -> None:
        """Answered by `KeyGranted` or `KeyRefused`, perhaps before it returns."""
        ...

    def unkey(self) -> None:
        """End the transmission."""
        ...

    def sound(self, frame: bytes) -> bool:
        """Whether it went out."""
        ...


class UnarbitratedLine:
    """`group` is the talkgroup's name in the register; attach it before its session begins."""

    def __init__(self, group: str, clock: Clock) -> None:
        self.group = group
        self._network = group.partition(":")[0]
        self._clock = clock
        self._ears: SoundSink | None = None
        self._asked: QueuedFloorRequest | None = None
        self._granted = False
        self._talker = ""
        self._told_at = 0.0
        self._up = False
        self._why = NOT_YET
        measures.up.labels(group).set(0)

    def attach(self, mouth: SpeakingPort, floor: FloorOwner, ears: SoundSink | None) -> None:
        self._mouth = mouth
        self._floor = floor
        self._ears = ears

    def ask(self, ask: QueuedFloorRequest) -> None:
        """Answered by `NetworkGranted` or `NetworkDenied`."""
        if self._asked is not None:
            # Floor control asks for one at a time; what came before is over.
            self._mouth.unkey()
        self._asked, self._granted = ask, False
        self._mouth.key()

    def cease(self, party: str, request_id: UUID) -> None:
        if self._asked is not None and self._asked.key == (party, request_id):
            self._asked, self._granted = None, False
            self._mouth.unkey()

    def speak(self, frame: bytes) -> bool:
        """Whether it went out. Raises `ValueError` for a frame of another length."""
        return self._granted and self._mouth.sound(checked(frame))

    def state(self) -> LinkState:
        return LinkState(self.group, self._up, self._why)

    def take(self, told: Told) -> None:
        """What the session tells."""
        match told:
            case SoundFrame(frame):
                self._hear(frame)
            case TalkerBegan(name):
                self._talker = party(self._network, name)
                self._tell_talker()
            case TalkerEnded():
                self._hear_no_more()
            case KeyGranted():
                self._grant()
            case KeyRefused(refusal):
                self._refuse(refusal)
            case LinkUp():
                self._is_up()
            case LinkDown(reason, why):
                self._is_down(reason, why)
            case LinkTrouble(why):
                self._why = why
            case Unreadable():
                measures.malformed.labels(self._network).inc()

    def _is_up(self) -> None:
        measures.up.labels(self.group).set(1)
        _log.info("talkgroup of a network is up", talkgroup=self.group)
        self._up, self._why = True, ""

    def _is_down(self, reason: str, why: str) -> None:
        measures.up.labels(self.group).set(0)
        measures.downs.labels(self._network, reason).inc()
        _log.warning("talkgroup of a network is down", talkgroup=self.group, why=reason)
        self._up, self._why = False, why
        self._asked, self._granted = None, False
        self._floor.take(self.group, NetworkAway())

    def _grant(self) -> None:
        ask = self._asked
        if ask is None:
            self._mouth.unkey()
            return
        self._granted = True
        self._floor.take(self.group, NetworkGranted(*ask.key))

    def _refuse(self, refusal: Refusal) -> None:
        measures.refusals.labels(self._network, refusal.value).inc()
        ask, self._asked, self._granted = self._asked, None, False
        if ask is not None:
            self._floor.take(self.group, NetworkDenied(*ask.key, _CAUSES[refusal]))

    def _hear(self, frame: bytes) -> None:
        measures.frames.labels(self._network, "heard").inc()
        if self._clock.monotonic() >= self._told_at + STILL_TALKS_S:
            self._tell_talker()
        if self._ears is not None:
            self._ears.heard(self.group, self._talker, frame)

    def _hear_no_more(self) -> None:
        if self._ears is not None:
            self._ears.ended(self.group)
        self._floor.take(self.group, NetworkIdle())

    def _tell_talker(self) -> None:
        self._told_at = self._clock.monotonic()
        self._floor.take(self.group, NetworkTaken(self._talker))


def party(network: str, name: str) -> str:
    """A name on the air: what a topic and a unit's address may hold."""
    kept = _NO_ID.sub("_", name)[:40].lstrip("_.-")
    return f"{network}:{kept or 'unknown'}"
