"""One talkgroup that is reached by a call: whether the call stands, who talks on it, and whether we may."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID, uuid4

from core.clock import Clock
from core.log import logger
from radio_bridge.drivers import measures
from radio_bridge.drivers.sip_radio.settings import SipRadioSettings, SipTalkgroup
from radio_bridge.drivers.voice import STILL_TALKS_S, FloorOwner, LinkState, SoundSink
from radio_bridge.floor.model import Cause, QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkGranted, NetworkIdle, NetworkTaken
from radio_bridge.sound.voice import FRAME_BYTES, VoiceKey

_log = logger("radio_bridge")

NOT_YET: Final = "not called yet"
NO_ANSWER: Final = (
    "does not answer: is it on, are `asterisk.radios` and the talkgroup's user right, is the role centre up"
)
ENDED: Final = "the call has ended, or nothing was heard on it for 5 s: it is called again"


@dataclass(frozen=True, slots=True)
class SipRadioTiming:
    """Seconds."""

    answer: float = 12.0
    """The switch rings it for 10 s."""
    retry_first: float = 1.0
    retry_most: float = 30.0


class TalkgroupCallPort(Protocol):
    """The way to the talkgroup's call."""

    def want(self, line: SipRadioLine, leg: UUID | None, instead_of: UUID | None = None) -> None:
        """A call is wanted, which brings its sound under this name; None: none is, and one that is there
        ends. `instead_of`: the call before, which may still ring.
        """
        ...

    def say(self, group: str, frame: bytes) -> None:
        """Send one frame of 20 ms to the talkgroup's call; dropped while there is none."""
        ...

    def said(self, group: str) -> None:
        """Our talk is over."""
        ...


class SipRadioLine:
    """Nothing in it waits; `look` is to be called several times a second."""

    def __init__(
        self,
        settings: SipRadioSettings,
        talkgroup: SipTalkgroup,
        clock: Clock,
        calls: TalkgroupCallPort,
        *,
        rng: random.Random,
        timing: SipRadioTiming,
    ) -> None:
        self.group = f"{settings.network}:{talkgroup.tg}"
        self.talkgroup = talkgroup
        self._network = settings.network
        self._deaf_s = settings.deaf_s
        self._clock = clock
        self._calls = calls
        self._rng = rng
        self._timing = timing
        self._key = VoiceKey(settings.voice)
        self._ears: SoundSink | None = None
        self._leg: UUID | None = None
        self._before: UUID | None = None
        """The newest that was ever wanted."""
        self._up = False
        self._why = NOT_YET
        self._asked_at = 0.0
        self._retry_at = 0.0
        self._wait = timing.retry_first
        self._asked: QueuedFloorRequest | None = None
        self._deaf_until = 0.0
        self._told_at = 0.0
        measures.up.labels(self.group).set(0)

    def attach(self, floor: FloorOwner, ears: SoundSink | None) -> None:
        self._floor = floor
        self._ears = ears

    def state(self) -> LinkState:
        why = "" if self._up else f"{self.talkgroup.called} at {self.talkgroup.endpoint}: {self._why}"
        return LinkState(self.group, self._up, why)

    # --- its call -------------------------------------------------------------------------------------

    def look(self) -> None:
        now = self._clock.monotonic()
        if self._up:
            if self._key.talks and now >= self._told_at + STILL_TALKS_S:
                self._tell_talker()
        elif self._leg is not None:
            if now >= self._asked_at + self._timing.answer:
                self._again(NO_ANSWER)
        elif now >= self._retry_at:
            self._leg, self._asked_at, before = uuid4(), now, self._before
            self._before = self._leg
            self._calls.want(self, self._leg, before)

    def came(self, leg: UUID) -> None:
        if leg != self._leg or self._up:
            return
        self._up, self._wait = True, self._timing.retry_first
        self._key.forget()
        measures.up.labels(self.group).set(1)
        _log.info("a talkgroup's call stands", talkgroup=self.group)

    def went(self, leg: UUID) -> None:
        """The leg has ended: the talkgroup is called again after a pause."""
        if leg == self._leg:
            self._again(ENDED)

    def stop(self) -> None:
        self._calls.want(self, None)
        self._leg, self._up = None, False

    def _again(self, why: str) -> None:
        """It is down; another call is made in a while."""
        was_up, self._up, self._leg, self._why = self._up, False, None, why
        self._retry_at = self._clock.monotonic() + self._wait * self._rng.uniform(0.8, 1.2)
        self._wait = min(2 * self._wait, self._timing.retry_most)
        self._calls.want(self, None)
        measures.downs.labels(self._network, "ended" if was_up else "no_answer").inc()
        if not was_up:
            return
        measures.up.labels(self.group).set(0)
        _log.warning("a talkgroup's call has ended", talkgroup=self.group)
        self._asked = None
        if self._key.talks and self._ears is not None:
            self._ears.ended(self.group)
        self._key.forget()
        self._floor.take(self.group, NetworkAway())

    # --- our talks ------------------------------------------------------------------------------------

    def ask(self, ask: QueuedFloorRequest) -> None:
        """Answered at once: nobody else can be asked, so who is heard there has it."""
        if not self._up:
            measures.refusals.labels(self._network, "down").inc()
            self._floor.take(self.group, NetworkAway())
        elif self._key.talks:
            measures.refusals.labels(self._network, "busy").inc()
            self._floor.take(self.group, NetworkDenied(*ask.key, Cause.NETWORK_BUSY))
        else:
            self._asked = ask
            self._floor.take(self.group, NetworkGranted(*ask.key))

    def cease(self, party: str, request_id: UUID) -> None:
        if self._asked is not None and self._asked.key == (party, request_id):
            self._asked = None
            self._deaf_until = self._clock.monotonic() + self._deaf_s
            self._calls.said(self.group)

    def speak(self, frame: bytes) -> bool:
        """Whether we may. Raises `ValueError` for a frame of another length."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame of sound has {FRAME_BYTES} bytes, not {len(frame)}")
        if self._asked is None:
            return False
        self._calls.say(self.group, frame)
        return True

    # --- theirs ---------------------------------------------------------------------------------------

    def hear(self, frame: bytes) -> None:
        """20 ms of the call. While we talk, and a moment after, what comes back is nobody's talk."""
        if self._asked is not None or self._clock.monotonic() < self._deaf_until:
            self._key.forget()
            return
        heard = self._key.feed(frame)
        if heard.began:
            self._tell_talker()
        if self._ears is not None:
            for one in heard.frames:
                measures.frames.labels(self._network, "heard").inc()
                self._ears.heard(self.group, self.group, one)
        if heard.ended:
            if self._ears is not None:
                self._ears.ended(self.group)
            self._floor.take(self.group, NetworkIdle())

    def _tell_talker(self) -> None:
        self._told_at = self._clock.monotonic()
        self._floor.take(self.group, NetworkTaken(self.group))
