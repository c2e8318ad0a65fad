"""The desks' side of floor control, in the role `centre`: a request goes to the role `radio` and its answer
comes back over the broker; what every talkgroup's floor is, is kept as it was last told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal
from uuid import UUID

from core.actor import Actor
from core.bus import Bus
from core.errors import Forbidden, NotFound, Unavailable
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from core.operations import OperationMemory
from core.scopes import Scope
from field.contract.mobile import codec
from field.contract.mobile.messages import PresenceMessage
from radio_bridge import rights
from radio_bridge.centre.floor.events import FloorAnswered, FloorChanged
from radio_bridge.floor import topics
from radio_bridge.floor.messages import FloorAnswer, FloorRequest, GroupState
from radio_bridge.floor.model import LINE, PERSON, PHONE, Cause, FloorStage
from radio_bridge.floor.outgoing import EXPIRY_S
from radio_bridge.floor.ports import DeskRights, Notice
from radio_bridge.floor.wire import MAX_BYTES

_log = logger("radio_bridge")
_asked = counter(
    "radio_bridge_desk_floor", "Requests of desks for the floor by what came of them", ["result"]
)

KEPT: Final = 2000
GROUPS_MOST: Final = 1000
ANSWER_S: Final = 2.5
NEW_S: Final = 3.0
"""A talkgroup that was made this moment is known to the role `radio` within so long."""
NEW_AGAIN_S: Final = 0.2


class NoSuchTalkgroup(NotFound):
    kind: ClassVar[str] = "no-such-talkgroup"
    title: ClassVar[str] = "There is no such talkgroup"


class FloorAway(Unavailable):
    kind: ClassVar[str] = "floor-away"
    title: ClassVar[str] = "Floor control does not answer: nobody was granted the floor"


Watcher = Callable[[str, GroupState | None], None]
HeardBy = Callable[[str, str, UUID], bool | None]
"""Whether the switch has heard this party's talk in the talkgroup; None when it has no leg of his there."""
AnswerWatcher = Callable[[FloorAnswer], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The party that made a request; `line` is a telephone's leg."""

    user_id: str
    group: str
    line: str = ""

    @property
    def party(self) -> str:
        return f"{LINE}{self.line}" if self.line else f"{PERSON}{self.user_id}"


class DeskFloor:
    """Make it before the link starts: it subscribes. Who may ask is decided here."""

    def __init__(self, link: BrokerLink, bus: Bus, rights: DeskRights, *, tenant: str) -> None:
        self._link = link
        self._bus = bus
        self._rights = rights
        self._tenant = tenant
        self._states: dict[str, GroupState] = {}
        self._ops = OperationMemory[_Asked](KEPT)
        self._granted = OperationMemory[str](KEPT)
        """Talkgroups of requests that had the floor."""
        self._heard: HeardBy = lambda _group, _party, _op_id: None
        self._waiting: dict[UUID, asyncio.Future[FloorAnswer]] = {}
        self._there = False
        self._watchers: list[Watcher] = []
        self._answered: list[AnswerWatcher] = []
        link.subscribe(f"v1/{tenant}/{topics.EVERY_STATE}", self._on_state, name="tg-state")
        link.subscribe(f"v1/{tenant}/{topics.EVERY_ANSWER}", self._on_answer, name="floor-res")
        link.subscribe(topics.presence(tenant), self._on_presence, name="floor-state")

    def floors(self) -> Sequence[FloorChanged]:
        """Every talkgroup's floor as it was last told; `away` while nobody keeps it or we hear nothing."""
        there = self._there and self._link.connected
        known = [group for group in sorted(self._states) if self._rights.knows(group)]
        return [changed(group, self._states[group]) if there else away(group) for group in known]

    def watch(self, watcher: Watcher) -> None:
        """Call it with each state of a talkgroup's floor as it comes; None when nobody keeps that floor."""
        self._watchers.append(watcher)

    def watch_answers(self, watcher: AnswerWatcher) -> None:
        """Call it with each answer to a request of a telephone."""
        self._answered.append(watcher)

    def heard_by(self, heard: HeardBy) -> None:
        """Before it starts: who knows whom the switch hears."""
        self._heard = heard

    def is_heard(self, answer: FloorAnswer) -> bool | None:
        """Whether who was granted the floor is heard in the talkgroup; None when that is not known."""
        party = self.party_of(answer.op_id) if answer.result == "granted" else None
        return None if party is None else self._heard(answer.talkgroup, party, answer.op_id)

    def is_idle(self, group: str) -> bool:
        """Whether the floor is idle: no talker, no queue, no pending answer; also while floor control is
        away.
        """
        state = self._states.get(group) if self._there else None
        return state is None or state.stage is FloorStage.IDLE

    async def tell(self, group: str, op_id: UUID, notice: Notice, *, by: str) -> None:
        """Have the network's radios hear this tone, if nobody talks when it comes; at most once. `by` is who
        has done what it tells of. Raises `FloorAway`.
        """
        await self._say(group, FloorRequest(action=notice, op_id=op_id, user_id=by))

    def party_of(self, op_id: UUID | None) -> str | None:
        """The desk or line that made this request."""
        who = None if op_id is None else self._ops.answer(op_id)
        return None if who is None else who.party

    async def request(
        self, actor: Actor, group: str, op_id: UUID, *, emergency: bool = False, take_over: bool = False
    ) -> FloorAnswer:
        """Ask for the floor; the first answer: granted, queued or denied. The same `op_id` again is the same
        request and says that the button is still held: what has become of it is answered.

        `take_over` is for who commands. Raises `Forbidden`, `NoSuchTalkgroup`, `Conflict` for an `op_id` of
        something else, and `FloorAway`: then nobody was granted anything, or it is taken back. Of a request
        that was granted before it only says that this sign of life was not answered: the talk goes on.
        """
        priority = await self._may(actor, group)
        if take_over:
            rights.TAKE_OVER.check(actor)
        self._once(op_id, _Asked(actor.id, group))
        said = FloorRequest(
            action="request",
            op_id=op_id,
            user_id=actor.id,
            priority=priority,
            emergency=emergency,
            take_over=take_over,
        )
        answer = await self._answer_to(group, said)
        until = time.monotonic() + NEW_S
        while answer.cause is Cause.NO_SUCH_GROUP and self._rights.knows(group) and time.monotonic() < until:
            await asyncio.sleep(NEW_AGAIN_S)
            answer = await self._answer_to(group, said)
        return answer

    async def _answer_to(self, group: str, said: FloorRequest) -> FloorAnswer:
        op_id = said.op_id
        answer = self._waiting.get(op_id)
        if answer is None or answer.done():
            answer = asyncio.get_running_loop().create_future()
            self._waiting[op_id] = answer
        try:
            await self._say(group, said)
            async with asyncio.timeout(ANSWER_S):
                found = await asyncio.shield(answer)
        except TimeoutError as late:
            _asked.labels("silent").inc()
            if self._granted.answer(op_id) is None:
                await self._say(group, said.model_copy(update={"action": "release"}))
            raise FloorAway(remedy="see that the role radio runs") from late
        finally:
            if self._waiting.get(op_id) is answer:
                del self._waiting[op_id]
        if found.result == "granted":
            self._granted.again(op_id, group, group)
        _asked.labels(found.result).inc()
        return found

    async def release(self, actor: Actor, group: str, op_id: UUID) -> None:
        """Let the button go: `op_id` is the request's. Again, or for one that is over, it changes nothing.

        Raises `Forbidden`, `NoSuchTalkgroup`, `Conflict`, `FloorAway` (the watchdog ends it then).
        """
        await self._may(actor, group)
        self._once(op_id, _Asked(actor.id, group))
        await self._say(group, FloorRequest(action="release", op_id=op_id, user_id=actor.id))

    async def line(
        self, group: str, line: str, op_id: UUID, *, by: str, action: Literal["request", "release"]
    ) -> None:
        """A telephone's key, as it is said for the first time and as its sign of life; `by` is who has put it
        through, and has been allowed to. Answers come to `watch_answers`. Raises as `release`.
        """
        self._once(op_id, _Asked(by, group, line))
        said = FloorRequest(action=action, op_id=op_id, user_id=by, line=line, priority=PHONE)
        await self._say(group, said)

    async def _may(self, actor: Actor, group: str) -> int:
        """His priority there."""
        if not self._rights.knows(group):
            await self._rights.look_again()
        if not self._rights.knows(group):
            raise NoSuchTalkgroup(remedy="see GET /api/talkgroups")
        actor.require_within(Scope.TALKGROUP, group)
        priority = self._rights.priority_of(group, actor.roles)
        if priority is None:
            raise Forbidden("you may not talk on this group", remedy="see its rights: talk")
        return priority

    def _once(self, op_id: UUID, asked: _Asked) -> None:
        self._ops.again(op_id, asked, asked)

    async def _say(self, group: str, said: FloorRequest) -> None:
        payload = said.model_dump_json().encode()
        if not await self._link.publish(topics.request(self._tenant, group), payload, expiry_s=EXPIRY_S):
            _asked.labels("away").inc()
            raise FloorAway(remedy="start the role radio")

    async def _on_answer(self, message: BrokerMessage) -> None:
        try:
            said = codec.decode(FloorAnswer, message.payload, limit=MAX_BYTES)
        except Malformed as error:
            _log.warning("an answer of floor control dropped", why=str(error))
            return
        waiting = self._waiting.get(said.op_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(said)
        who = self._ops.answer(said.op_id)
        if who is not None and who.line:
            for told in self._answered:
                told(said)
        elif who is not None:
            self._bus.publish(
                FloorAnswered(
                    agent_id=who.user_id,
                    op_id=said.op_id,
                    talkgroup=said.talkgroup,
                    result=said.result,
                    cause=said.cause.value,
                    limit_s=said.limit_s,
                    position=said.position,
                )
            )

    async def _on_state(self, message: BrokerMessage) -> None:
        try:
            group = topics.group_of(self._tenant, message.topic)
            said = codec.decode(GroupState, message.payload, limit=MAX_BYTES) if message.payload else None
        except Malformed as error:
            _log.warning("a talkgroup's state dropped", why=str(error))
            return
        if said is None:
            self._states.pop(group, None)
        elif group in self._states or len(self._states) < GROUPS_MOST:
            before = self._states.get(group)
            if before is not None and before.run == said.run and before.rev > said.rev:
                return
            self._states[group] = said
        if self._there or said is None:
            self._bus.publish(changed(group, said))
            self._tell(group, said)

    async def _on_presence(self, message: BrokerMessage) -> None:
        """When floor control ends, its last word about each group does not count any more."""
        try:
            there = bool(message.payload) and codec.decode(PresenceMessage, message.payload).online
        except Malformed as error:
            _log.warning("floor control's presence dropped", why=str(error))
            return
        if there == self._there:
            return
        self._there = there
        for group, state in self._states.items():
            self._bus.publish(changed(group, state) if there else away(group))
            self._tell(group, state if there else None)

    def _tell(self, group: str, state: GroupState | None) -> None:
        for watcher in self._watchers:
            watcher(group, state)


def away(group: str) -> FloorChanged:
    """Floor control is away: the floor has no talker."""
    return FloorChanged(talkgroup=group, stage="away")


def changed(group: str, state: GroupState | None) -> FloorChanged:
    """The floor as desks see it; without a state the talkgroup is no more."""
    if state is None:
        return FloorChanged(talkgroup=group, stage="closed")
    talker = state.talker
    return FloorChanged(
        talkgroup=group,
        stage=state.stage,
        talker=talker.party if talker else "",
        talker_name=talker.name if talker else "",
        priority=talker.priority if talker else None,
        emergency=talker is not None and talker.emergency,
        since=talker.since if talker else None,
        waiting=state.waiting,
    )
