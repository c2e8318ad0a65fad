"""Floor control over MQTT, in the role `radio`: buttons and desks on one side, `FloorControl` on the other.

The link's session is forgotten by the broker at once: a button that was pressed while nobody listened is not
pressed later. What is malformed or late is counted and dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from pydantic import BaseModel

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from core.tasks import Tasks
from field.contract.mobile import codec
from field.contract.mobile import topics as unit_topics
from field.contract.mobile.messages import PresenceMessage
from field.contract.names import is_unit
from radio_bridge.floor import topics
from radio_bridge.floor.members import DESK_NAME, LINE_NAME
from radio_bridge.floor.messages import (
    FloorAnswer,
    FloorRequest,
    GrantMessage,
    GroupState,
    Ptt,
    TalkerBody,
    TalkerEvent,
)
from radio_bridge.floor.model import EMERGENCY, LINE, NOTICE, PERSON, Cause
from radio_bridge.floor.outgoing import FloorSender, Parcel
from radio_bridge.floor.ports import FloorReply, FloorSnapshot, FloorTalker, Notices
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.settings import FloorSettings
from radio_bridge.floor.transmissions import TransmissionLog

_log = logger("radio_bridge")
_heard = counter("radio_bridge_floor_heard", "Messages about the floor by what became of them", ["fate"])

M = TypeVar("M", bound=BaseModel)

MAX_BYTES: Final = 2048
ALIVE_SHARE: Final = 4
"""Signs of life within the watchdog's time: three may be lost."""
AGAIN_S: Final = 1.0


