"""The floors of all talkgroups: rights, time, and what is said to whom. Everything is in memory and at once;
a restart makes every floor idle, and every token of before is void.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from radio_bridge.floor.model import (
    EMERGENCY,
    LINE,
    PERSON,
    Cause,
    FloorStage,
    FloorState,
    QueuedFloorRequest,
    admits,
    due,
)
from radio_bridge.floor.ports import (
    EmergencyPresses,
    FloorReply,
    FloorSink,
    FloorSnapshot,
    FloorTalker,
    NetworkFloor,
    Result,
    TalkgroupMembership,
)
from radio_bridge.floor.reduce import apply
from radio_bridge.floor.signals import (
    AskNetwork,
    CeaseNetwork,
    CloseFloor,
    FloorPressed,
    FloorRelease,
    FloorRequestEnded,
    FloorSound,
    FloorTaken,
    FloorTick,
    Gone,
    Granted,
    NetworkAway,
    Queued,
    Quiet,
    Said,
    Signal,
    Talking,
    Void,
)

_log = logger("radio_bridge")
_answers = counter(
    "radio_bridge_floor_answers", "What was said to requests for the floor", ["result", "cause"]
)
_taken = gauge("radio_bridge_floors_taken", "Talkgroups in which somebody talks now")
_waiting = gauge("radio_bridge_floor_waiting", "Requests that wait in all talkgroups")
_unheard = counter(
    "radio_bridge_floor_unheard", "Frames of sound that were dropped: their token has no floor"
)

GROUPS_MOST: Final = 1000
LATE_S: Final = 0.1
"""A process that wakes so late was stopped or is short of time: signs of life may be waiting for it."""
GIVES_WAY_S: Final = 0.25
"""It takes those in before it ends what was due."""


class FloorControl:
    """`outlet` is where answers and states go; `networks` are those that own the floor, by name. `patched` is
    asked before them, for every floor that is not granted by itself alone.
    """

    def __init__(
        self,
        membership: TalkgroupMembership,
        clock: Clock,
        sink: FloorSink,
        *,
        emergencies: EmergencyPresses,
        networks: Mapping[str, NetworkFloor] | None = None,
        patched: NetworkFloor | None = None,
    ) -> None:
        self.run_id = secrets.token_hex(6)
        self._membership = membership
        self._clock = clock
        self._sink = sink
        self._networks = dict(networks or {})
        self._emergencies = emergencies
        self._patched = patched
        self._floors: dict[str, FloorState] = {}
        self._views: dict[str, FloorSnapshot] = {}
        self._talkers: dict[str, FloorTalker] = {}
        self._due: dict[str, float] = {}
        self._next_look: float | None = None
        self._wake = asyncio.Event()
        self._ended = False
        membership.on_change(self.refresh)

    # --- what people do -------------------------------------------------------------------------------

    def request(
        self,
        group: str,
        party: str,
        request_id: UUID,
        *,
        emergency: bool = False,
        take_over: bool = False,
        priority: int | None = None,
        relayed: bool = False,
    ) -> None:
        """The button was pressed. The answer goes to the outlet. `priority` is given where somebody else has
        decided on it.
        """
        floor = self._floors.get(group)
        if floor is None:
            self._deny(group, party, request_id, Cause.NO_SUCH_GROUP)
            return
        if self._ended:
            self._deny(group, party, request_id, Cause.RESTARTED)
            return
        right = self._membership.right(group, party)
        if right is None:
            self._deny(group, party, request_id, Cause.NOT_A_MEMBER)
            return
        if not right.talks and not emergency:
            self._deny(group, party, request_id, Cause.LISTENS_ONLY)
            return
        normal = right.priority if priority is None else priority
        if emergency:
            self._emergencies.pressed(group, party, request_id)
        rank = EMERGENCY if emergency else min(max(normal, 0), EMERGENCY - 1)
        self.take(group, FloorPressed(party, request_id, rank, take_over, relayed))

    def release(self, group: str, party: str, request_id: UUID) -> None:
        """The party gives the floor back, or ends its request."""
        self.take(group, FloorRelease(party, request_id))

    def talking(self, group: str, party: str, token: str) -> None:
        """A sign of life; whoever has no floor is told so."""
        if group in self._floors:
            self.take(group, Talking(party, token))
        else:
            self._say(group, Void(party, token))

    def audio(self, group: str, token: str) -> bool:
        """Whether a frame of sound with this token is heard; it is a sign of life, too."""
        floor = self._floors.get(group)
        now = self._clock.monotonic()
        if floor is None or not admits(floor, token, now):
            _unheard.inc()
            return False
        self.take(group, FloorSound(token))
        return True

    def carries(self, group: str, token: str) -> bool:
        """As `audio`, for sound out of a conference: its mixer never stops, so that is no sign of life."""
        floor = self._floors.get(group)
        heard = floor is not None and admits(floor, token, self._clock.monotonic())
        if not heard:
            _unheard.inc()
        return heard

    def too_late(self, group: str, party: str, request_id: UUID) -> None:
        """A press of the button that came when the finger has long been off; a copy of one that is known
        is answered as it stands.
        """
        floor = self._floors.get(group)
        if floor is not None and floor.knows(party, request_id):
            self.take(group, FloorPressed(party, request_id, 0))
        else:
            self._deny(group, party, request_id, Cause.LATE)

    def gone(self, group: str, party: str, cause: Cause) -> None:
        """The party is gone: whatever it had or asked for ends."""
        self.take(group, Gone(party, cause))

    def people_gone(self) -> None:
        """Nobody is there who could say that a person at a desk or a telephone still talks: they talk no
        more.
        """
        for group, floor in list(self._floors.items()):
            for ask in _asks(floor):
                if ask.party.startswith((PERSON, LINE)):
                    self.take(group, Gone(ask.party, Cause.UNREACHABLE))

    # --- what happens ---------------------------------------------------------------------------------

    def take(self, group: str, signal: Signal) -> None:
        """Apply a signal to a group's floor; of a group that is not there, nothing happens."""
        floor = self._floors.get(group)
        if floor is None:
            return
        after, said = apply(floor, signal, self._clock.monotonic())
        self._floors[group] = after
        for one in said:
            self._say(group, one)
        # A network may have answered meanwhile: what counts is the floor as it is kept.
        self._keep_time(group, self._floors[group])
        self._show(group, self._floors[group])

    def refresh(self) -> None:
        """Groups or rights may have changed: new floors, floors that end, parties that have to go."""
        wanted = self._membership.groups()
        for group in [group for group in self._floors if group not in wanted]:
            self.take(group, CloseFloor())
            del self._floors[group], self._views[group]
            self._due.pop(group, None)
            self._sink.closed(group)
        for group, rules in wanted.items():
            floor = self._floors.get(group)
            if floor is None:
                self._open(group, FloorState(group, self.run_id, rules, at=self._clock.monotonic()))
                continue
            if floor.rules != rules:
                self._floors[group] = replace(floor, rules=rules)
                self.take(group, FloorTick())
            self._put_out(group)

    def tick(self) -> None:
        """End what is due by now."""
        now = self._clock.monotonic()
        for group in [group for group, end in self._due.items() if end <= now]:
            self.take(group, FloorTick())

    async def run(self) -> None:
        """Keep the time, until cancelled."""
        while True:
            self._wake.clear()
            if self._clock.monotonic() > (self._next_look or float("inf")) + LATE_S:
                await asyncio.sleep(GIVES_WAY_S)
            self.tick()
            self._next_look = min(self._due.values(), default=None)
            pause = None
            if self._next_look is not None:
                pause = max(0.0, self._next_look - self._clock.monotonic())
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def end_all(self) -> None:
        """The role ends: whoever talks is told, and nobody is granted anything any more."""
        self._ended = True
        for group in list(self._floors):
            self.take(group, CloseFloor(Cause.RESTARTED))

    # --- what is so now -------------------------------------------------------------------------------

    def floor(self, group: str) -> FloorState | None:
        return self._floors.get(group)

    def view(self, group: str) -> FloorSnapshot | None:
        """The floor as others see it; None for an unknown talkgroup."""
        return self._views.get(group)

    def groups(self) -> list[str]:
        """Ids of all talkgroups with a floor."""
        return list(self._floors)

    # --- inside ---------------------------------------------------------------------------------------

    def _open(self, group: str, floor: FloorState) -> None:
        if len(self._floors) >= GROUPS_MOST:
            _log.error("too many talkgroups: this one has no floor", talkgroup=group)
            return
        self._floors[group] = floor
        self._views[group] = FloorSnapshot(group, 0, FloorStage.IDLE, None, 0)
        self._sink.state(group)

    def _put_out(self, group: str) -> None:
        """Whoever has lost his right has lost his floor and his place."""
        for ask in _asks(self._floors[group]):
            right = self._membership.right(group, ask.party)
            if right is None or (not right.talks and ask.priority < EMERGENCY):
                self.take(group, Gone(ask.party, Cause.NOT_A_MEMBER))

    def _deny(self, group: str, party: str, request_id: UUID, cause: Cause) -> None:
        _answers.labels("denied", cause.value).inc()
        self._sink.answer(FloorReply(group, party, request_id, "denied", cause))

    def _say(self, group: str, one: Said) -> None:
        match one:
            case FloorTaken() | Quiet():
                self._say_to_all(group, one)
            case AskNetwork() | CeaseNetwork():
                self._say_to_network(group, one)
            case _:
                self._say_to_party(group, one)

    def _say_to_party(self, group: str, one: Granted | Queued | FloorRequestEnded | Void) -> None:
        result: Result = "revoked"
        cause, again = Cause.NONE, False
        match one:
            case Granted(ask, token, limit_s, again):
                result = "granted"
                answer = FloorReply(group, ask.party, ask.request_id, result, token=token, limit_s=limit_s)
            case Queued(ask, position):
                result = "queued"
                answer = FloorReply(group, ask.party, ask.request_id, result, position=position)
            case FloorRequestEnded(over, again):
                result, cause = over.verdict, over.cause
                answer = FloorReply(group, over.party, over.request_id, result, cause, over.token)
            case Void(party, token):
                cause = Cause.NO_SUCH_TOKEN
                answer = FloorReply(group, party, None, result, cause, token)
        if not again:
            _answers.labels(result, cause.value).inc()
        self._sink.answer(answer)

    def _say_to_all(self, group: str, one: FloorTaken | Quiet) -> None:
        match one:
            case FloorTaken(party, priority):
                self._talkers[group] = self._talker(group, party, priority)
                self._sink.began(group, self._talkers[group])
            case Quiet(_, cause):
                talker = self._talkers.pop(group, None)
                if talker is not None:
                    self._sink.ended(group, talker, cause)

    def _say_to_network(self, group: str, one: AskNetwork | CeaseNetwork) -> None:
        network = self._patched or self._networks.get(group.partition(":")[0])
        if network is None:
            # Not from within `take`: this group's floor is still being told.
            asyncio.get_running_loop().call_soon(self.take, group, NetworkAway())
            return
        match one:
            case AskNetwork(ask):
                network.ask(group, ask)
            case CeaseNetwork(party, request_id):
                network.cease(group, party, request_id)

    def _talker(self, group: str, party: str, priority: int) -> FloorTalker:
        hold = self._floors[group].hold
        right = self._membership.right(group, party)
        name = (right.name if right is not None else "") or self._membership.name_of(party) or party
        request_id = None if hold is None else hold.ask.request_id
        return FloorTalker(party, name, priority, request_id, self._clock.now())

    def _keep_time(self, group: str, floor: FloorState) -> None:
        end = due(floor)
        if end is None:
            self._due.pop(group, None)
        else:
            self._due[group] = end
            if self._next_look is None or end < self._next_look:
                self._wake.set()

    def _show(self, group: str, floor: FloorState) -> None:
        """Tell everybody what has changed for everybody."""
        before = self._views[group]
        after = FloorSnapshot(group, before.rev, floor.stage, self._talkers.get(group), len(floor.queue))
        if after == before:
            return
        self._views[group] = replace(after, rev=before.rev + 1)
        _taken.set(len(self._talkers))
        _waiting.set(sum(view.waiting for view in self._views.values()))
        self._sink.state(group)


def _asks(floor: FloorState) -> list[QueuedFloorRequest]:
    """Everybody who waits, talks, or is asked for."""
    asks = [*floor.queue]
    asks += [floor.hold.ask] if floor.hold else []
    return asks + ([floor.asking.ask] if floor.asking else [])
