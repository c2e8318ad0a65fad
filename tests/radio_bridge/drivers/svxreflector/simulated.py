"""A simulated reflector for the session's tests: the rules of svxreflector 24.02 for one talkgroup, on a
clock that stands still. The real one is spoken to in `tests/radio_bridge/drivers/conformance`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from core.clock import ManualClock
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
    SendTcp,
    SendUdp,
    SvxReflectorClose,
    SvxReflectorConnect,
    SvxReflectorDownReason,
)
from radio_bridge.drivers.svxreflector.session import SvxReflectorAccount, SvxReflectorSession
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming

TG = 4011
SILENCE = b"\x00" * 4
CHALLENGE = bytes(range(20))
TALKER_TIMEOUT_S = 4.0
TCP_HEARTBEAT_S, UDP_HEARTBEAT_S = 10.0, 15.0


class SimulatedReflector:
    """`udp_in`, `udp_out`: whether a datagram to and from it arrives; `permits`: the group is allowed."""

    def __init__(self, clock: ManualClock, *, password: str = "secret", permits: bool = True) -> None:
        self.clock = clock
        self.password = password
        self.permits = permits
        self.udp_in: Callable[[], bool] = lambda: True
        self.udp_out: Callable[[], bool] = lambda: True
        self.nodes = ["N2"]
        self.codecs: tuple[str, ...] = ("S16",)
        self.talker: str | None = None
        self.talker_heard = 0.0
        self.held: list[m.TcpMessage] | None = None
        self.silent_after: int | None = None
        """It says no more than so many things by TCP."""
        self.said = 0
        self.heard: list[bytes] = []
        """Frames of ours that the others have heard."""
        self.disconnect()

    def disconnect(self) -> None:
        if getattr(self, "talker", None) == "US":
            self.talker = None
        self.signed_in = False
        self.reachable = False
        self.on_group = False
        self.reader = SvxFrameReader()
        self.seq = 0
        self.next_seq: int | None = None
        self.out: list[SendTcp | SendUdp] = []
        self.tcp_said = self.udp_said = self.clock.monotonic()

    # --- what it says ---------------------------------------------------------------------------------

    def say(self, message: m.TcpMessage) -> None:
        self.tcp_said = self.clock.monotonic()
        if self.held is not None:
            self.held.append(message)
        elif self.silent_after is None or self.said < self.silent_after:
            self.said += 1
            self.out.append(SendTcp(encode_frame(message)))

    def hold(self) -> None:
        """What it says by TCP stays on its way until `let_go`."""
        self.held = []

    def let_go(self) -> None:
        held, self.held = self.held, None
        for message in held or ():
            self.say(message)

    def send(self, message: m.UdpMessage) -> None:
        if self.signed_in and self.reachable:
            self.udp_said = self.clock.monotonic()
            datagram = encode_datagram(m.UdpHeader(77, self.seq, message))
            self.seq = (self.seq + 1) & 0xFFFF
            if self.udp_out():
                self.out.append(SendUdp(datagram))

    # --- what it hears --------------------------------------------------------------------------------

    def tcp(self, data: bytes) -> None:
        for body in self.reader.feed(data):
            match decode_frame(body):
                case m.ProtoVer():
                    self.say(m.AuthChallenge(CHALLENGE))
                case m.AuthResponse(callsign, proof):
                    if proof != digest(self.password, CHALLENGE) or callsign != "US":
                        self.say(m.ErrorMessage("Access denied"))
                        return
                    self.signed_in = True
                    self.say(m.AuthOk())
                    self.say(m.ServerInfo(0, 77, (*self.nodes, "US"), self.codecs))
                case m.SelectTg(tg):
                    self.on_group = self.permits and tg == TG

    def udp(self, data: bytes) -> None:
        if not self.signed_in or not self.udp_in():
            return
        datagram = decode_datagram(data)
        if self.next_seq is not None and (datagram.seq - self.next_seq) & 0xFFFF > 0x7FFF:
            return
        self.next_seq = (datagram.seq + 1) & 0xFFFF
        if not self.reachable:
            self.reachable = True
            self.send(m.UdpHeartbeat())
        match datagram.message:
            case m.UdpAudio(sound) if self.on_group and self.talker in {None, "US"}:
                self.begin("US")
                self.heard.append(sound)
            case m.UdpFlush():
                if self.talker == "US":
                    self.end()
                self.send(m.UdpAllFlushed())

    # --- who talks ------------------------------------------------------------------------------------

    def begin(self, callsign: str) -> None:
        """Somebody sends a first frame, or another one."""
        self.talker_heard = self.clock.monotonic()
        if self.talker is None:
            self.talker = callsign
            if self.on_group:
                self.say(m.TalkerStart(TG, callsign))

    def end(self) -> None:
        talker, self.talker = self.talker, None
        if talker is not None and self.on_group:
            self.say(m.TalkerStop(TG, talker))
            if talker != "US":
                self.send(m.UdpFlush())

    def tick(self) -> None:
        now = self.clock.monotonic()
        if self.talker is not None and now - self.talker_heard > TALKER_TIMEOUT_S:
            self.end()
        if now - self.tcp_said >= TCP_HEARTBEAT_S:
            self.say(m.Heartbeat())
        if now - self.udp_said >= UDP_HEARTBEAT_S:
            self.send(m.UdpHeartbeat())


class Net:
    """A session, its reflector and the wire between them; `said` is what the session told."""

    def __init__(self, timing: SvxReflectorTiming | None = None, **of_reflector: object) -> None:
        self.clock = ManualClock()
        self.reflector = SimulatedReflector(self.clock, **of_reflector)  # type: ignore[arg-type]
        account = SvxReflectorAccount("US", "secret", TG)
        self.session = SvxReflectorSession(
            account, clock=self.clock, rng=random.Random(1), silence={"S16": SILENCE}, timing=timing
        )
        self.said: list[Effect] = []
        self.there = True
        """Whether a connection can be opened."""
        self.open = False
        self.cut = False
        """What is sent arrives nowhere, and nobody is told."""

    def start(self) -> Net:
        self.do(self.session.start())
        return self

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out effects and whatever follows from them."""
        for effect in effects:
            match effect:
                case SvxReflectorConnect():
                    self.open = self.there
                    if self.there:
                        self.reflector.disconnect()
                        self.do(self.session.link_up())
                    else:
                        self.do(self.session.link_down(SvxReflectorDownReason.UNREACHABLE))
                case SvxReflectorClose():
                    self.open = False
                    self.reflector.disconnect()
                case SendTcp(data):
                    if self.open and not self.cut:
                        self.reflector.tcp(data)
                case SendUdp(data):
                    if self.open and not self.cut:
                        self.reflector.udp(data)
                case told:
                    self.said.append(told)
        self.carry()

    def carry(self) -> None:
        """Bring what the reflector has said."""
        while self.reflector.out:
            one = self.reflector.out.pop(0)
            if not self.open or self.cut:
                continue
            arrived = self.session.tcp(one.data) if isinstance(one, SendTcp) else self.session.udp(one.data)
            self.do(arrived)

    def wait(self, seconds: float) -> None:
        """Let time pass, in the session's own steps."""
        end = self.clock.monotonic() + seconds
        while True:
            due = self.session.wakeup()
            now = self.clock.monotonic()
            step = min(end, now + 1.0) if due is None else min(end, now + 1.0, max(due, now))
            self.clock.advance(step - now)
            self.reflector.tick()
            self.carry()
            self.do(self.session.tick())
            if self.clock.monotonic() >= end:
                return

    def heard(self) -> list[Effect]:
        """What was told since the last call."""
        said, self.said = self.said, []
        return said
