"""The hotline as it is now: takes the switch's messages, keeps calls, queues and agents, tells the desk.

`on_message` is synchronous and fast; nothing on this path waits for the database, speech or a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from core.actor import Actor, Role
from core.log import logger
from core.metrics import counter, gauge
from core.storage import StorageAway
from core.tasks import Tasks
from hotline.agents.actuator import Actuator
from hotline.agents.model import Agent, Move
from hotline.agents.moves import Moves
from hotline.agents.service import Seats
from hotline.agents.signals import (
    CallDisposed,
    CallMerged,
    CallOwed,
    PhoneSeen,
    RingMissed,
    TakenOver,
    Ticked,
)
from hotline.board import Board
from hotline.callbacks.dialler import NoDialler
from hotline.callbacks.floor import CentreFloor, waiting_calls
from hotline.callbacks.model import LostCall
from hotline.callbacks.ports import CallbackPorts
from hotline.callbacks.reachable import keys
from hotline.callbacks.service import Callbacks
from hotline.callers import Callers
from hotline.calls import reduce, snapshot
from hotline.calls.model import (
    Answered,
    Call,
    Calls,
    Changed,
    DeskTouched,
    Effect,
    Ended,
    LegGone,
    Missed,
    Opened,
    Rang,
    phone,
)
from hotline.calls.view import agents_of, closed, moment
from hotline.control.service import Control
from hotline.dispositions.service import Dispositions
from hotline.dispositions.store import Disposition
from hotline.errors import NoSuchCall, NotYourCall
from hotline.events import (
    AgentState,
    AgentView,
    CallbackReason,
    CallEnded,
    CallRinging,
    CallView,
    DispositionKind,
    Outcome,
)
from hotline.figures.service import LiveBoard, Present, Waiting
from hotline.ports import AmiMessage, HotlinePorts, SwitchSnapshot
from hotline.queue import model as queues
from hotline.queue.pace import Pace
from hotline.queue.service import LIST_DEADLINE_SHARE, Lines, WaitingView
from hotline.recent import Recent
from hotline.routing.service import Priorities
from hotline.settings import HotlineSettings
from hotline.signals import (
    READERS,
    ChannelDown,
    MemberGone,
    MemberSeen,
    PhoneReached,
    QueueAbandoned,
    QueueJoined,
    QueueLeft,
    Signal,
    TapDown,
    member_seen,
)
from hotline.taps.model import wish_of, wishes_of
from hotline.taps.service import Taps
from hotline.telling import Telling

_log = logger("hotline")
_stale = counter("hotline_messages_stale", "Messages of an epoch that is over, dropped")
_failed = counter("hotline_messages_failed", "Messages that the room failed on", ["event"])
_popped = counter("hotline_pops", "Ring attempts shown to an agent")
_unseated = counter("hotline_pops_unseated", "Ring attempts at a desk that belongs to nobody")
_calls = gauge("hotline_calls", "Calls now")

TICK_S: Final = 1.0
AUDIT_TRIES: Final = 300


class Hotline:
    """The one writer of the room's state. All methods run in the event loop's thread."""

    def __init__(self, settings: HotlineSettings, ports: HotlinePorts) -> None:
        self.settings = self._settings = settings
        self._audit = ports.audit
        self._bus = ports.bus
        self._clock = ports.clock
        self._tasks = Tasks("hotline")
        self._epoch: int | None = None
        self._recent = Recent(settings.ended_kept)
        self.seats = Seats(
            settings,
            phone_book=ports.phone_book,
            actuator=Actuator(settings, settings.plan, ports.switch, ports.clock, self._tasks),
            clock=ports.clock,
            changed=self._agent_changed,
            moved=self._agent_moved,
            resync=self._resync,
        )
        self.moves = Moves(ports.storage)
        self.pace = Pace(settings.usual_handling_s)
        self.priorities = Priorities(settings.priorities, ports.history, ports.clock)
        self.ask_snapshot: Callable[[], None] | None = None
        """Has the feed take a fresh snapshot of the switch; set by who carries the messages."""
        self.calls = Calls(
            settings.system_name,
            settings.technology,
            self.seats.desks,
            max_calls=settings.max_calls,
            ended_kept=settings.ended_kept,
        )
        self.queues = queues.Queues()
        for name in settings.queues:
            self.queues.named(name)
        self._callers = Callers(
            ports.history,
            calls=self.calls,
            bus=ports.bus,
            clock=ports.clock,
            tasks=self._tasks,
            deadline_s=settings.history_deadline_s,
        )
        self.lines = Lines(
            queues=self.queues,
            calls=self.calls,
            pace=self.pace,
            switch=ports.switch,
            clock=ports.clock,
            served=settings.queues,
            serving=self.seats.serving,
        )
        self.board = Board(
            calls=self.calls,
            queues=self.queues,
            seats=self.seats,
            recent=self._recent,
            contexts=self._callers.contexts,
            lines=self.lines,
        )
        self.telling = Telling(
            board=self.board, calls=self.calls, queues=self.queues, bus=ports.bus, clock=ports.clock
        )
        self.taps = Taps(
            settings,
            nodes=ports.tap_nodes,
            announcer=ports.tap_announcer,
            switch=ports.switch,
            clock=ports.clock,
            tasks=self._tasks,
            publish=ports.bus.publish,
        )
        self.dispositions = Dispositions(ports.storage, ports.clock)
        self.control = (
            None
            if ports.control is None
            else Control(
                settings.control,
                system_name=settings.system_name,
                technology=settings.technology,
                queues=settings.queues,
                switch=ports.control,
                calls=self.calls,
                seats=self.seats,
                recent=self._recent,
                storage=ports.storage,
                bus=ports.bus,
                clock=ports.clock,
                tasks=self._tasks,
                told=self.telling.call,
            )
        )
        if self.control is not None:
            self.board.helps = self.control.helps.by_call
        self.floor = CentreFloor(
            calls=self.calls,
            queues=self.queues,
            seats=self.seats,
            key=keys(settings.callbacks.area_code),
            linked=lambda: self.linked,
            raised=self.priorities.raised,
        )
        self.callback_ports = CallbackPorts(
            storage=ports.storage,
            bus=ports.bus,
            clock=ports.clock,
            dialler=ports.dialler or NoDialler(),
            history=ports.history,
            floor=self.floor.now,
            seat=self.floor.seat,
            reserve=self.seats.reserve,
            unseen=ports.unseen,
        )
        self.callbacks = Callbacks(
            settings.callbacks,
            self.callback_ports,
            system_name=settings.system_name,
            history_deadline_s=settings.history_deadline_s,
        )
        self.figures = LiveBoard(
            queues=settings.queues,
            zone=settings.callbacks.zone,
            short_s=settings.callbacks.short_s,
            present=Present(
                waiting=lambda: [
                    Waiting(one.queue, one.queued_at or one.began) for one in waiting_calls(self.calls)
                ],
                agents=lambda: [page.shown for page in self.seats.ledger.agents.values()],
                callbacks=self.callbacks.counts,
            ),
            bus=ports.bus,
            clock=ports.clock,
            storage=ports.storage,
            tasks=self._tasks,
        )
        self.callbacks.changed = self.figures.touch
        self._consequences: dict[type, Callable[[Any, float], None]] = {
            Changed: self._on_changed,
            Rang: self._on_rang,
            Answered: self._on_answered,
            LegGone: self._on_leg_gone,
            Opened: self._on_opened,
            Missed: self._on_missed,
            Ended: self._on_ended,
        }

    # --- running ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to tell changes and to write ended calls down; what is owed from before is taken up."""
        self._tasks.forever("tell-changes", lambda: self.telling.run(self._settings.flush_s))
        self._tasks.forever("write-closings", self.dispositions.write_closings)
        if self.control is not None:
            self._tasks.forever("write-acts", self.control.written.write)
        self._tasks.forever("write-moves", self.moves.write)
        self._tasks.forever("each-second", self._watch_agents)
        self._tasks.forever("compare-queues", self._compare_queues)
        await self.figures.start()
        await self.callbacks.start()
        self.seats.read_phone_book()
        try:
            self.seats.remember(await self.moves.last_seen())
            for call_id, agent_id in await self.dispositions.owed():
                self.seats.take(CallOwed(agent_id, call_id), self._at())
        except StorageAway:
            _log.warning("agents' last states and owed dispositions were not read: the database is away")

    async def stop(self) -> None:
        await self.callbacks.stop()
        await self._tasks.stop()

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
        self._epoch = present.epoch
        self.seats.read_phone_book()
        waiting = snapshot.waiting_rows(present.queues)
        rows = snapshot.channel_rows(present.channels)
        _, effects = snapshot.apply_snapshot(self.calls, rows, waiting, at)
        # A leg that is answered may have its tap already: `reconcile` decides, when all is known.
        self._carry_out(effects, at, taps=False)
        members = [member_seen(message) for message in present.queues if message.name == "QueueMember"]
        joined = [(row.queue, row.uniqueid, at - row.wait) for row in waiting]
        queues.apply_snapshot(self.queues, self._settings.queues, members, joined)
        for name in self.queues.by_name:
            self.telling.queue(name)
        for member in members:
            self.seats.device_seen(member, at)
        self.seats.compare(self._members(), at)
        self.taps.reconcile(snapshot.tapped(present.channels), wishes_of(self.calls))
        _log.info("snapshot taken", epoch=present.epoch, calls=len(self.calls))

    def on_link_down(self) -> None:
        """Nothing is known from here until the next snapshot; the desk keeps what was last seen."""
        self._epoch = None
        self.seats.watch.forget()

    def phone_book_changed(self) -> None:
        """People, telephones or skills have changed: the switch's queues follow at once."""
        self.seats.read_phone_book()

    def tap_lost(self, tap_id: UUID) -> None:
        """A speech node says that a tap's audio ended while the call may go on."""
        self.taps.lost(str(tap_id))

    # --- people do ----------------------------------------------------------------------------------

    async def set_disposition(
        self,
        actor: Actor,
        call_id: UUID,
        *,
        op_id: UUID,
        kind: DispositionKind,
        note: str = "",
        case_ids: Sequence[UUID] = (),
    ) -> Disposition:
        """Say what the call was about, during or after it. The same `op_id` again gets the same answer.

        Raises `NoSuchCall`, `NotYourCall`, `Conflict`, `StorageAway`.
        """
        await self._require_part(actor, call_id)
        wanted = Disposition(op_id, call_id, kind, note, tuple(case_ids), actor.id, self._clock.now())
        said, first_time = await self.dispositions.say(wanted)
        if first_time:
            self._recent.said(call_id, said.kind)
        self.seats.take(CallDisposed(call_id, actor.id), self._at())
        self.telling.call(call_id)
        return said

    async def set_confidential(self, actor: Actor, call_id: UUID, confidential: bool) -> CallView:
        """Raises `NoSuchCall` for a call that has ended, `NotYourCall`."""
        call = self.calls.by_id.get(call_id)
        if call is None:
            raise NoSuchCall(remedy="a call can be marked while it lasts; mark its case instead")
        await self._require_part(actor, call_id)
        call.confidential = confidential
        self.telling.call(call_id)
        return self.board.of_call(call)

    def force_state(self, actor: Actor, agent_id: str, state: AgentState, reason: str) -> AgentView:
        """A supervisor sets an agent's state, at once; it is audited. Raises as `Seats.force`."""
        view = self.seats.force(actor, agent_id, state, reason)
        self._audited(actor, "force-state", f"user:{agent_id}", {"state": state.value, "reason": reason})
        return view

    async def set_priority(self, actor: Actor, call_id: UUID, priority: int) -> WaitingView:
        """A supervisor gives a waiting caller another place. Raises as `Lines.set_priority`."""
        view = await self.lines.set_priority(actor, call_id, priority)
        self._audited(actor, "queue-priority", f"call:{call_id}", {"priority": priority})
        return view

    def _audited(self, actor: Actor, action: str, subject: str, detail: dict[str, Any]) -> None:
        """Written behind: an act that a call depends on does not wait for the database."""
        if self._audit is None:
            return
        record = self._audit.record

        async def write() -> None:
            for _ in range(AUDIT_TRIES):
                try:
                    await record(actor, action, subject, detail)
                except StorageAway:
                    await asyncio.sleep(1.0)
                else:
                    return
            _log.error("an act was not audited: the database is away", action=action)

        self._tasks.spawn("audit", write)

    async def _require_part(self, actor: Actor, call_id: UUID) -> None:
        actor.require(Role.AGENT, Role.SUPERVISOR)
        taking_part: frozenset[str] | None
        if call_id in self.calls.by_id or call_id in self._recent:
            taking_part = self.board.agents_on(call_id)
        else:
            taking_part = await self.dispositions.agents_of(call_id)
        if taking_part is None:
            raise NoSuchCall
        if actor.id not in taking_part and not actor.has(Role.SUPERVISOR):
            raise NotYourCall(remedy="ask who took the call, or a supervisor")

    # --- what follows from a signal -----------------------------------------------------------------

    def _take(self, signal: Signal, at: float) -> None:
        if isinstance(signal, MemberSeen | MemberGone):
            self._queue_changed(queues.apply(self.queues, signal, at)[1])
            if isinstance(signal, MemberSeen):
                self.seats.device_seen(signal, at)
            return
        if isinstance(signal, PhoneReached):
            technology, _, endpoint = signal.interface.partition("/")
            if technology == self._settings.technology:
                self.seats.telephone_seen(endpoint, signal.reachable, at)
            return
        if isinstance(signal, TapDown):
            self.taps.lost(signal.tap_id)
            return
        if isinstance(signal, QueueJoined | QueueLeft | QueueAbandoned | ChannelDown):
            self._queue_changed(queues.apply(self.queues, signal, at)[1])
        _, effects = reduce.apply(self.calls, signal, at)
        if effects:
            self._carry_out(effects, at)

    def _carry_out(self, effects: Sequence[Effect], at: float, *, taps: bool = True) -> None:
        desks: dict[str, None] = {}
        for effect in effects:
            if isinstance(effect, DeskTouched):
                desks[effect.endpoint] = None
            else:
                self._consequences[type(effect)](effect, at)
            if taps and isinstance(effect, Answered):
                self.taps.want(wish_of(effect.call, effect.leg))
        # Last, when the calls are as they will be: what an agent owes depends on who else speaks in a call.
        for endpoint in desks:
            self._phone_moved(endpoint, at)
        if self.control is not None:
            self.control.changed()
        self.callbacks.look_soon()
        self.figures.touch()

    def _on_changed(self, effect: Changed, _at: float) -> None:
        self.telling.call(effect.call.id)

    def _on_opened(self, effect: Opened, _at: float) -> None:
        _calls.set(len(self.calls))
        self._callers.appeared(effect.call)

    def _on_rang(self, effect: Rang, _at: float) -> None:
        call, leg = effect.call, effect.leg
        agent_id = self.seats.ledger.agent_at(leg.endpoint)
        if agent_id is None:
            _unseated.inc()
            return
        _popped.inc()
        self._bus.publish(
            CallRinging(
                at=self._clock.now(),
                call_id=call.id,
                leg_id=leg.id,
                agent_id=agent_id,
                endpoint=leg.endpoint,
                caller=call.caller,
                caller_name=call.caller_name,
                queue=call.queue,
                language=call.language,
                since=moment(call.began),
                context=self._callers.contexts.get(call.id),
                confidential=call.confidential,
            )
        )

    def _on_answered(self, effect: Answered, at: float) -> None:
        call, leg = effect.call, effect.leg
        if leg.role != "agent":
            return
        self.figures.answered(call, leg, at)
        self.callbacks.reached(call.caller)
        self.seats.take(TakenOver(call.id, leg.endpoint), at)
        agent_id = self.seats.ledger.agent_at(leg.endpoint)
        if agent_id is not None and call.queue:
            self.pace.answered(agent_id, call.queue, at)
        if call.endpoints == [leg.endpoint] and call.queue:
            queue = self.queues.named(call.queue)
            queue.answered += 1
            self._queue_changed(queue)

    def _on_leg_gone(self, effect: LegGone, _at: float) -> None:
        self.taps.leg_gone(effect.leg.uniqueid)
        if self.control is not None:
            self.control.leg_left(effect.call)

    def _on_missed(self, effect: Missed, at: float) -> None:
        self.seats.take(RingMissed(effect.endpoint), at)

    def _on_ended(self, effect: Ended, at: float) -> None:
        call = effect.call
        agent_ids = agents_of(call, self.seats.ledger.agent_at)
        outcome = call.outcome(effect.cause)
        merged = effect.merged_into is not None
        needed = outcome is Outcome.ANSWERED and not merged and self._recent.kind(call.id) is None
        _calls.set(len(self.calls))
        self._callers.gone(call.id)
        if self.control is not None:
            self.control.ended(call.id)
        self._recent.add(call.id, frozenset(agent_ids), confidential=call.confidential)
        self._bus.publish(
            CallEnded(
                at=self._clock.now(),
                call_id=call.id,
                cause=effect.cause,
                outcome=outcome,
                direction=call.direction,
                agent_ids=agent_ids,
                merged_into=effect.merged_into,
                disposition_needed=needed,
                confidential=call.confidential,
            )
        )
        self.figures.ended(call, outcome, effect.merged_into, at)
        if effect.merged_into is not None:
            self.seats.take(CallMerged(call.id, effect.merged_into), at)
            return
        if outcome is Outcome.ABANDONED and call.queue:
            queue = self.queues.named(call.queue)
            queue.abandoned += 1
            self._queue_changed(queue)
            self._call_back(call, at)
        if call.inbound:
            self.priorities.ended(call.caller, outcome, moment(at))
            self.dispositions.close(closed(call, effect.cause, agent_ids, at))

    def _call_back(self, call: Call, at: float) -> None:
        place = call.began if call.queued_at is None else call.queued_at
        self.callbacks.lost(
            caller=call.caller,
            call=LostCall(call.id, call.linkedid, "abandoned", place, at),
            queue=call.queue,
            language=call.language,
            on_line=self.floor.on_line(call.caller, but=call),
            at=at,
        )

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

    def _phone_moved(self, endpoint: str, at: float) -> None:
        page = self.seats.ledger.by_endpoint.get(endpoint)
        if page is None:
            return
        now = phone(self.calls, endpoint)
        left = [call_id for call_id in page.phone.served if call_id not in now.served]
        handed_on = frozenset(one for one in left if self._others_speak(one, endpoint))
        self.seats.take(PhoneSeen(endpoint, now, handed_on), at)

    def _others_speak(self, call_id: UUID, endpoint: str) -> bool:
        call = self.calls.by_id.get(call_id)
        return call is not None and any(leg.endpoint != endpoint for leg in call.speaking())

    def _agent_changed(self, page: Agent) -> None:
        self.telling.agent(page.id)
        if page.shown is AgentState.READY:
            # Before the switch is told that he is free: who comes first in the line is offered to him.
            self.callbacks.look()
        else:
            self.callbacks.look_soon()
        self.figures.touch()
        for name in self._settings.queues:
            self.telling.queue(name)

    def _agent_moved(self, move: Move, page: Agent) -> None:
        self.pace.moved(move.agent_id, move.state, move.at)
        self.moves.add(move, signed_in=page.signed_in, forced_by=page.forced_by)

    def _members(self) -> dict[str, dict[str, MemberSeen]]:
        return {name: queue.members for name, queue in self.queues.by_name.items()}

    def _resync(self) -> None:
        if self.ask_snapshot is not None:
            self.ask_snapshot()

    def _queue_changed(self, queue: queues.Queue | None) -> None:
        if queue is not None:
            self.telling.queue(queue.name)

    async def _watch_agents(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.seats.take(Ticked(), self._at())
            if self.linked:
                before = set(self.seats.watch.standing)
                self.seats.watch.compare(self._members())
                for queue, _, _ in before ^ set(self.seats.watch.standing):
                    self.telling.queue(queue)

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
                        self.seats.device_seen(member, self._at())
            took = self._clock.monotonic() - began
            every = max(self._settings.compare_s, took * LIST_DEADLINE_SHARE)

    def _at(self) -> float:
        return self._clock.now().timestamp()
