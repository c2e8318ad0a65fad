"""The hotline with everything around it played: switch, history, speech nodes, bus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from core.actor import Actor, Role
from core.bus import Handler
from core.clock import ManualClock
from core.errors import Forbidden
from core.events import Event
from core.storage import Storage, StorageAway, Transaction
from hotline.compose import compose
from hotline.events import CallerContext
from hotline.metrics.ports import NoOtherSwitches
from hotline.ports import HotlinePorts, StaffPhone, TapAnnouncement
from hotline.settings import HotlineSettings
from tests.hotline.played_control import PlayedControl
from tests.hotline.ports import (
    AuditTrail,
    PlayedConferencePhones,
    PlayedDialler,
    PlayedDrainSwitch,
    PlayedRooms,
    PlayedUnseenCalls,
    conference_ports,
    nobody_to_call,
)
from tests.hotline.stream import Message, Snapshot, message

E = TypeVar("E", bound=Event)

LI = Actor("li", "李敏", frozenset({Role.AGENT}))
WANG = Actor("wang", "王芳", frozenset({Role.AGENT}))
ZHAO = Actor("zhao", "赵强", frozenset({Role.AGENT}))
CHIEF = Actor("chief", "孙主任", frozenset({Role.SUPERVISOR}))
DESKS = (
    StaffPhone("li", "李敏", "agent101"),
    StaffPhone("wang", "王芳", "agent102"),
    StaffPhone("zhao", "赵强", "agent103"),
)


class RecordingBus:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.subscribers: list[tuple[type[Event], str]] = []

    def publish(self, event: Event) -> None:
        self.events.append(event)

    async def deliver(self, event: Event) -> None:
        self.events.append(event)

    def subscribe(self, event_type: type[E], handler: Handler[E], *, name: str) -> None:
        self.subscribers.append((event_type, name))

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


class PlayedSwitch:
    """Records what the switch is told; refuses while `away`."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.taps: list[tuple[str, UUID, str, int]] = []
        self.ended: list[UUID] = []
        self.away = False
        self.unended: set[UUID] = set()
        """Taps that it does not end: it gives no answer."""
        self.slow: asyncio.Event | None = None
        self.ending: asyncio.Event | None = None
        """It ends a tap at once and takes its time to say so."""
        self.rows: list[Message] = []
        """What QueueStatus would answer."""

    async def queue_add(
        self, queue: str, interface: str, *, member: str, paused: bool, reason: str, penalty: int
    ) -> None:
        more = (reason,) if reason else ()
        self._tell("add", queue, interface, member, paused, *more, *((penalty,) if penalty else ()))

    async def queue_remove(self, queue: str, interface: str) -> None:
        self._tell("remove", queue, interface)

    async def queue_pause(self, queue: str, interface: str, *, paused: bool, reason: str) -> None:
        self._tell("pause", queue, interface, paused, reason)

    async def queue_penalty(self, queue: str, interface: str, penalty: int) -> None:
        self._tell("penalty", queue, interface, penalty)

    async def queue_priority(self, queue: str, channel: str, level: int, since: float) -> None:
        self._tell("priority", queue, channel, level, since)

    async def queue_status(self) -> Sequence[Message]:
        self._tell("status")
        return list(self.rows)

    async def place_tap(self, channel: str, tap_id: UUID, host: str, port: int) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise ConnectionError("no switch")
        self.taps.append((channel, tap_id, host, port))

    async def end_tap(self, tap_id: UUID) -> bool:
        if self.away or tap_id in self.unended:
            raise ConnectionError("no switch")
        self.ended.append(tap_id)
        if self.ending is not None:
            await self.ending.wait()
        return any(tap_id == placed for _, placed, *_ in self.taps)

    @property
    def live_taps(self) -> list[UUID]:
        """Taps that were placed and that nobody has ended here."""
        return [tap_id for _, tap_id, *_ in self.taps if tap_id not in self.ended]

    def _tell(self, *what: object) -> None:
        if self.away:
            raise ConnectionError("no switch")
        self.told.append(what)


@dataclass
class PlayedNode:
    name: str = "speech-1"
    host: str = "127.0.0.1"
    port: int = 9093
    free: int = 10


