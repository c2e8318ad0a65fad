"""Talkgroups patched to telephone calls: who may, one at a time, and the telephone's key.

That a patch is there is what the switch says: a telephone's leg in the talkgroup's conference. So it is known
after a restart of this process, too, and is over when that leg leaves, whoever ends it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from core.actor import Actor
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.operations import OperationMemory
from core.switch import SwitchMessage
from core.tasks import Tasks
from radio_bridge.floor.messages import FloorAnswer, GroupState
from radio_bridge.floor.model import LINE
from radio_bridge.switch.conference.model import ConferenceLeg, conference_of
from radio_bridge.switch.patches.errors import GroupPatched, NotPatched
from radio_bridge.switch.patches.events import PatchChanged
from radio_bridge.switch.patches.key import (
    Effect,
    FloorDecision,
    KeyAlive,
    KeyDown,
    KeyUp,
    PlayTone,
    ReleaseFloor,
    RequestFloor,
    Signal,
    TelephoneKey,
    apply,
)
from radio_bridge.switch.patches.ports import Outcome, PatchPorts
from radio_bridge.switch.patches.rules import is_patched, may_have_a_line, may_patch
from radio_bridge.switch.patches.spans import Spans
from radio_bridge.switch.patches.voice import Move, VoiceOperatedKey, heard, look, lost

_log = logger("radio_bridge")
_patches = counter("radio_bridge_patches", "Patches begun and ended, by what came of it", ["what", "outcome"])
_keys = counter("radio_bridge_patch_keys", "Keys of patched telephones", ["way"])

KEY, SPEECH = "DTMFEnd", "ConfbridgeTalking"
EVENTS: Final = frozenset({KEY, SPEECH})
TALK, LISTEN = "*", "#"
"""Keys of a telephone: to talk (again: to listen), to listen."""
ALIVE_EVERY_S: Final = 0.5
SHUT_S: Final = 2.0
"""Who was denied or whose time is up is heard no more for so long, though he goes on speaking."""
LOOKED_S: Final = 0.05
"""How often a telephone that talks by voice is looked at."""


@dataclass(frozen=True, slots=True)
class Patch:
    """`leg` is the telephone's in the conference."""

    group: str
    call_id: UUID | None
    leg: ConferenceLeg
    talking: bool

    @property
    def by_voice(self) -> bool:
        """Whether the telephone's party asks for the floor by talking, not by a key."""
        return bool(self.leg.voice)

    @property
    def line(self) -> str:
        """The call's own name in the patch."""
        return self.leg.party.removeprefix(LINE)


