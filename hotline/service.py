"""The hotline as it is now: takes the switch's messages, keeps calls, queues and agents, tells the desk.

`on_message` is synchronous and fast; nothing on this path waits for the database, speech or a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import UUID

from core.log import logger
from core.metrics import counter
from core.storage import StorageAway, WriteBehindQueue
from core.tasks import Tasks
from hotline.agents.model import Agent, Move
from hotline.agents.signals import CallOwed, Ticked
from hotline.calls import reduce, snapshot
from hotline.consequences import Consequences
from hotline.events import AgentState, AgentStateSet, CallbackReason, StateCause
from hotline.outside import OutgoingCallMonitor
from hotline.parts import Hooks, Parts
from hotline.people import StaffDirectory
from hotline.ports import AmiMessage, HotlinePorts, SwitchSnapshot
from hotline.queue import model as queues
from hotline.queue.service import LIST_DEADLINE_SHARE
from hotline.settings import HotlineSettings
from hotline.signals import (
    READERS,
    ChannelDown,
    EmergencyDialled,
    MemberGone,
    MemberSeen,
    OutsideRefused,
    OutsideSignal,
    PhoneReached,
    QueueAbandoned,
    QueueJoined,
    QueueLeft,
    Signal,
    TapDown,
    member_seen,
)
from hotline.taps.model import wishes_of

_log = logger("hotline")
_stale = counter("hotline_messages_stale", "Messages of an epoch that is over, dropped")
_failed = counter("hotline_messages_failed", "Messages that the room failed on", ["event"])

TICK_S: Final = 1.0


class Hotline:
    """The one writer of the room's state. All methods run in the event loop's thread."""

    def __init__(self, settings: HotlineSettings, ports: HotlinePorts) -> None:
        self.settings = self._settings = settings
        self._bus = ports.bus
        self._clock = ports.clock
        self._tasks = Tasks("hotline")
        self._epoch: int | None = None
        self.ask_snapshot: Callable[[], None] | None = None
        """Has the feed take a fresh snapshot of the switch; set by who carries the messages."""
        hooks = Hooks(
            self._agent_changed, self._agent_moved, self._resync, self._state_set, lambda: self.linked
        )
        parts = Parts(settings, ports, self._tasks, hooks)
        self.registry = parts.registry
        self.moves = parts.moves
        self.pace = parts.pace
        self.priorities = parts.priorities
        self.calls = parts.calls
        self.queues = parts.queues
        self.lines = parts.lines
        self.board = parts.board
        self.notifier = parts.notifier
        self.taps = parts.taps
        self._unheard = parts.unheard
        self.dispositions = parts.dispositions
        self.nuisance = parts.nuisance
        self.control = parts.control
        self.callback_ports = parts.callback_ports
        self.callbacks = parts.callbacks
        self.automated = parts.automated
        self.figures = parts.figures
        self.desk_phones = parts.desk_phones
        self.handovers = parts.handovers
        self.people = StaffDirectory(
            parts,
            cases=ports.cases,
            audit=ports.audit,
            clock=ports.clock,
            tasks=self._tasks,
            views=ports.views,
        )
        self._outside = OutgoingCallMonitor(parts.calls, ports.bus, ports.clock)
        self._consequences = Consequences(parts, bus=ports.bus, clock=ports.clock)

    def call_of_leg(self, uniqueid: str) -> UUID | None:
        """The call of this leg, while it is there."""
        call = self.calls.call_of.get(uniqueid)
        return None if call is None else call.id

    # --- running ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to tell changes and to write ended calls down; what is owed from before is taken up."""
        self._tasks.forever("tell-changes", lambda: self.notifier.run(self._settings.flush_s))
        self._tasks.forever("write-closings", self.dispositions.closings.run)
        if self.control is not None:
            self._tasks.forever("write-acts", self.control.written.write_behind.run)
            self._tasks.forever("lost-phones", self.control.lost_phones.run)
        if self.handovers is not None:
            self._tasks.forever("write-handovers", self.handovers.written.run)
        self._tasks.forever("write-moves", self.moves.write_behind.run)
        self._tasks.forever("write-unheard", self._unheard.run)
        self._tasks.forever("watch-taps", self.taps.watch)
        self._tasks.forever("read-nuisance", self.nuisance.run)
        self._tasks.forever("each-second", self._watch_agents)
        self._tasks.forever("compare-queues", self._compare_queues)
        await self.figures.start()
        await self.callbacks.start()
        await self.automated.start()
        self.registry.read_phone_book()
        try:
            self.registry.remember(await self.moves.last_seen())
            for call_id, agent_id in await self.dispositions.owed():
                self.registry.take(CallOwed(agent_id, call_id), self._at())
            if self.desk_phones is not None:
                await self.desk_phones.start()
        except StorageAway:
            _log.warning(
                "agents' last states, phones and owed dispositions were not read: the database is away"
            )

    async def stop(self) -> None:
        await self.callbacks.stop()
        await self.automated.stop()
        await self._tasks.stop()
        write_behind: list[WriteBehindQueue[Any]] = [
            self.dispositions.closings,
            self.moves.write_behind,
            self._unheard,
        ]
        if self.control is not None:
            write_behind.append(self.control.written.write_behind)
        if self.handovers is not None:
            write_behind.append(self.handovers.written)
        for one in write_behind:
            await one.write_last()

    @property
    def linked(self) -> bool:
        """Whether the state is fed by the switch at the moment."""
        return self._epoch is not None

    # --- the switch speaks --------------------------------------------------------------------------

    def on_message(self, message: AmiMessage, epoch: int) -> None:
        """One live message, in order. Never raises; messages of another epoch than the last snapshot's are
        dropped and counted.
        """
        reader = READERS.get(message.name)
        if reader is None:
            return
        if epoch != self._epoch:
            _stale.inc()
            return
        try:
            signal = reader(message)
            if signal is not None:
                self._take(signal, self._clock.now().timestamp())
        except Exception:  # noqa: BLE001  # one message must never end the stream; the next snapshot corrects
            _failed.labels(message.name).inc()
            _log.exception("message failed", event_name=message.name)

    async def on_snapshot(self, present: SwitchSnapshot) -> None:
        """What exists in the switch now; live messages of the same epoch follow it."""
        at = self._at()
        known = set(self.calls.legs)
        self._epoch = present.epoch
        self.registry.read_phone_book()
        waiting = snapshot.waiting_rows(present.queues)
        rows = snapshot.channel_rows(present.channels)
        _, effects = snapshot.apply_snapshot(self.calls, rows, waiting, at)
        # A leg that is answered may have its tap already: `reconcile` decides, when all is known.
        self._consequences.carry_out(effects, at, taps=False)
        members = [member_seen(message) for message in present.queues if message.name == "QueueMember"]
        joined = [(row.queue, row.uniqueid, at - row.wait) for row in waiting]
        queues.apply_snapshot(self.queues, self._settings.queues, members, joined)
        for name in self.queues.by_name:
            self.notifier.queue(name)
        for member in members:
            self.registry.device_seen(member, at)
        self.registry.compare(self._members(), at)
        self.taps.reconcile(snapshot.tapped(present.channels), wishes_of(self.calls))
        if self.control is not None:
            self.control.found([leg for leg in self.calls.legs.values() if leg.uniqueid not in known])
            self.control.lost_phones.found(list(self.calls.legs.values()))
        _log.info("snapshot taken", epoch=present.epoch, calls=len(self.calls))

    def on_link_down(self) -> None:
        """Nothing is known from here until the next snapshot; the desk keeps what was last seen."""
        self._epoch = None
        self.registry.watch.forget()

    def phone_book_changed(self) -> None:
        """People, telephones or skills have changed: the switch's queues follow at once."""
        self.registry.read_phone_book()

    def tap_lost(self, tap_id: UUID) -> None:
        """A speech node says that a tap's audio ended while the call may go on."""
        self.taps.lost(str(tap_id), "tap_ended")

    async def taps_written(self) -> None:
        """Return when all that is over of legs that nobody heard is written down."""
        await self._unheard.write_waiting()

    def tap_refused(self, tap_id: UUID) -> None:
        """A speech node had no room for a tap that was placed on it."""
        self.taps.refused(str(tap_id))

    def speech_nodes_changed(self) -> None:
        """A node has come, has gone, or takes more or less than before."""
        self.taps.look()

    # --- the dialogue asks --------------------------------------------------------------------------

    async def request_callback(
        self, *, uniqueid: str, linkedid: str, number: str, language: str, reason: CallbackReason,
        voicemail: tuple[float, float] | None,
    ) -> Literal["accepted", "refused"]:  # fmt: skip
        """A caller asks in the dialogue to be called back; he keeps the place that he has in the queue."""
        call = self.calls.call_of.get(uniqueid) or self.calls.find(linkedid)
        began = self._at() if call is None else call.began
        place = began if call is None or call.queued_at is None else call.queued_at
        return await self.callbacks.request(
            linkedid=linkedid if call is None else call.linkedid,
            number=number,
            language=language,
            queue=call.queue if call is not None and call.queue else self._settings.queues[0],
            place=place,
            reason=reason,
            voicemail=voicemail,
        )

    # --- what follows from a signal -----------------------------------------------------------------

    def _take(self, signal: Signal, at: float) -> None:
        if isinstance(signal, MemberSeen | MemberGone):
            self._queue_changed(queues.apply(self.queues, signal, at)[1])
            if isinstance(signal, MemberSeen):
                self.registry.device_seen(signal, at)
            return
        if isinstance(signal, PhoneReached):
            self._phone_reached(signal, at)
            return
        if isinstance(signal, OutsideRefused | EmergencyDialled):
            self._outside_told(signal)
            return
        if isinstance(signal, TapDown):
            self.taps.lost(signal.tap_id)
            return
        if isinstance(signal, QueueJoined | QueueLeft | QueueAbandoned | ChannelDown):
            self._queue_changed(queues.apply(self.queues, signal, at)[1])
        _, effects = reduce.apply(self.calls, signal, at)
        if effects:
            self._consequences.carry_out(effects, at)

    def _phone_reached(self, signal: PhoneReached, at: float) -> None:
        technology, _, endpoint = signal.interface.partition("/")
        if technology == self._settings.technology:
            self.registry.telephone_seen(endpoint, signal.reachable, at)
            if self.control is not None:
                self.control.lost_phones.phone_seen(endpoint, signal.reachable)

    def _outside_told(self, signal: OutsideSignal) -> None:
        self._outside.take(signal)
        failed = isinstance(signal, EmergencyDialled) and signal.failed
        call = self.calls.find(signal.linkedid) if failed else None
        if call is not None and self.handovers is not None:
            self.handovers.failed(call.id)

    def _agent_changed(self, page: Agent) -> None:
        self.notifier.agent(page.id)
        if page.shown is AgentState.READY:
            # Before the switch is told that he is free: who comes first in the line is offered to him.
            self.callbacks.look()
        else:
            self.callbacks.look_soon()
        self.figures.touch()
        for name in self._settings.queues:
            self.notifier.queue(name)

    def _agent_moved(self, move: Move, page: Agent) -> None:
        self.pace.moved(move.agent_id, move.state, move.at)
        self.moves.add(move, signed_in=page.signed_in, forced_by=page.forced_by)

    def _state_set(self, page: Agent, cause: StateCause) -> None:
        if page.wish is not None:
            self._bus.publish(
                AgentStateSet(
                    at=self._clock.now(),
                    agent_id=page.id,
                    state=page.wish.state,
                    reason=page.wish.reason,
                    cause=cause,
                    by=page.wish.by,
                    missed=page.missed,
                )
            )

    def _members(self) -> dict[str, dict[str, MemberSeen]]:
        return {name: queue.members for name, queue in self.queues.by_name.items()}

    def _resync(self) -> None:
        if self.ask_snapshot is not None:
            self.ask_snapshot()

    def _queue_changed(self, queue: queues.Queue | None) -> None:
        if queue is not None:
            self.notifier.queue(queue.name)

    async def _watch_agents(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.registry.take(Ticked(), self._at())
            if self.handovers is not None:
                self.handovers.look()
            if self.linked:
                before = set(self.registry.watch.standing)
                self.registry.watch.compare(self._members())
                for queue, _, _ in before ^ set(self.registry.watch.standing):
                    self.notifier.queue(queue)

    async def _compare_queues(self) -> None:
        """One list in flight, ever; a switch that is slow with it is asked less often."""
        every = self._settings.compare_s
        while True:
            await asyncio.sleep(every)
            if not self.linked:
                continue
            began = self._clock.monotonic()
            if await self.lines.compare() and self.linked:
                for queue in self.queues.by_name.values():
                    for member in queue.members.values():
                        self.registry.device_seen(member, self._at())
            took = self._clock.monotonic() - began
            every = max(self._settings.compare_s, took * LIST_DEADLINE_SHARE)

    def _at(self) -> float:
        return self._clock.now().timestamp()