@dataclass
class PlayedSpeech:
    nodes: list[PlayedNode] = field(default_factory=lambda: [PlayedNode()])
    announced: list[TapAnnouncement] = field(default_factory=list)
    retired: list[tuple[str, UUID]] = field(default_factory=list)
    broken: bool = False

    def online(self) -> Sequence[PlayedNode]:
        return self.nodes

    def known(self) -> bool:
        return True

    async def retire(self, node: str, tap_id: UUID) -> None:
        self.retired.append((node, tap_id))

    async def announce(self, tap: TapAnnouncement) -> None:
        if self.broken:
            raise ConnectionError("no broker")
        self.announced.append(tap)


@dataclass
class PlayedPauses:
    """Calls whose recording is paused; `sure`: what was before the start is known, too."""

    calls: set[UUID] = field(default_factory=set)
    sure: bool = True

    def paused(self) -> AbstractSet[UUID]:
        return self.calls

    def known(self) -> bool:
        return self.sure


@dataclass
class PlayedHistory:
    context: CallerContext = field(default_factory=CallerContext)
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def lookup(self, caller: str) -> CallerContext:
        self.asked.append(caller)
        if self.gate is not None:
            await self.gate.wait()
        return self.context

    async def whole(self, caller: str) -> CallerContext:
        return await self.lookup(caller)


class PlayedPhoneBook:
    def __init__(self) -> None:
        self.people: Sequence[StaffPhone] = DESKS

    def desks(self) -> Iterable[StaffPhone]:
        return self.people