class FloorWire:
    """Implements `radio_bridge.floor.ports.FloorSink`. Make it before the link starts: it subscribes."""

    def __init__(
        self,
        link: BrokerLink,
        clock: Clock,
        settings: FloorSettings,
        *,
        tenant: str,
        talks: TransmissionLog,
    ) -> None:
        self._link = link
        self._clock = clock
        self._settings = settings
        self._tenant = tenant
        self._talks = talks
        self._out = FloorSender(link, clock)
        self._to_say: set[str] = set()
        self._unsaid: set[str] = set()
        self._tasks = Tasks("floor-wire")
        self._control: FloorControl | None = None
        self._notices: Notices | None = None
        root = f"v1/{tenant}"
        # The states that the former run left: who had the floor then is told that he has it no more.
        link.subscribe(f"{root}/{topics.EVERY_STATE}", self._safely(self._on_state), name="tg-state")
        link.subscribe(f"{root}/{topics.EVERY_PTT}", self._safely(self._on_ptt), name="ptt")
        link.subscribe(f"{root}/{topics.EVERY_REQUEST}", self._safely(self._on_request), name="floor-req")
        link.subscribe(topics.desks(tenant), self._safely(self._on_desks), name="desks")
        link.on_connect(self._on_connect)

    def attach(self, control: FloorControl) -> None:
        """The control that gets what the broker brings."""
        self._control = control

    def tells_by(self, notices: Notices) -> None:
        """Before it starts."""
        self._notices = notices

    async def start(self) -> None:
        await self._out.start()
        self._tasks.forever("again", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._out.stop()

    @property
    def control(self) -> FloorControl:
        if self._control is None:
            raise RuntimeError("the wire is not attached")
        return self._control

    @property
    def alive_every_s(self) -> float:
        """How often a talker has to show a sign of life, in seconds."""
        return self._settings.dead_key_s / ALIVE_SHARE

    # --- heard ----------------------------------------------------------------------------------------

    def _on_ptt(self, message: BrokerMessage) -> None:
        address = unit_topics.parse(self._tenant, message.topic)
        if not is_unit(address.uid):
            raise Malformed("a unit with the name of a person or a line")
        said = _decode(Ptt, message.payload)
        unit, group = address.uid, said.talkgroup
        match said.action:
            case "request" if self._is_late(said):
                _heard.labels("late").inc()
                self.control.too_late(group, unit, said.msg_id)
                return
            case "request":
                self.control.request(group, unit, said.msg_id, emergency=said.emergency)
            case "release":
                if said.of is None:
                    raise Malformed("a release without its request")
                self.control.release(group, unit, said.of)
            case "talking":
                self.control.talking(group, unit, said.token)
        _heard.labels(said.action).inc()

    def _on_request(self, message: BrokerMessage) -> None:
        group = topics.group_of(self._tenant, message.topic)
        said = _decode(FloorRequest, message.payload)
        person = f"{LINE}{said.line}" if said.line else f"{PERSON}{said.user_id}"
        if said.action == "release":
            self.control.release(group, person, said.op_id)
        elif said.action != "request":
            if self._notices is not None:
                self._notices.tell(group, said.op_id, said.action)
        else:
            self.control.request(
                group,
                person,
                said.op_id,
                emergency=said.emergency,
                take_over=said.take_over,
                priority=said.priority,
            )
        _heard.labels(f"desk_{said.action}").inc()

    def _on_state(self, message: BrokerMessage) -> None:
        """A state of a former run: whoever had the floor then has it no more."""
        group = topics.group_of(self._tenant, message.topic)
        if not message.payload:
            return
        said = _decode(GroupState, message.payload)
        former = said.run != self.control.run_id
        if former and said.talker is not None and said.talker.of is not None:
            _log.info("a talker of the former run is taken off", talkgroup=group)
            party = said.talker.party
            who = party if is_unit(party) else f"{PERSON}?"
            self.answer(FloorReply(group, who, said.talker.of, "revoked", Cause.RESTARTED))
        if former and said.talker is not None:
            self._talks.left_over(group, said.talker, said.ts)
        if self.control.view(group) is None:
            self.closed(group)

    def _on_desks(self, message: BrokerMessage) -> None:
        """The role `centre` has ended, or its link was cut: a last will is there at once."""
        if message.payload and not _decode(PresenceMessage, message.payload).online:
            _heard.labels("desks_gone").inc()
            self.control.people_gone()

    async def _on_connect(self) -> None:
        for group in self.control.groups():
            self.state(group)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            self.say_again()

    def say_again(self) -> None:
        """A state that the broker did not take, though it is there, must not stay untold until it changes."""
        if not self._link.connected:
            return
        unsaid, self._unsaid = self._unsaid, set()
        for group in unsaid:
            if self.control.view(group) is None:
                self.closed(group)
            else:
                self.state(group)

    def _is_late(self, said: Ptt) -> bool:
        """By the terminal's own clock where it says how old the copy is; it may be wrong by a day."""
        asked = said.sent or self._clock.now()
        return (asked - said.ts).total_seconds() > self._settings.late_s

    def _safely(self, take: Callable[[BrokerMessage], None]) -> Callable[[BrokerMessage], Awaitable[None]]:
        async def handle(message: BrokerMessage) -> None:
            try:
                take(message)
            except Malformed as error:
                _heard.labels("malformed").inc()
                _log.warning("a word about the floor dropped", why=str(error))

        return handle

    # --- said -----------------------------------------------------------------------------------------

    def answer(self, answer: FloorReply) -> None:
        if answer.party.startswith((PERSON, LINE)):
            self._answer_desk(answer)
        elif answer.party == NOTICE:
            if self._notices is not None:
                self._notices.answered(answer)
        elif is_unit(answer.party):
            self._answer_unit(answer)

    def state(self, group: str) -> None:
        if group in self._to_say:
            return
        self._to_say.add(group)

        def payload() -> bytes | None:
            self._to_say.discard(group)
            view = self.control.view(group)
            return None if view is None else self._state(view)

        if not self._put_state(group, payload):
            self._to_say.discard(group)

    def began(self, group: str, talker: FloorTalker) -> None:
        self._talker(group, talker, "start", Cause.NONE)
        self._talks.began(group, _body(talker))

    def ended(self, group: str, talker: FloorTalker, cause: Cause) -> None:
        self._talker(group, talker, "stop", cause)
        self._talks.ended(group, _body(talker), cause)

    def closed(self, group: str) -> None:
        """An empty retained message is how a topic is cleared; not when the group is there again by then."""
        self._put_state(group, lambda: b"" if self.control.view(group) is None else None)

    def _answer_unit(self, answer: FloorReply) -> None:
        granted = answer.result == "granted"
        said = GrantMessage(
            ts=self._clock.now(),
            talkgroup=answer.group,
            of=answer.request_id,
            result=answer.result,
            cause=answer.cause,
            token=answer.token,
            limit_s=answer.limit_s,
            alive_every_s=self.alive_every_s if granted else None,
            dead_key_s=self._settings.dead_key_s if granted else None,
            position=answer.position,
        )
        topic = unit_topics.down(self._tenant, answer.party, "grant")
        self._put(topic, lambda: codec.encode(said), nobody=self._take_off(answer))

    def _answer_desk(self, answer: FloorReply) -> None:
        if answer.request_id is None:
            return
        said = FloorAnswer(
            op_id=answer.request_id,
            talkgroup=answer.group,
            result=answer.result,
            cause=answer.cause,
            token=answer.token,
            limit_s=answer.limit_s,
            alive_every_s=self.alive_every_s if answer.result == "granted" else None,
            dead_key_s=self._settings.dead_key_s if answer.result == "granted" else None,
            position=answer.position,
        )
        topic = topics.answer(self._tenant, answer.group)
        self._put(topic, lambda: said.model_dump_json().encode(), nobody=self._take_off(answer))

    def _take_off(self, answer: FloorReply) -> Callable[[], None] | None:
        """What to do when nobody hears a grant: he has no session, so he cannot be talking."""
        request_id = answer.request_id
        if answer.result != "granted" or request_id is None:
            return None

        def nobody() -> None:
            if self._holds(answer.group, answer.party, request_id):
                self.control.gone(answer.group, answer.party, Cause.UNREACHABLE)

        return nobody

    def _holds(self, group: str, party: str, request_id: UUID) -> bool:
        floor = self.control.floor(group)
        return floor is not None and floor.hold is not None and floor.hold.ask.key == (party, request_id)

    def _talker(self, group: str, talker: FloorTalker, event: str, cause: Cause) -> None:
        said = TalkerEvent.model_validate(
            {
                "ts": self._clock.now(),
                "talkgroup": group,
                "event": event,
                "talker": _body(talker),
                "cause": cause,
            }
        )
        self._put(topics.talker(self._tenant, group), lambda: said.model_dump_json().encode())

    def _state(self, view: FloorSnapshot) -> bytes:
        said = GroupState(
            run=self.control.run_id,
            rev=view.rev,
            ts=self._clock.now(),
            talkgroup=view.group,
            stage=view.stage,
            talker=None if view.talker is None else _body(view.talker),
            waiting=view.waiting,
        )
        return said.model_dump_json().encode()

    def _put(
        self, topic: str, payload: Callable[[], bytes | None], *, nobody: Callable[[], None] | None = None
    ) -> None:
        self._out.put(Parcel(topic, payload, self._clock.monotonic(), nobody=nobody))

    def _put_state(self, group: str, payload: Callable[[], bytes | None]) -> bool:
        def lost() -> None:
            self._unsaid.add(group)

        topic = topics.state(self._tenant, group)
        taken = self._out.put(Parcel(topic, payload, self._clock.monotonic(), retain=True, lost=lost))
        if not taken:
            lost()
        return taken


def _decode(model: type[M], payload: bytes) -> M:
    return codec.decode(model, payload, limit=MAX_BYTES)


def _body(talker: FloorTalker) -> TalkerBody:
    """Who a person at a desk is, and the number of a telephone, are not for the air."""
    party, name = talker.party[:80], talker.name[:80]
    if party.startswith(PERSON):
        party = name = DESK_NAME
    elif party.startswith(LINE):
        party = name = LINE_NAME
    return TalkerBody(
        party=party,
        name=name,
        priority=talker.priority,
        emergency=talker.priority == EMERGENCY,
        of=talker.request_id,
        since=talker.since,
    )
