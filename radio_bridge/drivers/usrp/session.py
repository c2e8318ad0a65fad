"""One gateway over UDP, as a pure state machine: datagrams, time, requests in, effects out.

The protocol has no sign-in and no answer. Nobody listening shows by what UDP refuses; a side that promises to
say something now and then (`silent_s`) is missed when it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from core.clock import Clock
from radio_bridge.codecs import ulaw
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.usrp import FRAME_BYTES, Info, UsrpKind, UsrpPacket, decode, encode, info_payload
from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    LinkDown,
    LinkTrouble,
    LinkUp,
    Refusal,
    Unreadable,
)
from radio_bridge.drivers.unarbitrated.turns import ChannelTurns
from radio_bridge.drivers.usrp.effects import Effect, UsrpSend
from radio_bridge.drivers.usrp.health import ADPCM, WHY, UsrpDownReason
from radio_bridge.drivers.usrp.timing import UsrpTiming

LATE_MOST: Final = 50
"""Numbers behind the newest one that count as late, or twice there: a second of sound."""
OVER_TIMES: Final = 3
SILENCE: Final = bytes(FRAME_BYTES)
_NUMBERS: Final = 2**32
_ULAW_BYTES: Final = FRAME_BYTES // 2


@dataclass(frozen=True, slots=True)
class UsrpAccount:
    """`name` talks where nobody is named; `info` is said before our talks."""

    name: str
    info: Info | None = None
    silent_s: float = 0.0


class UsrpLinkStage(Enum):
    CLOSED = auto()
    PROBING = auto()
    UP = auto()


@dataclass(slots=True)
class UsrpCounts:
    """Since the session was made."""

    unreadable: int = 0
    late: int = 0
    """Datagrams that came out of their order, or twice."""
    dropped: int = 0
    """Frames of ours that came faster than they can be said."""


class UsrpSession:
    """The caller carries out the effects in their order and calls `tick` at `wakeup()`."""

    def __init__(self, account: UsrpAccount, *, clock: Clock, timing: UsrpTiming | None = None) -> None:
        self._account = account
        self._clock = clock
        self._timing = timing or UsrpTiming()
        self.counts = UsrpCounts()
        self.stage = UsrpLinkStage.CLOSED
        self._told: UsrpDownReason | None = None
        self._turns = ChannelTurns(clock.monotonic)
        self._tx_seq = 0
        self._rx_seq: int | None = None
        self._heard = self._probed = self._said = 0.0
        self._opened = self._refused = 0.0
        self._began = 0.0
        self._frames = 0
        self._filling = False
        self._over_left = 0
        self._info: tuple[str, float] | None = None
        self._unread = False

    # --- what the transport reports -------------------------------------------------------------------

    def opened(self) -> list[Effect]:
        """The socket is there."""
        if self.stage is not UsrpLinkStage.CLOSED:
            return []
        self.stage = UsrpLinkStage.PROBING
        self._opened = self._heard = self._now
        self._rx_seq = None
        self._refused = float("-inf")
        return [self._probe()]

    def closed(self, reason: UsrpDownReason) -> list[Effect]:
        """It could not be opened, or is lost, or we end. A talk of ours is said to be over first."""
        effects: list[Effect] = [] if self.stage is UsrpLinkStage.CLOSED else self.unkey()
        self._over_left = 0
        effects += self._down(reason)
        self.stage = UsrpLinkStage.CLOSED
        return effects

    def refused(self) -> list[Effect]:
        """UDP said that nobody listens at the other side."""
        if self.stage is UsrpLinkStage.CLOSED:
            return []
        self._refused = self._now
        return self._down(UsrpDownReason.UNREACHABLE)

    def datagram(self, data: bytes) -> list[Effect]:
        """Of the other side. One that is nonsense is counted."""
        if self.stage is UsrpLinkStage.CLOSED:
            return []
        try:
            packet = decode(data)
        except Undecodable:
            self.counts.unreadable += 1
            return [Unreadable()]
        effects = self._up()
        if self._is_late(packet.seq):
            self.counts.late += 1
            return effects
        self._heard = self._now
        return effects + self._take(packet)

    # --- our own talk ---------------------------------------------------------------------------------

    @property
    def keyed(self) -> bool:
        """Whether we transmit."""
        return self._turns.ours

    def key(self) -> list[Effect]:
        """We want to talk: answered by `KeyGranted` or `KeyRefused`."""
        if self.stage is not UsrpLinkStage.UP:
            return [KeyRefused(Refusal.DOWN)]
        steps = self._turns.key()
        if KeyGranted() not in steps:
            return list(steps)
        self._began, self._frames, self._over_left, self._filling = self._now, 0, 0, False
        named = [] if self._account.info is None else [self._name(self._account.info)]
        # A transmitter takes a moment to come up: its key goes first.
        return [*named, self._voice(SILENCE), *steps]

    def unkey(self) -> list[Effect]:
        """We have finished, or want it no more."""
        if not self._turns.unkey():
            return []
        self._over_left = OVER_TIMES
        return [self._over()]

    def sound(self, frame: bytes) -> list[Effect]:
        """A frame of our talk; without one, or far ahead of its time, it is dropped."""
        if not self._turns.ours:
            return []
        if self._frames * self._timing.frame > self._now - self._began + self._timing.ahead:
            self.counts.dropped += 1
            return []
        self._filling = False
        return [self._voice(frame)]

    # --- time -----------------------------------------------------------------------------------------

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        return None if self.stage is UsrpLinkStage.CLOSED else min(self._moments())

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        if self.stage is UsrpLinkStage.CLOSED:
            return []
        effects = self._look()
        now, timing = self._now, self._timing
        effects += self._turns.tick()
        if self._turns.ours and now >= self._fill_due:
            effects.append(self._voice(SILENCE))
            self._filling = True
        if self._over_left and now >= self._said + timing.over_every:
            effects.append(self._over())
        return effects

    # --- the link -------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._clock.monotonic()

    def _moments(self) -> Iterator[float]:
        timing = self._timing
        yield self._probed + (timing.ping_every if self.stage is UsrpLinkStage.UP else timing.probe_every)
        if self.stage is UsrpLinkStage.PROBING and self._is_accepted:
            yield self._probed + timing.settle
        if self._account.silent_s and self._told is None:
            yield self._heard + self._account.silent_s
        if self._turns.ours:
            yield self._fill_due
        if self._over_left:
            yield self._said + timing.over_every
        yield from self._turns.moments()

    @property
    def _fill_due(self) -> float:
        return self._said + (self._timing.frame if self._filling else self._timing.fill_after)

    @property
    def _is_accepted(self) -> bool:
        """Nothing says that the other side is not there, and it has promised no word."""
        return not self._account.silent_s and self._refused < self._probed

    def _look(self) -> list[Effect]:
        now, timing = self._now, self._timing
        effects: list[Effect] = []
        if self.stage is UsrpLinkStage.PROBING and self._is_accepted and now >= self._probed + timing.settle:
            effects += self._up()
        if self._account.silent_s and self._told is None and now >= self._heard + self._account.silent_s:
            effects += self._down(UsrpDownReason.SILENT)
        pause = timing.ping_every if self.stage is UsrpLinkStage.UP else timing.probe_every
        if now >= self._probed + pause:
            effects.append(self._probe())
        return effects

    def _up(self) -> list[Effect]:
        if self.stage is not UsrpLinkStage.PROBING:
            return []
        self.stage = UsrpLinkStage.UP
        self._told = None
        self._unread = False
        return [LinkUp()]

    def _down(self, reason: UsrpDownReason) -> list[Effect]:
        effects: list[Effect] = list(self._turns.cut())
        self._over_left = 0
        self._info = None
        self.stage = UsrpLinkStage.PROBING
        if self._told is not reason:
            self._told = reason
            effects.append(LinkDown(reason.value, WHY[reason]))
        return effects

    # --- what is heard --------------------------------------------------------------------------------

    def _is_late(self, seq: int) -> bool:
        """Also of one that came twice. A sender that numbers nothing has 0 in each."""
        last = self._rx_seq
        if last is not None and self._now < self._heard + self._timing.numbers_old:
            behind = (last - seq) % _NUMBERS
            if behind < LATE_MOST and not seq == last == 0:
                return True
        self._rx_seq = seq
        return False

    def _take(self, packet: UsrpPacket) -> list[Effect]:
        match packet.kind:
            case UsrpKind.VOICE:
                return self._take_sound(packet, packet.payload)
            case UsrpKind.ULAW if len(packet.payload) in {0, _ULAW_BYTES}:
                return self._take_sound(packet, ulaw.decode(packet.payload))
            case UsrpKind.ADPCM:
                # That he talks is told; what he says is not read.
                trouble = [] if self._unread else [LinkTrouble(ADPCM)]
                self._unread = True
                return [*trouble, *self._take_sound(packet, b"")]
            case UsrpKind.ULAW:
                self.counts.unreadable += 1
                return [Unreadable()]
            case _:
                return self._take_info(packet.info)

    def _take_sound(self, packet: UsrpPacket, frame: bytes) -> list[Effect]:
        effects: list[Effect] = []
        if frame and self._unread:
            self._unread = False
            effects.append(LinkTrouble(""))
        name = self._turns.talker or self._who()
        frames = [frame] if frame else []
        if packet.keyed:
            return [*effects, *self._turns.heard(name, frames)]
        last = self._turns.heard(name, frames) if self._turns.talker is not None else []
        self._info = None
        return [*effects, *last, *self._turns.over()]

    def _take_info(self, info: Info | None) -> list[Effect]:
        name = "" if info is None else info.callsign or str(info.dmr_id or "")
        if not name:
            return []
        self._info = (name, self._now)
        return list(self._turns.renamed(name))

    def _who(self) -> str:
        fresh = self._info is not None and self._now <= self._info[1] + self._timing.info_fresh
        return self._info[0] if self._info is not None and fresh else self._account.name

    # --- bytes ----------------------------------------------------------------------------------------

    def _packet(self, packet: UsrpPacket) -> UsrpSend:
        self._tx_seq = (self._tx_seq + 1) % _NUMBERS
        # Whatever we say is refused where nobody listens: a talk needs no other question.
        self._said = self._probed = self._now
        return UsrpSend(encode(packet))

    @property
    def _seq(self) -> int:
        return (self._tx_seq + 1) % _NUMBERS

    def _voice(self, frame: bytes) -> UsrpSend:
        self._frames += 1
        return self._packet(UsrpPacket(self._seq, True, payload=frame))

    def _over(self) -> UsrpSend:
        self._over_left -= 1
        return self._packet(UsrpPacket(self._seq, False))

    def _probe(self) -> UsrpSend:
        return self._packet(UsrpPacket(self._seq, False, UsrpKind.PING))

    def _name(self, info: Info) -> UsrpSend:
        return self._packet(UsrpPacket(self._seq, False, UsrpKind.TLV, payload=info_payload(info)))