class Patches:
    name = "patches"

    def __init__(self, ports: PatchPorts) -> None:
        self._ports = ports
        self._conferences = ports.conferences
        self._keys: dict[str, TelephoneKey] = {}
        self._held: dict[str, tuple[str, ConferenceLeg]] = {}
        """Where the telephones of these keys are."""
        self._by: dict[str, str] = {}
        """Who has patched the talkgroup, as far as this process knows."""
        self._operations = OperationMemory[bool]()
        self._beginning: set[str] = set()
        self._voiced: set[str] = set()
        """Talkgroups whose telephone is to talk by voice as soon as it is there."""
        self._voices: dict[str, VoiceOperatedKey] = {}
        self._shut: dict[str, float] = {}
        """Telephones that talk by voice and wait, and until when."""
        self._shown: dict[str, PatchChanged] = {}
        self.spans = Spans(ports.storage, ports.storage.clock, self._call_of)
        self._tasks = Tasks("patches")
        ports.floor.watch_answers(self._on_answer)
        ports.floor.watch(self._on_floor)

    async def start(self) -> None:
        self._tasks.forever("alive", self._run)
        self._tasks.forever("voices", self._listen)
        self._tasks.forever("spans", self.spans.write_behind.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.spans.write_behind.write_last()

    # --- what people ask ------------------------------------------------------------------------------

    async def begin(
        self, actor: Actor, group: str, call_id: UUID, op_id: UUID, *, voice: bool = False
    ) -> Outcome:
        """Put the call through to the talkgroup. The same `op_id` again is the same act. `voice`: the
        telephone talks by voice, and by its keys as well.

        Raises `MayNotPatch`, `ClassGuard`, `GroupPatched`, `UnknownTalkgroup`, and what call control raises.
        """
        again = self._operations.again(op_id, (group, call_id), True)
        known = (await self._ports.talkgroups.find(group)).group
        may_patch(actor, known)
        may_have_a_line(known)
        if not again:
            self._free(group)
        self._beginning.add(group)
        try:
            await self._ports.audit.record(actor, "patch.begin", f"talkgroup:{group} call:{call_id}")
            self._by[group] = actor.id
            if voice:
                self._voiced.add(group)
            outcome = await self._ports.calls.put_through(actor, call_id, conference_of(group), op_id)
        except SonghuaError:
            self._operations.forget(op_id)
            self._voiced.discard(group)
            _patches.labels("begin", "refused").inc()
            raise
        finally:
            self._beginning.discard(group)
        _patches.labels("begin", outcome).inc()
        return outcome

    async def end(self, actor: Actor, group: str, op_id: UUID) -> Outcome:
        """Agent and citizen speak with each other again; nothing of them is heard on the talkgroup any more.

        Raises `MayNotPatch`, `NotPatched`, and what call control raises.
        """
        again = self._operations.again(op_id, (group, None), True)
        patch = self.find(group)
        if patch is None and again:
            return "done"
        if patch is None or patch.call_id is None:
            self._operations.forget(op_id)
            raise NotPatched(remedy="see GET /api/patches")
        await self._may_handle(actor, patch)
        self._act(group, patch.leg, KeyUp())
        await self._ports.audit.record(actor, "patch.end", f"talkgroup:{group} call:{patch.call_id}")
        try:
            outcome = await self._ports.calls.take_back(actor, patch.call_id, op_id)
        except SonghuaError:
            self._operations.forget(op_id)
            _patches.labels("end", "refused").inc()
            raise
        _patches.labels("end", outcome).inc()
        return outcome

    async def press(self, actor: Actor, group: str, *, down: bool) -> Patch:
        """The agent presses the telephone's key for it, or lets it go. Raises `MayNotPatch`, `NotPatched`."""
        patch = self.find(group)
        if patch is None:
            raise NotPatched(remedy="see GET /api/patches")
        await self._may_handle(actor, patch)
        _keys.labels("desk").inc()
        self._by_hand(patch, down=down)
        return self.find(group) or patch

    def patches(self) -> Sequence[Patch]:
        """All patches that stand."""
        return [patch for group in self._conferences.groups() if (patch := self.find(group)) is not None]

    def _call_of(self, group: str) -> UUID | None:
        patch = self.find(group)
        return None if patch is None else patch.call_id

    def find(self, group: str) -> Patch | None:
        leg = next((leg for leg in self._conferences.legs(group) if leg.party.startswith(LINE)), None)
        if leg is None:
            return None
        call_id = self._ports.calls.call_of(leg.party.removeprefix(LINE))
        return Patch(group, call_id, leg, self._keys.get(leg.channel, TelephoneKey()).granted)

    # --- what the switch and floor control say --------------------------------------------------------

    def on_message(self, message: SwitchMessage) -> None:
        """A key of a patched telephone, or that it begins or ends to speak."""
        if message.name == SPEECH:
            self._on_speech(message.get("Channel"), speaks=message.get("TalkingStatus") == "on")
            return
        digit, channel = message.get("Digit"), message.get("Channel")
        if digit not in {TALK, LISTEN} or message.get("Direction") != "Received":
            return
        patch = next((one for one in self.patches() if one.leg.channel == channel), None)
        if patch is None:
            return
        _keys.labels("dtmf").inc()
        held = self._keys.get(channel, TelephoneKey()).op_id is not None
        self._by_hand(patch, down=not held and digit == TALK)

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        """The conferences say what is there."""

    def on_link_down(self) -> None:
        """Keys that were held are let go: whether the telephone is still there cannot be seen."""
        for patch in self.patches():
            self._act(patch.group, patch.leg, KeyUp())

    def _on_answer(self, answer: FloorAnswer) -> None:
        for patch in self.patches():
            if self._keys.get(patch.leg.channel, TelephoneKey()).op_id == answer.op_id:
                self._act(patch.group, patch.leg, FloorDecision(answer.op_id, answer.result))
                self._wait_if_lost(patch)

    def _on_floor(self, group: str, state: GroupState | None) -> None:
        """Floor control is away: whoever talked does so no more, and has to press anew."""
        if state is not None:
            return
        for channel, (where, leg) in list(self._held.items()):
            op_id = self._keys[channel].op_id
            if where == group and op_id is not None:
                self._act(group, leg, FloorDecision(op_id, "revoked"))

    # --- inside ---------------------------------------------------------------------------------------

    def _free(self, group: str) -> None:
        if group in self._beginning or is_patched(self._conferences.legs(group)):
            raise GroupPatched(remedy="end the patch that it has")

    async def _may_handle(self, actor: Actor, patch: Patch) -> None:
        """Whoever is on the call, and whoever may patch the talkgroup."""
        on_call = () if patch.call_id is None else self._ports.calls.agents_on(patch.call_id)
        if actor.id in on_call:
            return
        may_patch(actor, (await self._ports.talkgroups.find(patch.group)).group)

    def _act(self, group: str, leg: ConferenceLeg, signal: Signal) -> None:
        key, effects = apply(self._keys.get(leg.channel, TelephoneKey()), signal)
        if key == TelephoneKey():
            leg.by_hand = False
            self._keys.pop(leg.channel, None)
            self._held.pop(leg.channel, None)
        else:
            self._keys[leg.channel], self._held[leg.channel] = key, (group, leg)
        for effect in effects:
            self._tasks.spawn("key", lambda effect=effect: self._do(group, leg, effect))  # type: ignore[misc]
        self._show()

    def _on_speech(self, channel: str, *, speaks: bool) -> None:
        patch = next((one for one in self.patches() if one.leg.channel == channel), None)
        if patch is None:
            return
        voice, move = heard(self._voices.get(channel, VoiceOperatedKey()), time.monotonic(), speaks=speaks)
        self._voices[channel] = voice
        self._moved(patch, move)

    def _moved(self, patch: Patch, move: Move | None) -> None:
        """Its key follows its voice; one that is held by hand stays as it is."""
        channel = patch.leg.channel
        if move is None or not patch.by_voice:
            return
        if move == "let go":
            self._act(patch.group, patch.leg, KeyUp())
        elif self._keys.get(channel, TelephoneKey()).op_id is not None:
            self._voices[channel] = replace(self._voices[channel], down=False)
        else:
            _keys.labels("voice").inc()
            self._act(patch.group, patch.leg, KeyDown(uuid4()))

    def _wait_if_lost(self, patch: Patch) -> None:
        """Who was denied, or has had his time, is not heard for a while, though he goes on speaking."""
        leg = patch.leg
        if not patch.by_voice or leg.channel in self._keys:
            return
        self._voices[leg.channel] = lost(self._voices.get(leg.channel, VoiceOperatedKey()))
        self._shut[leg.channel] = time.monotonic() + SHUT_S
        self._conferences.shut(patch.group, leg, shut=True)

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(LOOKED_S)
            there = {patch.leg.channel: patch for patch in self.patches()}
            for channel in [channel for channel in self._voices if channel not in there]:
                del self._voices[channel]
                self._shut.pop(channel, None)
            for channel, patch in there.items():
                if not patch.by_voice:
                    continue
                self._open_again(patch)
                voice, move = look(
                    self._voices.get(channel, VoiceOperatedKey()),
                    time.monotonic(),
                    is_open=not patch.leg.muted,
                    hang_s=self._ports.voice_hang_s,
                )
                self._voices[channel] = voice
                self._moved(patch, move)

    def _open_again(self, patch: Patch) -> None:
        until = self._shut.get(patch.leg.channel)
        if until is not None and time.monotonic() >= until:
            del self._shut[patch.leg.channel]
            self._conferences.shut(patch.group, patch.leg, shut=False)

    def _let_talk_by_voice(self, group: str) -> None:
        patch = self.find(group)
        if group in self._voiced and patch is not None:
            self._voiced.discard(group)
            leg = patch.leg
            self._tasks.spawn("voice", lambda: self._mark(group, leg))

    async def _mark(self, group: str, leg: ConferenceLeg) -> None:
        try:
            await self._conferences.let_talk_by_voice(group, leg)
        except SonghuaError as error:
            _log.warning("a telephone talks by its keys alone", error=error.kind, talkgroup=group)

    def _by_hand(self, patch: Patch, *, down: bool) -> None:
        """Who lets go by hand has said his last word: nothing of his talk may be late."""
        if down and self._keys.get(patch.leg.channel, TelephoneKey()).op_id is None:
            patch.leg.by_hand = True
        self._act(patch.group, patch.leg, KeyDown(uuid4()) if down else KeyUp())

    def _greet(self, group: str) -> None:
        """Tell the telephone what it will hear. One that was put through by a former run has been told."""
        patch = self.find(group)
        if patch is not None:
            leg = patch.leg
            self._tasks.spawn("greet", lambda: self._do(group, leg, PlayTone("begin")))

    async def _do(self, group: str, leg: ConferenceLeg, effect: Effect) -> None:
        line, by = leg.party.removeprefix(LINE), self._by.get(group, "patch")
        try:
            match effect:
                case RequestFloor(op_id):
                    await self._ports.floor.line(group, line, op_id, by=by, action="request")
                case ReleaseFloor(op_id):
                    await self._ports.floor.line(group, line, op_id, by=by, action="release")
                case PlayTone(tone):
                    await self._ports.tones.sound(leg.channel, tone)
        except SonghuaError as error:
            # A request that nobody hears is said again; a talk without signs of life ends by itself.
            _log.info("a patched telephone's key", error=error.kind, talkgroup=group)

    async def _run(self) -> None:
        while True:
            there = {patch.leg.channel for patch in self.patches()}
            for channel, (group, leg) in list(self._held.items()):
                self._act(group, leg, KeyAlive() if channel in there else KeyUp())
            self._show()
            await asyncio.sleep(ALIVE_EVERY_S)

    def _show(self) -> None:
        """Tell desks what has changed."""
        found = self.patches()
        self.spans.look([patch.group for patch in found])
        now = {
            patch.group: PatchChanged(talkgroup=patch.group, call_id=patch.call_id, talking=patch.talking)
            for patch in found
        }
        for group, event in now.items():
            known = self._shown.get(group)
            if known is None and group in self._by:
                self._ports.notices.tell(group, "patched", self._by[group])
                self._greet(group)
                self._let_talk_by_voice(group)
            if known is None or (known.call_id, known.talking) != (event.call_id, event.talking):
                self._shown[group] = event
                self._ports.bus.publish(event)
        for group in [group for group in self._shown if group not in now]:
            del self._shown[group]
            self._ports.notices.tell(group, "unpatched", self._by.pop(group, "patch"))
            self._voiced.discard(group)
            self._ports.bus.publish(PatchChanged(talkgroup=group))
