"""The hotline's parts and how they hang together; made once, at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.tasks import Tasks
from hotline.agents.actuator import Actuator
from hotline.agents.model import Agent, Move
from hotline.agents.service import AgentRegistry
from hotline.agents.state_writer import AgentStateWriter
from hotline.board import Board
from hotline.callers import Callers
from hotline.calls.model import CallsState
from hotline.control.service import CallControl
from hotline.desk_phones.service import DeskPhones
from hotline.dispositions.service import Dispositions
from hotline.events import StateCause
from hotline.handovers.service import Handovers
from hotline.metrics.service import LiveBoard, QueuedCaller, RoomCounts
from hotline.notifier import Notifier
from hotline.nuisance.service import Nuisance
from hotline.outbound.build import AllAutomatedCalls
from hotline.outbound.callbacks.floor import CentreFloor, waiting_calls
from hotline.outbound.callbacks.ports import CallbackPorts
from hotline.outbound.callbacks.reachable import keys
from hotline.outbound.callbacks.service import Callbacks
from hotline.outbound.ports import NoDialler
from hotline.ports import HotlinePorts
from hotline.queue import model as queues
from hotline.queue.pace import QueuePace
from hotline.queue.service import QueueViews
from hotline.recent import RecentCalls
from hotline.routing.service import Priorities
from hotline.settings import HotlineSettings
from hotline.taps.admission import Rank
from hotline.taps.model import TapWish, rank_of
from hotline.taps.service import Taps
from hotline.taps.unheard import unheard_times


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the parts tell the hotline that they belong to."""

    agent_changed: Callable[[Agent], None]
    agent_moved: Callable[[Move, Agent], None]
    resync: Callable[[], None]
    state_set: Callable[[Agent, StateCause], None]
    linked: Callable[[], bool]


