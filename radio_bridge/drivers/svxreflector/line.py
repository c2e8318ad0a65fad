"""One talkgroup of a reflector: what its session tells, in floor control's words and as frames of sound."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.malformed import Malformed
from radio_bridge.drivers import measures
from radio_bridge.drivers.sound import FRAME_BYTES, Speaker, TransmissionDecoder
from radio_bridge.drivers.svxreflector.effects import (
    Effect,
    NodeCame,
    NodeWent,
    SoundEnded,
    SvxKeyGranted,
    SvxKeyRefusal,
    SvxKeyRefused,
    SvxLinkDown,
    SvxLinkUp,
    SvxReflectorDownReason,
    SvxSound,
    SvxTalkerBegan,
    SvxTalkerEnded,
)
from radio_bridge.drivers.svxreflector.health import IGNORED, down_why
from radio_bridge.drivers.svxreflector.session import SvxLinkStage, SvxReflectorAccount, SvxReflectorSession
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings, SvxTalkgroup
from radio_bridge.drivers.svxreflector.sound import Codec
from radio_bridge.drivers.svxreflector.timing import SvxReflectorTiming
from radio_bridge.drivers.svxreflector.transport import SvxReflectorCarrier
from radio_bridge.drivers.voice import STILL_TALKS_S, FloorOwner, LinkState, SoundSink
from radio_bridge.floor.model import Cause, QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkGranted, NetworkIdle, NetworkTaken

_log = logger("radio_bridge")

EARLY_MOST: Final = 25
"""Frames that wait for the name of who talks: half a second, longer than the session waits for it."""
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.-]")
_CAUSES: Final = {
    SvxKeyRefusal.BUSY: Cause.NETWORK_BUSY,
    SvxKeyRefusal.IGNORED: Cause.NETWORK_DENIED,
    SvxKeyRefusal.SILENT: Cause.NETWORK_SILENT,
    SvxKeyRefusal.DOWN: Cause.NETWORK_AWAY,
    SvxKeyRefusal.STOPPED: Cause.NETWORK_TOOK_IT,
}


class SvxReflectorLine:
    """`nodes` gets who came and who went, as addresses; `ours` are the callsigns of all our lines."""

    def __init__(
        self,
        settings: SvxReflectorSettings,
        talkgroup: SvxTalkgroup,
        clock: Clock,
        *,
        codecs: Mapping[str, Codec],
        ours: frozenset[str],
        rng: random.Random,
        nodes: Callable[[AbstractSet[str], AbstractSet[str]], None],
        timing: SvxReflectorTiming | None = None,
    ) -> None:
        self.group = f"{settings.network}:{talkgroup.tg}"
        self._nodes: set[str] = set()
        self._network = settings.network
        self._callsign = talkgroup.callsign
        self._clock = clock
        self._codecs = codecs
        self._ours = ours
        self._nodes_changed = nodes
        self._ears: SoundSink | None = None
        self._asked: QueuedFloorRequest | None = None
        self._speaker: Speaker | None = None
        self._listener: TransmissionDecoder | None = None
        self._talker = ""
        """Whose sound it is; empty until the reflector has named him, perhaps after his first frames."""
        self._early: deque[bytes] = deque(maxlen=EARLY_MOST)
        self._told_at = 0.0
        self._ignored = False
        session = SvxReflectorSession(
            SvxReflectorAccount(talkgroup.callsign, talkgroup.password.get_secret_value(), talkgroup.tg),
            clock=clock,
            rng=rng,
            silence={name: codec.silence for name, codec in codecs.items()},
            timing=timing,
        )
        self._session = session
        self._carrier = SvxReflectorCarrier(
            session, settings.host, settings.port, clock=clock, told=self._take
        )
        measures.up.labels(self.group).set(0)

    @property
    def our_name(self) -> str:
        """How others read our talks here."""
        return self._party(self._callsign)

    def attach(self, floor: FloorOwner, ears: SoundSink | None) -> None:
        self._floor = floor
        self._ears = ears

    async def run(self) -> None:
        """Keep the line up until cancelled."""
        await self._carrier.run()

    def ask(self, ask: QueuedFloorRequest) -> None:
        """Answered by `NetworkGranted` or `NetworkDenied`, now or later."""
        if self._asked is not None:
            # Floor control asks for one at a time; what came before is over.
            self._carrier.do(self._session.unkey())
        self._asked = ask
        self._carrier.do(self._session.key())

    def cease(self, party: str, request_id: UUID) -> None:
        if self._asked is not None and self._asked.key == (party, request_id):
            self._asked = self._speaker = None
            self._carrier.do(self._session.unkey())

    def speak(self, frame: bytes) -> bool:
        """Whether we may. Raises `ValueError` for a frame of another length."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame of sound has {FRAME_BYTES} bytes, not {len(frame)}")
        if self._speaker is None:
            return False
        self._carrier.do(self._session.sound(self._speaker.frame(frame)))
        return True

    def state(self) -> LinkState:
        """How this line is."""
        session = self._session
        up = session.stage is SvxLinkStage.UP
        why = "" if up else down_why(session.reason, session.detail)
        if up and self._ignored:
            why = IGNORED
        return LinkState(self.group, up, f"as {self._callsign}: {why}" if why else "")

    # --- what the session tells -----------------------------------------------------------------------

    def _take(self, effect: Effect) -> None:
        match effect:
            case SvxSound(data):
                self._hear(data)
            case SoundEnded():
                self._hear_no_more()
            case SvxTalkerBegan(callsign):
                self._named(callsign)
            case SvxTalkerEnded():
                self._floor.take(self.group, NetworkIdle())
            case SvxKeyGranted():
                self._granted()
            case SvxKeyRefused(refusal):
                self._refused(refusal)
            case _:
                self._take_link(effect)

    def _take_link(self, effect: Effect) -> None:
        match effect:
            case NodeCame(callsign):
                self._note_nodes(self._nodes | self._known({callsign}))
            case NodeWent(callsign):
                self._note_nodes(self._nodes - self._known({callsign}))
            case SvxLinkUp(codec, nodes):
                self._is_up(codec, nodes)
            case SvxLinkDown(reason, detail):
                self._is_down(reason, detail)
            case _:
                raise AssertionError(effect)

    def _is_up(self, codec: str, nodes: tuple[str, ...]) -> None:
        measures.up.labels(self.group).set(1)
        _log.info("talkgroup of a reflector is up", talkgroup=self.group, codec=codec)
        self._ignored = False
        self._note_nodes(self._known(set(nodes)))

    def _is_down(self, reason: SvxReflectorDownReason, detail: str) -> None:
        measures.up.labels(self.group).set(0)
        measures.downs.labels(self._network, reason.value).inc()
        _log.warning("talkgroup of a reflector is down", talkgroup=self.group, why=reason.value, said=detail)
        self._floor.take(self.group, NetworkAway())
        self._note_nodes(set())

    def _granted(self) -> None:
        ask = self._asked
        if ask is None:
            self._carrier.do(self._session.unkey())
            return
        self._ignored = False
        self._speaker = self._codecs[self._session.codec].speaker()
        self._floor.take(self.group, NetworkGranted(*ask.key))

    def _refused(self, refusal: SvxKeyRefusal) -> None:
        measures.refusals.labels(self._network, refusal.value).inc()
        ask, self._asked, self._speaker = self._asked, None, None
        self._ignored = refusal is SvxKeyRefusal.IGNORED
        if self._ignored:
            _log.warning("a reflector does not let us talk", talkgroup=self.group)
        if ask is not None:
            self._floor.take(self.group, NetworkDenied(*ask.key, _CAUSES[refusal]))

    def _hear(self, data: bytes) -> None:
        if self._listener is None:
            self._listener = self._codecs[self._session.codec].listener()
        try:
            for frame in self._listener.feed(data):
                self._give(frame)
        except Malformed:
            measures.malformed.labels(self._network).inc()
        if self._session.talker is not None and self._clock.monotonic() >= self._told_at + STILL_TALKS_S:
            self._tell_talker()

    def _hear_no_more(self) -> None:
        if self._listener is None:
            return
        for frame in self._listener.rest():
            self._give(frame)
        self._listener = None
        # What was never named is the rest of a talk whose end we have missed.
        self._early.clear()
        self._talker = ""
        if self._ears is not None:
            self._ears.ended(self.group)

    def _give(self, frame: bytes) -> None:
        if not self._talker:
            self._early.append(frame)
            return
        measures.frames.labels(self._network, "heard").inc()
        if self._ears is not None:
            self._ears.heard(self.group, self._talker, frame)

    def _named(self, callsign: str) -> None:
        self._talker = self._party(callsign)
        self._tell_talker()
        while self._early:
            self._give(self._early.popleft())

    def _tell_talker(self) -> None:
        self._told_at = self._clock.monotonic()
        self._floor.take(self.group, NetworkTaken(self._talker))

    def _note_nodes(self, nodes: set[str]) -> None:
        if nodes != self._nodes:
            came, went = nodes - self._nodes, self._nodes - nodes
            self._nodes = nodes
            self._nodes_changed(came, went)

    def _known(self, callsigns: set[str]) -> set[str]:
        """As addresses, without our own."""
        return {self._party(callsign) for callsign in callsigns - self._ours}

    def _party(self, callsign: str) -> str:
        """A callsign as a name on the air: what a topic and a unit's address may hold."""
        name = _NO_ID.sub("_", callsign)[:40].lstrip("_.-")
        return f"{self._network}:{name or 'unknown'}"