class Looked:
    """The looks that the audit trail was told of; `away`: the database is."""

    def __init__(self) -> None:
        self.at: list[tuple[str, str, str]] = []
        self.away = False

    async def viewed(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        if self.away:
            raise StorageAway("played")
        self.at.append((actor.id, action, subject))


class PlayedCases:
    """Implements `NamedCases`: these are not for everybody."""

    def __init__(self) -> None:
        self.secret: set[UUID] = set()
        self.linked: list[tuple[UUID, UUID]] = []

    async def link(
        self, transaction: Transaction, actor: Actor, call_id: UUID, case_ids: Sequence[UUID]
    ) -> None:
        await self.require(actor, case_ids)
        self.linked += [(call_id, case_id) for case_id in case_ids]

    async def require(self, actor: Actor, case_ids: Sequence[UUID]) -> None:
        if self.secret.intersection(case_ids) and not actor.has(Role.SUPERVISOR):
            raise Forbidden


class World:
    def __init__(self, storage: Storage, settings: HotlineSettings | None = None) -> None:
        self.clock = ManualClock()
        self.bus = RecordingBus()
        self.switch = PlayedSwitch()
        self.speech = PlayedSpeech()
        self.history = PlayedHistory()
        self.pauses = PlayedPauses()
        self.storage = storage
        self.looked = Looked()
        self.user = LI
        self.phone_book = PlayedPhoneBook()
        self.cases = PlayedCases()
        self.control = PlayedControl(self)
        self.dialler = PlayedDialler()
        self.unseen = PlayedUnseenCalls()
        self.trail = AuditTrail()
        self.drain_switch = PlayedDrainSwitch()
        self.rooms = PlayedRooms()
        self.conference_phones = PlayedConferencePhones()
        self.ports = HotlinePorts(
            bus=self.bus,
            clock=self.clock,
            storage=storage,
            switch=self.switch,
            history=self.history,
            tap_nodes=self.speech,
            tap_announcer=self.speech,
            phone_book=self.phone_book,
            current_user=lambda: self.user,
            cases=self.cases,
            pauses=self.pauses,
            views=self.looked,
            control=self.control,
            unseen=self.unseen,
            nuisance_numbers=(),
            dialler=self.dialler,
            way_out=lambda _: True,
            audit=self.trail,
            outbound=nobody_to_call(),
            drain=self.drain_switch,
            conferences=conference_ports(self.rooms, self.conference_phones),
            others=NoOtherSwitches(),
        )
        self.settings = settings or HotlineSettings(system_name="hl")
        self.hotline = compose(self.settings, self.ports)
        self.epoch = 0

    async def connect(self, channels: Sequence[Message] = (), queues: Sequence[Message] = ()) -> None:
        """The link to the switch comes up, with this snapshot."""
        self.epoch += 1
        await self.hotline.switch.on_snapshot(Snapshot(self.epoch, channels, queues))
        await settle()

    def hears(self, messages: Iterable[Message]) -> None:
        for one in messages:
            self.hotline.switch.on_message(one, self.epoch)

    async def plays(self, messages: Iterable[Message]) -> None:
        """The messages, and whatever background work follows from them."""
        self.hears(messages)
        await settle()

    def state_of(self, agent_id: str) -> str:
        view = self.hotline.board.agent(agent_id)
        assert view is not None
        return view.state.value


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class CallScript:
    """Writes the messages that Asterisk sends for one citizen's call, step by step."""

    def __init__(self, number: int = 1, *, caller: str = "13936001234", linkedid: str = "") -> None:
        self.citizen = f"hl-{1000 + number}.{number * 10}"
        self.linkedid = linkedid or self.citizen
        self.channel = f"PJSIP/trunk-{number:08x}"
        self.caller = caller
        self._legs = 0

    def _about(self, uniqueid: str, channel: str, state: int, **more: str) -> dict[str, str]:
        about = {"Uniqueid": uniqueid, "Linkedid": self.linkedid, "Channel": channel}
        return {**about, "ChannelState": str(state), **more}

    def arrives(self) -> list[Message]:
        about = {"CallerIDNum": self.caller, "CallerIDName": "王小明", "Exten": "12345", "Context": "hotline"}
        return [
            message("Newchannel", **self._about(self.citizen, self.channel, 4, **about)),
            message("Newstate", **self._about(self.citizen, self.channel, 6, **about)),
        ]

    def queues(self, queue: str = "hotline") -> list[Message]:
        return [
            message(
                "QueueCallerJoin",
                **self._about(
                    self.citizen, self.channel, 6, Queue=queue, CallerIDNum=self.caller, Language="zh"
                ),
            )
        ]

    def rings(self, endpoint: str, *, queue: str = "hotline") -> tuple[str, list[Message]]:
        """The Uniqueid of the leg that is rung, and the messages."""
        self._legs += 1
        uniqueid = f"{self.citizen}{self._legs}"
        channel = f"PJSIP/{endpoint}-{self._legs:08x}"
        about = {
            **self._about(self.citizen, self.channel, 6, CallerIDNum=self.caller, Language="zh"),
            "DestUniqueid": uniqueid,
            "DestLinkedid": self.linkedid,
            "DestChannel": channel,
        }
        messages = [message("Newchannel", **self._about(uniqueid, channel, 0))]
        if queue:
            called = {"Queue": queue, "Interface": f"PJSIP/{endpoint}", "MemberName": endpoint}
            messages.append(message("AgentCalled", **about, **called))
        messages.append(message("DialBegin", **about))
        messages.append(message("Newstate", **self._about(uniqueid, channel, 5)))
        return uniqueid, messages

    def answers(self, uniqueid: str, endpoint: str, *, bridge: str = "b1") -> list[Message]:
        channel = f"PJSIP/{endpoint}-{self._legs:08x}"
        queue = {"Queue": "hotline", "Interface": f"PJSIP/{endpoint}", "DestUniqueid": uniqueid}
        return [
            message("Newstate", **self._about(uniqueid, channel, 6)),
            message("QueueCallerLeave", **self._about(self.citizen, self.channel, 6, Queue="hotline")),
            message("AgentConnect", **self._about(self.citizen, self.channel, 6), **queue),
            message("BridgeEnter", **self._about(uniqueid, channel, 6, BridgeUniqueid=bridge)),
            message("BridgeEnter", **self._about(self.citizen, self.channel, 6, BridgeUniqueid=bridge)),
        ]

    def leaves(self, uniqueid: str = "", bridge: str = "b1") -> list[Message]:
        """The citizen's leg, or this one, is taken out of the bridge."""
        about = {"Uniqueid": uniqueid or self.citizen, "Linkedid": self.linkedid}
        return [message("BridgeLeave", BridgeUniqueid=bridge, **about)]

    def hangs_up(self, uniqueid: str = "", cause: str = "16") -> list[Message]:
        uniqueid = uniqueid or self.citizen
        return [message("Hangup", Uniqueid=uniqueid, Linkedid=self.linkedid, Cause=cause)]

    def misses(self, uniqueid: str, endpoint: str) -> list[Message]:
        about = {"Linkedid": self.linkedid, "DestUniqueid": uniqueid, "Interface": f"PJSIP/{endpoint}"}
        return [message("AgentRingNoAnswer", Queue="hotline", **about), *self.hangs_up(uniqueid, "0")]
