"""One node at one reflector on one talkgroup, as a pure state machine: bytes, time, requests in, effects out.

A link that one side has lost is found by its own time and opened anew; every talk ends with it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from core.clock import Clock
from core.malformed import Malformed
from radio_bridge.drivers.svxreflector import messages as m
from radio_bridge.drivers.svxreflector.codec import (
    SvxFrameReader,
    decode_datagram,
    decode_frame,
    digest,
    encode_datagram,
    encode_frame,
)
from radio_bridge.drivers.svxreflector.effects import (
    Effect,
    NodeCame,
    NodeWent,
    SendTcp,
    SendUdp,
    SvxKeyRefusal,
    SvxKeyRefused,
    SvxLinkDown,
    SvxLinkUp,
    SvxReflectorClose,
    SvxReflectorConnect,
    SvxReflectorDownReason,
    SvxTalkerBegan,
)
from radio_bridge.drivers.svxreflector.keying import Keying, KeyState, NotHeard, Step
from radio_bridge.drivers.svxreflector.talkers import SvxTalkers
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming

NODES_MOST = 5_000


@dataclass(frozen=True, slots=True)
class SvxReflectorAccount:
    """How this node signs in, and its talkgroup."""

    callsign: str
    password: str = field(repr=False)
    tg: int


class SvxLinkStage(Enum):
    """How far the link is."""

    OFF = auto()
    WAITING = auto()
    CONNECTING = auto()
    VERSION = auto()
    PROOF = auto()
    WELCOME = auto()
    REACHING = auto()
    UP = auto()
    ENDED = auto()


@dataclass(slots=True)
class SvxReflectorCounts:
    """Since the session was made."""

    connects: int = 0
    ups: int = 0
    malformed: int = 0
    lost: int = 0
    """Datagrams that the reflector sent and we did not get in order."""
    stray: int = 0
    """Datagrams that are not of this connection, or came too late to count."""


class SvxReflectorSession:
    """Through any number of connections. The caller carries out the effects in their order, calls `tick` at
    `wakeup()`, and reports what becomes of the connection with `link_up` and `link_down`.
    """

    def __init__(
        self,
        account: SvxReflectorAccount,
        *,
        clock: Clock,
        rng: random.Random,
        silence: dict[str, bytes],
        timing: SvxReflectorTiming | None = None,
    ) -> None:
        """`silence` has a frame of silence for each codec that we speak; others are refused."""
        self._account = account
        self._clock = clock
        self._rng = rng
        self._silence = silence
        self._timing = timing or SvxReflectorTiming()
        self.counts = SvxReflectorCounts()
        self.stage = SvxLinkStage.OFF
        self.reason = SvxReflectorDownReason.STARTING
        self.detail = ""
        self.codec = ""
        self.last_heard = clock.monotonic()
        self._told: tuple[SvxReflectorDownReason, str] | None = None
        self._failures = 0
        self._up_since = 0.0
        self._deadline = 0.0
        self._reset()

    def _reset(self) -> None:
        """What belongs to one connection."""
        now = self._clock.monotonic()
        self._frames = SvxFrameReader()
        self._client_id = 0
        self._nodes: dict[str, None] = {}
        self._tx_seq = 0
        self._rx_seq: int | None = None
        self._tcp_said = self._tcp_heard = self._udp_heard = self._udp_asked = now
        self._keying = Keying(self._timing, self._clock.monotonic)
        self._talkers = SvxTalkers(self._timing, self._clock.monotonic)

    # --- what the transport reports -------------------------------------------------------------------

    def start(self) -> list[Effect]:
        """Begin to connect."""
        if self.stage not in {SvxLinkStage.OFF, SvxLinkStage.ENDED}:
            return []
        return self._connect()

    def stop(self) -> list[Effect]:
        """End for good. The reflector ends a talk of ours with the connection."""
        if self.stage is SvxLinkStage.ENDED:
            return []
        # Closing alone would do; said first, it is heard at once.
        effects = self._carried(self._keying.unkey()) if self.stage is SvxLinkStage.UP else []
        self._end(SvxReflectorDownReason.STOPPED, effects)
        self.stage = SvxLinkStage.ENDED
        return effects

    def link_up(self) -> list[Effect]:
        """What `SvxReflectorConnect` asked for is open."""
        if self.stage is not SvxLinkStage.CONNECTING:
            return [SvxReflectorClose()]
        self._reset()
        self.stage = SvxLinkStage.VERSION
        self._deadline = self._now + self._timing.sign_in
        return [self._tcp(m.ProtoVer(*m.VERSION))]

    def link_down(self, reason: SvxReflectorDownReason) -> list[Effect]:
        """It ended, or could not be opened."""
        if self.stage in {SvxLinkStage.OFF, SvxLinkStage.WAITING, SvxLinkStage.ENDED}:
            return []
        effects: list[Effect] = []
        self._end(reason, effects)
        return effects

    def tcp(self, data: bytes) -> list[Effect]:
        """Bytes of the stream."""
        effects: list[Effect] = []
        try:
            for body in self._bodies(data):
                self._take_frame(decode_frame(body), effects)
                if self.stage.value < SvxLinkStage.VERSION.value or self.stage is SvxLinkStage.ENDED:
                    break
        except Malformed as error:
            self.counts.malformed += 1
            self._end(SvxReflectorDownReason.MALFORMED, effects, str(error))
        return effects

    def udp(self, data: bytes) -> list[Effect]:
        """One datagram. One that is nonsense is counted: anybody can send such."""
        if self.stage not in {SvxLinkStage.REACHING, SvxLinkStage.UP}:
            self.counts.stray += 1
            return []
        try:
            datagram = decode_datagram(data)
        except Malformed:
            self.counts.malformed += 1
            return []
        effects: list[Effect] = []
        if datagram.client_id == self._client_id and self._in_order(datagram.seq):
            self._take_datagram(datagram.message, effects)
        else:
            self.counts.stray += 1
        return effects

    # --- our own talk ---------------------------------------------------------------------------------

    @property
    def key_state(self) -> KeyState:
        """Whether we transmit, wait for it, or were refused."""
        return self._keying.state

    @property
    def talker(self) -> str | None:
        """Who talks besides us; empty for somebody of whom only the sound is known."""
        return self._talkers.talker

    def key(self) -> list[Effect]:
        """We want to talk: answered by `KeyGranted` or `SvxKeyRefused`, now or later."""
        if self.stage is not SvxLinkStage.UP:
            return [SvxKeyRefused(SvxKeyRefusal.DOWN)]
        return self._carried(self._keying.key(busy=self._talkers.busy))

    def unkey(self) -> list[Effect]:
        """We have finished, or want it no more."""
        return self._carried(self._keying.unkey()) if self.stage is SvxLinkStage.UP else []

    def sound(self, data: bytes) -> list[Effect]:
        """A frame in the network's codec; without a grant it is dropped."""
        return self._carried(self._keying.sound(data)) if self.stage is SvxLinkStage.UP else []

    # --- time -----------------------------------------------------------------------------------------

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        if self.stage in {SvxLinkStage.OFF, SvxLinkStage.CONNECTING, SvxLinkStage.ENDED}:
            return None
        if self.stage is not SvxLinkStage.UP:
            moments = [self._deadline]
            if self.stage is SvxLinkStage.REACHING:
                moments.append(self._udp_asked + self._timing.reach_every)
            return min(moments)
        return min(self._moments())

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        effects: list[Effect] = []
        now = self._now
        if self.stage is SvxLinkStage.WAITING and now >= self._deadline:
            return self._connect()
        if (
            self.stage in {SvxLinkStage.VERSION, SvxLinkStage.PROOF, SvxLinkStage.WELCOME}
            and now >= self._deadline
        ):
            self._end(SvxReflectorDownReason.NO_ANSWER, effects)
        elif self.stage is SvxLinkStage.REACHING:
            self._reach(effects)
        elif self.stage is SvxLinkStage.UP:
            self._watch(effects)
            if self.stage is SvxLinkStage.UP:
                effects += self._carried(self._keying.tick())
        return effects

    # --- connection -----------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._clock.monotonic()

    def _connect(self) -> list[Effect]:
        self.stage = SvxLinkStage.CONNECTING
        self.counts.connects += 1
        return [SvxReflectorConnect()]

    def _end(self, reason: SvxReflectorDownReason, effects: list[Effect], detail: str = "") -> None:
        now = self._now
        effects += [*self._carried(self._keying.cut()), *self._talkers.cut(), SvxReflectorClose()]
        if self.stage is SvxLinkStage.UP and now - self._up_since >= self._timing.settled:
            self._failures = 0
        self.stage = SvxLinkStage.WAITING
        self.reason, self.detail = reason, detail
        if self._told != (reason, detail):
            self._told = (reason, detail)
            effects.append(SvxLinkDown(reason, detail))
        self._deadline = now + self._pause(reason)
        self._failures += 1

    def _pause(self, reason: SvxReflectorDownReason) -> float:
        timing = self._timing
        if reason is SvxReflectorDownReason.DENIED:
            # No sooner: a former connection of ours has to be gone there.
            return timing.retry_denied * self._rng.uniform(1.0, 1.25)
        most = min(timing.retry_most, timing.retry_first * 2.0 ** min(self._failures, 16))
        return most * self._rng.uniform(0.5, 1.0)

    def _bodies(self, data: bytes) -> Iterator[bytes]:
        if self.stage.value >= SvxLinkStage.VERSION.value and self.stage is not SvxLinkStage.ENDED:
            self._tcp_heard = self.last_heard = self._now
            yield from self._frames.feed(data)

    def _take_frame(self, message: m.TcpMessage, effects: list[Effect]) -> None:
        match message:
            case m.ErrorMessage(text):
                early = self.stage.value < SvxLinkStage.REACHING.value
                self._end(
                    SvxReflectorDownReason.DENIED if early else SvxReflectorDownReason.CLOSED,
                    effects,
                    _shown(text),
                )
            case m.ProtoVerDowngrade():
                self._end(SvxReflectorDownReason.VERSION, effects, f"{message.major}.{message.minor}")
            case m.AuthChallenge(challenge) if self.stage is SvxLinkStage.VERSION:
                self._prove(challenge, effects)
            case m.AuthOk() if self.stage is SvxLinkStage.PROOF:
                self.stage = SvxLinkStage.WELCOME
            case m.ServerInfo() if self.stage is SvxLinkStage.WELCOME:
                self._welcome(message, effects)
            case _ if self.stage in {SvxLinkStage.REACHING, SvxLinkStage.UP}:
                self._take_news(message, effects)
            case m.Heartbeat() | m.UnknownMessage():
                pass
            case _:
                self._end(SvxReflectorDownReason.MALFORMED, effects, f"{type(message).__name__} out of turn")

    def _prove(self, challenge: bytes, effects: list[Effect]) -> None:
        if len(challenge) != m.CHALLENGE_BYTES:
            self._end(SvxReflectorDownReason.MALFORMED, effects, f"a challenge of {len(challenge)} bytes")
            return
        self.stage = SvxLinkStage.PROOF
        proof = digest(self._account.password, challenge)
        effects.append(self._tcp(m.AuthResponse(self._account.callsign, proof)))

    def _welcome(self, info: m.ServerInfo, effects: list[Effect]) -> None:
        codec = info.codecs[0] if info.codecs else ""
        if codec not in self._silence:
            self._end(SvxReflectorDownReason.NO_CODEC, effects, _shown(codec))
            return
        self.codec = codec
        self._keying.silence = self._silence[codec]
        self._client_id = info.client_id
        self._nodes = dict.fromkeys(info.nodes[:NODES_MOST])
        self._nodes.pop(self._account.callsign, None)
        self.stage = SvxLinkStage.REACHING
        self._deadline = self._now + self._timing.reach
        self._udp_asked = self._now
        # Whether the talkgroup is forbidden is not answered: it shows when we ask to talk.
        effects += [self._tcp(m.SelectTg(self._account.tg)), self._udp(m.UdpHeartbeat())]

    def _reach(self, effects: list[Effect]) -> None:
        now = self._now
        if now >= self._deadline:
            self._end(SvxReflectorDownReason.UDP_BLOCKED, effects)
        elif now >= self._udp_asked + self._timing.reach_every:
            self._udp_asked = now
            # A heartbeat is answered once a connection; that answer may be what was lost.
            effects.append(self._udp(m.UdpFlush()))

    def _reached(self, effects: list[Effect]) -> None:
        if self.stage is not SvxLinkStage.REACHING:
            return
        self.stage = SvxLinkStage.UP
        self._up_since = self._now
        self._told = None
        self.detail = ""
        self.counts.ups += 1
        effects.append(SvxLinkUp(self.codec, tuple(self._nodes)))

    # --- what is heard --------------------------------------------------------------------------------

    def _take_news(self, message: m.TcpMessage, effects: list[Effect]) -> None:
        match message:
            case m.NodeJoined(callsign) if len(self._nodes) < NODES_MOST:
                self._nodes[callsign] = None
                effects.append(NodeCame(callsign))
            case m.NodeLeft(callsign):
                self._nodes.pop(callsign, None)
                effects.append(NodeWent(callsign))
            case m.TalkerStart(tg, callsign) if tg == self._account.tg:
                self._talker_began(callsign, effects)
            case m.TalkerStop(tg, callsign) if tg == self._account.tg:
                self._talker_ended(callsign, effects)
            case _:
                pass  # Heartbeats, other talkgroups, requests to move elsewhere, what is not known here.

    def _talker_began(self, callsign: str, effects: list[Effect]) -> None:
        if callsign == self._account.callsign:
            effects += self._carried(self._keying.we_talk())
            return
        effects += self._carried(self._keying.other_talks())
        effects += self._talkers.began(callsign)

    def _talker_ended(self, callsign: str, effects: list[Effect]) -> None:
        if callsign == self._account.callsign:
            effects += self._carried(self._keying.we_ended())
        else:
            effects += self._talkers.ended()

    def _take_datagram(self, message: m.UdpMessage, effects: list[Effect]) -> None:
        self._udp_heard = self.last_heard = self._now
        self._reached(effects)
        match message:
            case m.UdpAudio(data) if data:
                effects += self._talkers.sound(data)
            case m.UdpFlush():
                effects += [*self._talkers.sound_ended(), self._udp(m.UdpAllFlushed())]
            case m.UdpAllFlushed():
                effects += self._carried(self._keying.confirmed())
            case _:
                pass

    def _in_order(self, seq: int) -> bool:
        if self._rx_seq is not None:
            missing = (seq - self._rx_seq) & 0xFFFF
            if missing > 0x7FFF:
                return False
            self.counts.lost += missing
        self._rx_seq = (seq + 1) & 0xFFFF
        return True

    # --- liveness -------------------------------------------------------------------------------------

    def _moments(self) -> Iterator[float]:
        timing = self._timing
        yield self._tcp_said + timing.tcp_say
        yield self._tcp_heard + timing.tcp_silent
        yield max(self._udp_heard, self._udp_asked) + timing.udp_ping
        yield self._udp_heard + timing.udp_silent
        yield from self._keying.moments()
        yield from self._talkers.moments()

    def _watch(self, effects: list[Effect]) -> None:
        """Each side is still there, over both ways."""
        now, timing = self._now, self._timing
        if now >= self._tcp_heard + timing.tcp_silent:
            self._end(SvxReflectorDownReason.HALF_OPEN, effects)
            return
        if now >= self._udp_heard + timing.udp_silent:
            self._end(SvxReflectorDownReason.UDP_LOST, effects)
            return
        if now >= self._tcp_said + timing.tcp_say:
            effects.append(self._tcp(m.Heartbeat()))
        if now >= max(self._udp_heard, self._udp_asked) + timing.udp_ping:
            self._udp_asked = now
            # To say that a talk is over is answered also when there is none; during one it would end it.
            effects.append(self._udp(m.UdpFlush() if self._keying.quiet else m.UdpHeartbeat()))
        news = self._talkers.tick()
        if any(isinstance(one, SvxTalkerBegan) for one in news):
            effects += self._carried(self._keying.other_talks())
        effects += news

    # --- bytes ----------------------------------------------------------------------------------------

    def _tcp(self, message: m.TcpMessage) -> SendTcp:
        self._tcp_said = self._now
        return SendTcp(encode_frame(message))

    def _carried(self, steps: Iterable[Step]) -> list[Effect]:
        """What our own talk asks for, as effects."""
        effects: list[Effect] = []
        for step in steps:
            match step:
                case m.UdpAudio() | m.UdpFlush():
                    effects.append(self._udp(step))
                case NotHeard():
                    self._end(SvxReflectorDownReason.UDP_LOST, effects)
                case told:
                    effects.append(told)
        return effects

    def _udp(self, message: m.UdpMessage) -> SendUdp:
        seq, self._tx_seq = self._tx_seq, (self._tx_seq + 1) & 0xFFFF
        return SendUdp(encode_datagram(m.UdpHeader(self._client_id, seq, message)))


def _shown(text: str) -> str:
    """What the reflector said, fit for a log and a screen."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:80])
