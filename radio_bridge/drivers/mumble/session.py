"""One user at one server in one channel, as a pure state machine: bytes, time, requests in, effects out.

Sound goes through the TLS connection. A link that one side has lost is found by its own time and opened anew;
every talk ends with it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from core.clock import Clock
from core.malformed import Malformed
from radio_bridge.drivers.mumble import messages as m
from radio_bridge.drivers.mumble import voice
from radio_bridge.drivers.mumble.codec import MumbleFrameReader, decode, encode
from radio_bridge.drivers.mumble.effects import (
    Effect,
    MumbleClose,
    MumbleConnect,
    MumbleSend,
    TextCame,
    UsersPresent,
)
from radio_bridge.drivers.mumble.health import MUTED, OPERATORS, OPUS_OFF, MumbleDownReason, down_why
from radio_bridge.drivers.mumble.html_text import marked, plain
from radio_bridge.drivers.mumble.timing import MumbleTiming
from radio_bridge.drivers.mumble.users import MumbleServer
from radio_bridge.drivers.sound import SILENCE, Speaker, TransmissionDecoder
from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    LinkDown,
    LinkTrouble,
    LinkUp,
    Refusal,
    Unreadable,
)
from radio_bridge.drivers.unarbitrated.turns import GONE_S, ChannelTurns

TENS_OF_MS: Final = 2
"""A frame of ours, as packets of sound are counted."""


@dataclass(frozen=True, slots=True)
class MumbleAccount:
    """How we sign in, and our channel; `others` are the names of our other connections."""

    name: str
    password: str = field(repr=False)
    channel: str = ""
    trust_names: bool = False
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sounds:
    """Opus: one of each for each talk."""

    speaker: Callable[[], Speaker]
    listener: Callable[[], TransmissionDecoder]


class MumbleLinkStage(Enum):
    """How far the link is."""

    OFF = auto()
    WAITING = auto()
    CONNECTING = auto()
    SIGNING_IN = auto()
    JOINING = auto()
    UP = auto()
    ENDED = auto()


_LINKED: Final = {MumbleLinkStage.SIGNING_IN, MumbleLinkStage.JOINING, MumbleLinkStage.UP}


class MumbleSession:
    """Through any number of connections. The caller carries out the effects in their order, calls `tick` at
    `wakeup()`, and reports what becomes of the connection with `link_up` and `link_down`.
    """

    def __init__(
        self,
        account: MumbleAccount,
        sounds: Sounds,
        *,
        clock: Clock,
        rng: random.Random,
        timing: MumbleTiming | None = None,
    ) -> None:
        self._account = account
        self._sounds = sounds
        self._clock = clock
        self._rng = rng
        self._timing = timing or MumbleTiming()
        self.stage = MumbleLinkStage.OFF
        self._told: tuple[MumbleDownReason, str] | None = None
        self._failures = 0
        self._up_since = 0.0
        self._deadline = 0.0
        self._present: frozenset[str] = frozenset()
        self._seq = 0
        self._reset()

    def _reset(self) -> None:
        """What belongs to one connection."""
        self._frames = MumbleFrameReader()
        self._turns = ChannelTurns(self._clock.monotonic)
        self._server = MumbleServer(trust_names=self._account.trust_names)
        self._us: int | None = None
        self._channel: int | None = None
        self._speaker: Speaker | None = None
        self._listener: TransmissionDecoder | None = None
        self._talks: int | None = None
        """Whose sound is heard, by his session."""
        self._ended: tuple[int | None, int, float] = (None, 0, 0.0)
        """Whose talk ended last, with which number and when."""
        self._trouble = ""
        self._no_opus = False
        self._said = self._heard = self._clock.monotonic()

    # --- what the transport reports -------------------------------------------------------------------

    def start(self) -> list[Effect]:
        """Begin to connect."""
        return self._connect() if self.stage in {MumbleLinkStage.OFF, MumbleLinkStage.ENDED} else []

    def stop(self) -> list[Effect]:
        """End for good; our talk ends first."""
        if self.stage is MumbleLinkStage.ENDED:
            return []
        effects = self.unkey()
        self._end(MumbleDownReason.STOPPED, effects)
        self.stage = MumbleLinkStage.ENDED
        return effects

    def link_up(self) -> list[Effect]:
        """What `MumbleConnect` asked for is open, and the server's certificate is the right one."""
        if self.stage is not MumbleLinkStage.CONNECTING:
            return [MumbleClose()]
        self._reset()
        self.stage = MumbleLinkStage.SIGNING_IN
        self._deadline = self._now + self._timing.sign_in
        account = self._account
        return [
            self._send(m.MumbleVersion(m.VERSION, "Songhua")),
            self._send(m.Authenticate(account.name, account.password, opus=True)),
        ]

    def link_down(self, reason: MumbleDownReason, detail: str = "") -> list[Effect]:
        """It ended, or could not be opened."""
        effects: list[Effect] = []
        if self.stage in _LINKED or self.stage is MumbleLinkStage.CONNECTING:
            self._end(reason, effects, detail)
        return effects

    def received(self, data: bytes) -> list[Effect]:
        """Bytes of the stream."""
        effects: list[Effect] = []
        if self.stage not in _LINKED:
            return effects
        self._heard = self._now
        try:
            for kind, body in self._frames.feed(data):
                self._take(decode(kind, body), effects)
                if self.stage not in _LINKED:
                    break
        except Malformed as error:
            self._end(MumbleDownReason.MALFORMED, effects, str(error))
        return effects

    # --- our own talk and words -----------------------------------------------------------------------

    @property
    def keyed(self) -> bool:
        """Whether we transmit."""
        return self._turns.ours

    def key(self) -> list[Effect]:
        """We want to talk: answered by `KeyGranted` or `KeyRefused`."""
        if self.stage is not MumbleLinkStage.UP:
            return [KeyRefused(Refusal.DOWN)]
        if self._trouble:
            return [KeyRefused(Refusal.DENIED)]
        steps = self._turns.key()
        if KeyGranted() in steps:
            self._speaker = self._sounds.speaker()
        return list(steps)

    def unkey(self) -> list[Effect]:
        """We have finished, or want it no more."""
        if not self._turns.unkey():
            return []
        return [self._packet(SILENCE, last=True)]

    def sound(self, frame: bytes) -> list[Effect]:
        """A frame of our talk; without one it is dropped."""
        return [self._packet(frame)] if self._turns.ours else []

    def text(self, name: str, words: str) -> list[Effect]:
        """To who has this name; nothing where he is not there."""
        session = self._server.session_of(name) if self.stage is MumbleLinkStage.UP else None
        if session is None:
            return []
        return [self._send(m.MumbleTextMessage(sessions=(session,), text=marked(words)))]

    # --- time -----------------------------------------------------------------------------------------

    def wakeup(self) -> float | None:
        """When to call `tick` at the latest (monotonic seconds), or None."""
        if self.stage in {MumbleLinkStage.OFF, MumbleLinkStage.CONNECTING, MumbleLinkStage.ENDED}:
            return None
        return min(self._moments())

    def tick(self) -> list[Effect]:
        """Do what is due by now."""
        now, timing = self._now, self._timing
        effects: list[Effect] = []
        if self.stage is MumbleLinkStage.WAITING and now >= self._deadline:
            return self._connect()
        if self.stage is MumbleLinkStage.SIGNING_IN and now >= self._deadline:
            self._end(MumbleDownReason.NO_ANSWER, effects)
        elif self.stage is MumbleLinkStage.JOINING and now >= self._deadline:
            self._end(MumbleDownReason.NOT_LET_IN, effects)
        elif self.stage in _LINKED and now >= self._heard + timing.silent:
            self._end(MumbleDownReason.HALF_OPEN, effects)
        elif self.stage in _LINKED:
            if now >= self._said + timing.ping_every:
                effects.append(self._send(m.MumblePing(int(now * 1000) % 2**32)))
            effects += self._turns.tick()
            self._forget_talker()
        return effects

    def _moments(self) -> Iterator[float]:
        if self.stage is not MumbleLinkStage.UP:
            yield self._deadline
        if self.stage in _LINKED:
            yield self._heard + self._timing.silent
            yield self._said + self._timing.ping_every
            yield from self._turns.moments()

    # --- connection -----------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return self._clock.monotonic()

    def _connect(self) -> list[Effect]:
        self.stage = MumbleLinkStage.CONNECTING
        return [MumbleConnect()]

    def _end(self, reason: MumbleDownReason, effects: list[Effect], detail: str = "") -> None:
        now, timing = self._now, self._timing
        effects += [*self._turns.cut(), MumbleClose()]
        self._forget_talker()
        if self.stage is MumbleLinkStage.UP and now - self._up_since >= timing.settled:
            self._failures = 0
        self.stage = MumbleLinkStage.WAITING
        if self._told != (reason, detail):
            self._told = (reason, detail)
            effects.append(LinkDown(reason.value, down_why(reason, detail)))
        self._tell_present(frozenset(), effects)
        if reason in OPERATORS:
            pause = timing.retry_denied * self._rng.uniform(1.0, 1.25)
        else:
            most = min(timing.retry_most, timing.retry_first * 2.0 ** min(self._failures, 16))
            pause = most * self._rng.uniform(0.5, 1.0)
        self._deadline = now + pause
        self._failures += 1

    def _take(self, message: m.Message, effects: list[Effect]) -> None:
        match message:
            case m.Tunnel(packet):
                self._take_sound(packet, effects)
            case m.UserState():
                self._take_user(message, effects)
            case m.UserRemove(session, reason):
                self._lose_user(session, reason or "", effects)
            case m.ChannelState():
                self._server.note_channel(message)
            case m.ChannelRemove(channel) if channel is not None:
                self._server.forget_channel(channel)
            case m.MumbleTextMessage(actor, _, _, text):
                self._take_text(actor, text or "", effects)
            case _:
                self._take_answer(message, effects)

    def _take_answer(self, message: m.Message, effects: list[Effect]) -> None:
        match message:
            case m.SignInRejected(_, reason):
                self._end(MumbleDownReason.DENIED, effects, _shown(reason or ""))
            case m.ServerSync(session) if self.stage is MumbleLinkStage.SIGNING_IN and session is not None:
                self._welcome(session, effects)
            case m.PermissionDenied(_, _, reason) if self.stage is MumbleLinkStage.JOINING:
                self._end(MumbleDownReason.NOT_LET_IN, effects, _shown(reason or ""))
            case m.CodecVersion(opus):
                self._no_opus = opus is False
                self._look_at_trouble(effects)
            case _:
                pass  # Pings, and what is of no use here.

    def _welcome(self, session: int, effects: list[Effect]) -> None:
        self._us = session
        self._channel = self._server.channel_at(self._account.channel)
        if self._channel is None:
            self._end(MumbleDownReason.NO_CHANNEL, effects, _shown(self._account.channel))
            return
        self.stage = MumbleLinkStage.JOINING
        self._deadline = self._now + self._timing.join
        effects.append(self._send(m.UserState(session=session, channel=self._channel)))
        self._look_where_we_are(effects)

    def _look_where_we_are(self, effects: list[Effect]) -> None:
        us = None if self._us is None else self._server.users.get(self._us)
        if us is None or self._channel is None:
            return
        there = us.channel == self._channel
        if self.stage is MumbleLinkStage.JOINING and there:
            self.stage = MumbleLinkStage.UP
            self._up_since = self._now
            self._told = None
            effects.append(LinkUp())
            self._tell_present(self._names(), effects)
            self._look_at_trouble(effects, anew=True)
        elif self.stage is MumbleLinkStage.UP and not there:
            self._end(MumbleDownReason.MOVED, effects)
        else:
            self._look_at_trouble(effects)

    def _look_at_trouble(self, effects: list[Effect], *, anew: bool = False) -> None:
        """Whether we may talk; a talk of ours ends when we may not any more."""
        us = None if self._us is None else self._server.users.get(self._us)
        if self.stage is not MumbleLinkStage.UP or us is None:
            return
        trouble = MUTED if us.mute or us.suppress else OPUS_OFF if self._no_opus else ""
        before, self._trouble = "" if anew else self._trouble, trouble
        if trouble != before:
            if trouble:
                effects += self._turns.stop(Refusal.STOPPED)
            effects.append(LinkTrouble(trouble))

    # --- who is there ---------------------------------------------------------------------------------

    def _take_user(self, state: m.UserState, effects: list[Effect]) -> None:
        self._server.note_user(state)
        if state.session == self._us:
            self._look_where_we_are(effects)
        elif self.stage is MumbleLinkStage.UP:
            self._tell_present(self._names(), effects)

    def _lose_user(self, session: int | None, reason: str, effects: list[Effect]) -> None:
        if session is None:
            return
        if session == self._us:
            self._end(MumbleDownReason.KICKED, effects, _shown(reason))
            return
        if session == self._talks:
            effects += self._turns.over()
            self._forget_talker()
        self._server.users.pop(session, None)
        if self.stage is MumbleLinkStage.UP:
            self._tell_present(self._names(), effects)

    def _names(self) -> frozenset[str]:
        ours = self._account.others | {self._account.name}
        return frozenset(
            self._server.name_of(session)
            for session, user in self._server.users.items()
            if user.name and user.name not in ours
        )

    def _tell_present(self, names: frozenset[str], effects: list[Effect]) -> None:
        if names != self._present:
            self._present = names
            effects.append(UsersPresent(names))

    def _take_text(self, actor: int | None, text: str, effects: list[Effect]) -> None:
        name, words = self._server.name_of(actor), plain(text)
        if name and words and actor != self._us and self.stage is MumbleLinkStage.UP:
            effects.append(TextCame(name, words))

    # --- what is heard --------------------------------------------------------------------------------

    def _take_sound(self, data: bytes, effects: list[Effect]) -> None:
        if self.stage is not MumbleLinkStage.UP:
            return
        try:
            packet = voice.decode(data)
            if packet is not None:
                self._hear(packet, effects)
        except Malformed:
            effects.append(Unreadable())

    def _hear(self, packet: voice.VoicePacket, effects: list[Effect]) -> None:
        """Raises `Malformed` for what is not Opus."""
        name = self._server.name_of(packet.session)
        if not name or packet.session == self._us:
            return
        if self._talks not in {None, packet.session} or self._is_late(packet):
            return
        frames: list[bytes] = []
        if packet.opus and not self._turns.ours:
            self._listener = self._listener or self._sounds.listener()
            frames += self._listener.feed(packet.opus)
        if packet.last and self._listener is not None:
            frames += self._listener.rest()
        effects += self._turns.heard(name, frames)
        if self._turns.talker is not None:
            self._talks = packet.session
        if packet.last:
            effects += self._turns.over()
            self._ended = (packet.session, packet.seq, self._now)
        self._forget_talker()

    def _is_late(self, packet: voice.VoicePacket) -> bool:
        """What comes after the end of its talk, or is an end alone."""
        session, seq, at = self._ended
        overtaken = session == packet.session and packet.seq <= seq and self._now < at + GONE_S
        return overtaken or (packet.last and not packet.opus and self._turns.talker is None)

    def _forget_talker(self) -> None:
        """What belongs to a talk that is over."""
        if self._turns.talker is None:
            self._talks = self._listener = None

    # --- bytes ----------------------------------------------------------------------------------------

    def _packet(self, frame: bytes, *, last: bool = False) -> MumbleSend:
        speaker = self._speaker or self._sounds.speaker()
        self._speaker = None if last else speaker
        self._seq += TENS_OF_MS
        return self._send(m.Tunnel(voice.encode(voice.VoicePacket(self._seq, speaker.frame(frame), last))))

    def _send(self, message: m.Message) -> MumbleSend:
        # Sound does not count as a word to the server: it does not answer it.
        if not isinstance(message, m.Tunnel):
            self._said = self._now
        return MumbleSend(encode(message))


def _shown(text: str) -> str:
    """What the server said, fit for a log and a screen."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:80])
