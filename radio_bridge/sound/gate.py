"""Whose sound passes between a talkgroup's conference and its network.

Into the network goes only the sound of the request that has the floor, and only while the role `centre` says
that everybody else in the conference is muted. Into the conference comes only who talks in the network, and
what is still on its way of his talk when it is said to be over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from core.clock import Clock
from radio_bridge.floor.model import LINE, FloorState, Hold
from radio_bridge.sound.measures import frames
from radio_bridge.sound.preroll import Preroll

SOUND_FOR_S: Final = 3.0
"""For how long the word of the role `centre` counts that everybody else is muted."""
SETTLES_S: Final = 0.06
"""What was said before a mute is still on its way through the switch for so long (13 to 15 ms measured, and
two frames): that of the former talker is not carried as the next one's.
"""

REACH_S: Final = 0.1
"""From a telephone's first sound to its request in floor control: the switch notices it, and says so."""

TAIL_S: Final = 0.1
"""A network's last frames may come so much later than the word that the talk is over, by another way."""


class Floors(Protocol):
    def floor(self, group: str) -> FloorState | None:
        """The floor's state as floor control keeps it; None for an unknown talkgroup."""
        ...


class NetworkOutput(Protocol):
    """A network's way out."""

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        """Send one frame of 20 ms, s16le at 8 kHz; whether the network took it. `token` names the talker's
        grant.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Carries:
    request_id: UUID
    since: float
    until: float


class SoundGate:
    """`networks` by the first part of their talkgroups' names."""

    def __init__(
        self,
        floors: Floors,
        networks: Mapping[str, NetworkOutput],
        clock: Clock,
        *,
        preroll_s: float = 0.2,
        hang_s: float = 0.6,
    ) -> None:
        """`preroll_s`: of a telephone that talks by voice, so much of before its first sound is carried;
        `hang_s`: how long its key is held after the last.
        """
        self._preroll_s = preroll_s
        self._hang_s = hang_s
        self._voices: dict[str, Preroll] = {}
        """Of each talkgroup whose telephone talks by voice, what was said last while nobody else talked."""
        self._others: dict[str, float] = {}
        """When somebody else was last heard there."""
        self._floors = floors
        self._networks = networks
        self._clock = clock
        self._carries: dict[str, _Carries] = {}
        self._heard: dict[str, tuple[str, float]] = {}
        """Who was heard last of each network's talkgroup while he talked, and when."""

    def opens(self, group: str, request_id: UUID | None, *, voice: bool = False) -> None:
        """The role `centre` says for which request the conference is muted now; None for nobody's. `voice`:
        its telephone talks by voice.
        """
        if not voice:
            self._voices.pop(group, None)
        elif group not in self._voices:
            self._voices[group] = Preroll(self._hang_s)
        now = self._clock.monotonic()
        known = self._carries.get(group)
        if request_id is None:
            self._carries.pop(group, None)
        else:
            same = known is not None and known.request_id == request_id
            since = known.since if same and known is not None else now
            self._carries[group] = _Carries(request_id, since, now + SOUND_FOR_S)

    def outwards(self, group: str, frame: bytes) -> bool:
        """20 ms of the conference; whether they went out."""
        hold = self._hold(group)
        network = self._networks.get(group.partition(":")[0])
        # A notice brings its own sound.
        carries = hold is not None and not hold.ask.is_notice and self._carried(group, hold)
        carried = carries and network is not None
        voice = self._voices.get(group)
        said = frame if voice is None else self._by_voice(group, voice, hold, frame, carried=carried)
        went = (
            carried
            and hold is not None
            and network is not None
            and said is not None
            and network.speak(group, hold.token, said)
        )
        frames.labels("out", "carried" if went else "silent").inc()
        return went

    def _by_voice(
        self, group: str, voice: Preroll, hold: Hold | None, frame: bytes, *, carried: bool
    ) -> bytes | None:
        """What is carried of a talkgroup whose telephone talks by voice: of the telephone what it said from
        before its request on; of everybody else this frame.
        """
        now = self._clock.monotonic()
        floor = self._floors.floor(group)
        is_line = hold is not None and hold.ask.party.startswith(LINE)
        if (hold is not None and not is_line) or (floor is not None and floor.outsider is not None):
            voice.clear()
            self._others[group] = now
            return frame
        # What somebody else has said is still on its way for a moment.
        if now >= self._others.get(group, float("-inf")) + SETTLES_S:
            voice.keep(frame, now)
        if hold is None or not carried:
            return None
        return voice.next(hold.ask.at - self._preroll_s - REACH_S)

    def inwards(self, group: str, party: str) -> bool:
        """Whether who talks in the network is heard in the conference now."""
        floor = self._floors.floor(group)
        talks = floor is not None and floor.outsider is not None and floor.outsider.party == party
        if talks:
            self._heard[group] = (party, self._clock.monotonic())
        may = talks or (floor is not None and self._is_tail(floor, party))
        frames.labels("in", "carried" if may else "silent").inc()
        return may

    def _is_tail(self, floor: FloorState, party: str) -> bool:
        """Whether nobody talks since this party did, a moment ago."""
        if floor.outsider is not None or floor.hold is not None:
            return False
        last, at = self._heard.get(floor.group, ("", 0.0))
        return last == party and self._clock.monotonic() < at + TAIL_S

    def _hold(self, group: str) -> Hold | None:
        floor = self._floors.floor(group)
        return None if floor is None else floor.hold

    def _carried(self, group: str, hold: Hold) -> bool:
        carries = self._carries.get(group)
        if carries is None or carries.request_id != hold.ask.request_id:
            return False
        now = self._clock.monotonic()
        return carries.since + SETTLES_S <= now < carries.until