class Parts:
    """Each part by its name. `control`, `handovers` and `desk_phones` are None where nobody can move a
    leg.
    """

    def __init__(self, settings: HotlineSettings, ports: HotlinePorts, tasks: Tasks, hooks: Hooks) -> None:
        self._pauses = ports.pauses
        self._since = ports.clock.now().timestamp()
        self.recent = RecentCalls(settings.ended_kept)
        self.registry = AgentRegistry(
            settings,
            phone_book=ports.phone_book,
            actuator=Actuator(settings, settings.plan, ports.switch, ports.clock, tasks),
            clock=ports.clock,
            changed=hooks.agent_changed,
            moved=hooks.agent_moved,
            resync=hooks.resync,
            state_set=hooks.state_set,
        )
        self.moves = AgentStateWriter(ports.storage)
        self.pace = QueuePace(settings.usual_handling_s)
        self.priorities = Priorities(settings.priorities, ports.history, ports.clock)
        self.calls = CallsState(
            settings.system_name,
            settings.technology,
            self.registry.desks,
            settings.callbacks.area_code,
            max_calls=settings.max_calls,
            ended_kept=settings.ended_kept,
        )
        self.queues = queues.QueuesState()
        for name in settings.queues:
            self.queues.named(name)
        self.callers = Callers(
            ports.history,
            calls=self.calls,
            bus=ports.bus,
            clock=ports.clock,
            tasks=tasks,
            deadline_s=settings.history_deadline_s,
        )
        self.lines = QueueViews(
            queues=self.queues,
            calls=self.calls,
            pace=self.pace,
            switch=ports.switch,
            clock=ports.clock,
            served=settings.queues,
            serving=self.registry.serving,
        )
        self.board = Board(
            calls=self.calls,
            queues=self.queues,
            registry=self.registry,
            recent=self.recent,
            contexts=self.callers.contexts,
            lines=self.lines,
        )
        self.notifier = Notifier(
            board=self.board, calls=self.calls, queues=self.queues, bus=ports.bus, clock=ports.clock
        )
        self.unheard = unheard_times(ports.storage)
        self.taps = Taps(
            settings,
            nodes=ports.tap_nodes,
            announcer=ports.tap_announcer,
            switch=ports.switch,
            clock=ports.clock,
            tasks=tasks,
            publish=ports.bus.publish,
            keep=self.unheard.add,
            rank=self._worth,
            silent=self._paused,
            resync=hooks.resync,
            changed=self._heard_otherwise,
        )
        self.dispositions = Dispositions(ports.storage, ports.clock)
        self.nuisance = Nuisance(
            settings.nuisance,
            ports.storage,
            ports.clock,
            audit=ports.audit,
            area_code=settings.callbacks.area_code,
            by_settings=ports.nuisance_numbers,
        )
        self.control = (
            None
            if ports.control is None
            else CallControl(
                settings.control,
                system_name=settings.system_name,
                technology=settings.technology,
                queues=settings.queues,
                switch=ports.control,
                calls=self.calls,
                registry=self.registry,
                recent=self.recent,
                storage=ports.storage,
                bus=ports.bus,
                clock=ports.clock,
                tasks=tasks,
                told=self.notifier.call,
            )
        )
        self.handovers = (
            None
            if self.control is None
            else Handovers(
                settings.handovers,
                self.control,
                calls=self.calls,
                way_out=ports.way_out,
                storage=ports.storage,
                clock=ports.clock,
                told=self.notifier.call,
            )
        )
        if self.handovers is not None:
            self.board.handovers = self.handovers.by_call
        self.desk_phones = (
            None
            if self.control is None or ports.control is None
            else DeskPhones(
                ports.control,
                self.control.lost_phones,
                desk_of=self.control.desk_of,
                reachable=self.registry.reachable,
                storage=ports.storage,
                bus=ports.bus,
                clock=ports.clock,
            )
        )
        if self.control is not None:
            self.board.helps = self.control.helps.by_call
        self.floor = CentreFloor(
            calls=self.calls,
            queues=self.queues,
            registry=self.registry,
            key=keys(settings.callbacks.area_code),
            linked=hooks.linked,
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
            reserve=self.registry.reserve,
            unseen=ports.unseen,
        )
        self.callbacks = Callbacks(
            settings.callbacks,
            self.callback_ports,
            system_name=settings.system_name,
            history_deadline_s=settings.history_deadline_s,
        )
        self.board.callback_of = self.callbacks.of_call
        self.automated = AllAutomatedCalls(settings, ports)
        self.figures = LiveBoard(
            queues=settings.queues,
            zone=settings.callbacks.zone,
            short_s=settings.callbacks.short_s,
            present=RoomCounts(
                waiting=lambda: [
                    QueuedCaller(one.queue, one.queued_at or one.began) for one in waiting_calls(self.calls)
                ],
                agents=lambda: [page.shown for page in self.registry.ledger.agents.values()],
                callbacks=self.callbacks.counts,
                unheard=lambda: self.taps.shed,
            ),
            bus=ports.bus,
            clock=ports.clock,
            storage=ports.storage,
            tasks=tasks,
        )
        self.callbacks.changed = self.figures.touch

    def _heard_otherwise(self) -> None:
        """Other legs have no tap than before: the board counts them."""
        self.figures.touch()

    def _paused(self, wish: TapWish) -> bool | None:
        """Whether nothing of this leg may be heard now; None while nobody can say."""
        pauses = self._pauses
        if pauses is None:
            return False
        call = self.calls.call_of.get(wish.uniqueid)
        paused = pauses.paused()
        if paused and not paused.isdisjoint(self.calls.names(call) if call is not None else (wish.call_id,)):
            return True
        before_us = call is not None and call.began < self._since
        return None if before_us and not pauses.known() else False

    def _worth(self, wish: TapWish) -> Rank:
        """What hearing this leg is worth now."""
        leg = self.calls.legs.get(wish.uniqueid)
        if leg is None:
            return wish.rank
        call = self.calls.call_of[wish.uniqueid]
        return rank_of(call, leg, settled=self.recent.kind(call.id) is not None)
