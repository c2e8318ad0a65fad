"""Who talks on which talkgroup, out of voice bursts: a pure state machine.

A talk is one stream of one radio; it ends with its terminator, or when nothing came for two seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import burst, link_control
from radio_bridge.codecs.dmr.link_control import AliasBlock, GpsInfo, VoiceUser
from radio_bridge.codecs.dmr.reed_solomon import HEADER_MASK
from radio_bridge.codecs.dmrd import DataType, Frame

LOST_S: Final = 2.0
_PIECES: Final = 4
_FIRST, _LAST = 1, 2


@dataclass(frozen=True, slots=True)
class DmrTransmissionBegan:
    tg: int
    radio: int


@dataclass(frozen=True, slots=True)
class DmrTransmissionEnded:
    tg: int
    radio: int


@dataclass(frozen=True, slots=True)
class TalkerNamed:
    """The talker's alias, as his radio says it."""

    radio: int
    alias: str


@dataclass(frozen=True, slots=True)
class Where:
    """The talker's position, as his radio says it while he talks."""

    radio: int
    gps: GpsInfo


@dataclass(frozen=True, slots=True)
class DmrEmergencyCall:
    """The call's options say emergency. `stream` is the call."""

    radio: int
    tg: int
    stream: int


Told = DmrTransmissionBegan | DmrTransmissionEnded | TalkerNamed | Where | DmrEmergencyCall


@dataclass(slots=True)
class _DmrTransmission:
    """`station` brought it: the same call by another repeater adds nothing."""

    tg: int
    radio: int
    stream: int
    station: int
    heard: float
    pieces: list[int] = field(default_factory=list)
    blocks: list[AliasBlock] = field(default_factory=list)
    emergency: bool = False
    alias: str = ""


class DmrTalkers:
    """`slots` by talkgroup: on which of its slots each one is; other talks are not ours."""

    def __init__(self, slots: Mapping[int, int], now: Callable[[], float]) -> None:
        self._slots = slots
        self._now = now
        self._talks: dict[int, _DmrTransmission] = {}
        self._ended: dict[int, int] = {}
        """By talkgroup, the stream whose terminator came last: bursts of it that come late begin no talk."""
        self.collisions = 0
        """Bursts of a talk while another one lasts."""

    def talker(self, tg: int) -> int | None:
        talk = self._talks.get(tg)
        return None if talk is None else talk.radio

    def carries(self, station: int, frame: Frame) -> bool:
        """Whether the burst is of the talk that lasts now."""
        talk = self._talks.get(frame.target)
        if frame.private or talk is None or self._slots.get(frame.target) != frame.slot:
            return False
        return (talk.stream, talk.station) == (frame.stream, station)

    def take(self, station: int, frame: Frame) -> list[Told]:
        """A burst that is voice, its header or its terminator; others tell nothing."""
        if frame.private or self._slots.get(frame.target) != frame.slot:
            return []
        if frame.data_type is DataType.VOICE_TERMINATOR:
            return self._terminated(station, frame)
        if frame.data_type is not DataType.VOICE_HEADER and frame.voice is None:
            return []
        talk = self._talks.get(frame.target)
        told: list[Told] = []
        if talk is None:
            if self._ended.get(frame.target) == frame.stream:
                return []
            talk = self._talks[frame.target] = _DmrTransmission(
                frame.target, frame.source, frame.stream, station, self._now()
            )
            told.append(DmrTransmissionBegan(talk.tg, talk.radio))
        elif (talk.stream, talk.station) != (frame.stream, station):
            self.collisions += talk.stream != frame.stream
            return []
        talk.heard = self._now()
        return told + self._signalled(talk, frame)

    def lost(self, station: int) -> list[Told]:
        """The station is gone, and the talks that it brought."""
        return [
            one for tg, talk in list(self._talks.items()) if talk.station == station for one in self._end(tg)
        ]

    def wakeup(self) -> float | None:
        """When the first talk counts as lost, monotonic seconds; None without a talk."""
        return min((talk.heard + LOST_S for talk in self._talks.values()), default=None)

    def tick(self) -> list[Told]:
        """Talks of which nothing comes any more end."""
        now = self._now()
        late = [tg for tg, talk in self._talks.items() if now >= talk.heard + LOST_S]
        return [one for tg in late for one in self._end(tg)]

    def _terminated(self, station: int, frame: Frame) -> list[Told]:
        talk = self._talks.get(frame.target)
        if talk is None or (talk.stream, talk.station) != (frame.stream, station):
            return []
        self._ended[frame.target] = frame.stream
        return self._end(frame.target)

    def _end(self, tg: int) -> list[Told]:
        talk = self._talks.pop(tg)
        return [DmrTransmissionEnded(tg, talk.radio)]

    def _signalled(self, talk: _DmrTransmission, frame: Frame) -> list[Told]:
        """What stands in the header, and between the halves of four bursts of voice."""
        try:
            if frame.data_type is DataType.VOICE_HEADER:
                return self._control(talk, link_control.of_full(burst.info_bits(frame.burst), HEADER_MASK))
            bits = _collected(talk, frame)
            return [] if bits is None else self._control(talk, link_control.of_embedded(bits))
        except Undecodable:
            return []

    def _control(self, talk: _DmrTransmission, control: link_control.LinkControl) -> list[Told]:
        match control:
            case VoiceUser() if control.emergency and not talk.emergency:
                talk.emergency = True
                return [DmrEmergencyCall(talk.radio, talk.tg, talk.stream)]
            case GpsInfo() if control.fixed:
                return [Where(talk.radio, control)]
            case AliasBlock():
                talk.blocks = [one for one in talk.blocks if one.number != control.number] + [control]
                alias = link_control.alias(talk.blocks)
                if alias and alias != talk.alias:
                    talk.alias = alias
                    return [TalkerNamed(talk.radio, alias)]
        return []


def _collected(talk: _DmrTransmission, frame: Frame) -> int | None:
    """The 128 bits when this was the last quarter."""
    if frame.voice is None or frame.voice == 0:
        return None
    found = burst.embedded(frame.burst)
    if found is None or found.part == 0:
        talk.pieces.clear()
        return None
    if found.part == _FIRST:
        talk.pieces = [found.bits]
        return None
    talk.pieces.append(found.bits)
    if found.part != _LAST or len(talk.pieces) != _PIECES:
        if found.part == _LAST or len(talk.pieces) > _PIECES:
            talk.pieces.clear()
        return None
    bits = 0
    for piece in talk.pieces:
        bits = (bits << 32) | piece
    talk.pieces.clear()
    return bits
