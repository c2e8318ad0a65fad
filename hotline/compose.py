"""Makes the hotline's subjects from its settings and ports, each once, when the first other asks for it."""

from __future__ import annotations

import asyncio
from functools import cached_property

from core.storage import WriteBehindQueue
from core.tasks import Tasks
from hotline.agents.actuator import Actuator
from hotline.agents.service import AgentRegistry
from hotline.agents.state_writer import AgentStateWriter
from hotline.board import Board
from hotline.callers import Callers
from hotline.calls.model import CallsState
from hotline.conferences.service import IncidentConferences
from hotline.consequences import Consequences
from hotline.consumer import SwitchConsumer
from hotline.control.help import Helps
from hotline.control.service import CallControl
from hotline.desk_phones.service import DeskPhones
from hotline.dispositions.service import Dispositions
from hotline.drain.service import Drain
from hotline.handovers.service import Handovers
from hotline.link import SwitchLink
from hotline.live import LiveState
from hotline.metrics.service import LiveBoard, QueuedCaller, RoomCounts
from hotline.notifier import Notifier
from hotline.nuisance.service import Nuisance
from hotline.outbound.build import AllAutomatedCalls
from hotline.outbound.callbacks.desk import CallbackService
from hotline.outbound.callbacks.floor import CentreFloor, waiting_calls
from hotline.outbound.callbacks.ports import CallbackPorts
from hotline.outbound.callbacks.reachable import keys
from hotline.outbound.callbacks.requested import RequestedCallbacks
from hotline.outbound.callbacks.service import Callbacks
from hotline.outside import OutgoingCallMonitor
from hotline.people import StaffDirectory
from hotline.ports import HotlinePorts
from hotline.queue.model import QueuesState
from hotline.queue.pace import QueuePace
from hotline.queue.service import QueueViews
from hotline.recent import RecentCalls
from hotline.routing.service import Priorities
from hotline.service import Hotline
from hotline.settings import HotlineSettings
from hotline.taps.events import LegUnheard
from hotline.taps.rules import TapRules
from hotline.taps.service import Taps
from hotline.taps.unheard import unheard_times


class Composition:
    """Each subject by its name, and what it is given."""

    def __init__(self, settings: HotlineSettings, ports: HotlinePorts) -> None:
        self.settings = settings
        self.ports = ports
        self.tasks = Tasks("hotline")
        self.link = SwitchLink()
        self.figures_changed = asyncio.Event()

    @cached_property
    def live(self) -> LiveState:
        settings, ports = self.settings, self.ports
        registry = AgentRegistry(
            settings,
            phone_book=ports.phone_book,
            actuator=Actuator(settings, settings.plan, ports.switch, ports.clock, self.tasks),
            clock=ports.clock,
            resync=self.link.resync,
        )
        calls = CallsState(
            settings.system_name,
            settings.technology,
            registry.desks,
            settings.callbacks.area_code,
            max_calls=settings.max_calls,
            ended_kept=settings.ended_kept,
        )
        queues = QueuesState()
        for name in settings.queues:
            queues.named(name)
        return LiveState(calls, queues, registry, RecentCalls(settings.ended_kept))

    @cached_property
    def callers(self) -> Callers:
        return Callers(
            self.ports.history,
            calls=self.live.calls,
            bus=self.ports.bus,
            clock=self.ports.clock,
            tasks=self.tasks,
            deadline_s=self.settings.history_deadline_s,
        )

    @cached_property
    def lines(self) -> QueueViews:
        return QueueViews(
            queues=self.live.queues,
            calls=self.live.calls,
            pace=self.pace,
            switch=self.ports.switch,
            clock=self.ports.clock,
            served=self.settings.queues,
            serving=self.live.registry.serving,
        )

    @cached_property
    def taps(self) -> Taps:
        ports = self.ports
        rules = TapRules(self.live.calls, self.live.recent, ports.pauses, ports.clock.now().timestamp())
        return Taps(
            self.settings,
            nodes=ports.tap_nodes,
            announcer=ports.tap_announcer,
            switch=ports.switch,
            clock=ports.clock,
            tasks=self.tasks,
            publish=ports.bus.publish,
            keep=self.unheard.add,
            rank=rules.worth,
            silent=rules.paused,
            resync=self.link.resync,
            changed=self.figures_changed.set,
        )

    @cached_property
    def nuisance(self) -> Nuisance:
        ports = self.ports
        return Nuisance(
            self.settings.nuisance,
            ports.storage,
            ports.clock,
            audit=ports.audit,
            area_code=self.settings.callbacks.area_code,
            by_settings=ports.nuisance_numbers,
        )

    @cached_property
    def control(self) -> CallControl:
        settings, ports = self.settings, self.ports
        return CallControl(
            settings.control,
            system_name=settings.system_name,
            technology=settings.technology,
            queues=settings.queues,
            switch=ports.control,
            calls=self.live.calls,
            registry=self.live.registry,
            recent=self.live.recent,
            storage=ports.storage,
            bus=ports.bus,
            clock=ports.clock,
            tasks=self.tasks,
            told=self.notifier.call,
            helps=self.helps,
        )

    @cached_property
    def handovers(self) -> Handovers:
        ports = self.ports
        return Handovers(
            self.settings.handovers,
            self.control,
            calls=self.live.calls,
            way_out=ports.way_out,
            storage=ports.storage,
            clock=ports.clock,
            told=self.notifier.call,
        )

    @cached_property
    def desk_phones(self) -> DeskPhones:
        ports = self.ports
        return DeskPhones(
            ports.control,
            self.control.lost_phones,
            desk_of=self.control.desk_of,
            reachable=self.live.registry.reachable,
            storage=ports.storage,
            bus=ports.bus,
            clock=ports.clock,
        )

    @cached_property
    def floor(self) -> CentreFloor:
        return CentreFloor(
            calls=self.live.calls,
            queues=self.live.queues,
            registry=self.live.registry,
            key=keys(self.settings.callbacks.area_code),
            linked=lambda: self.link.up() and not self.drain.on,
            raised=self.priorities.raised,
        )

    @cached_property
    def drain(self) -> Drain:
        ports = self.ports
        return Drain(
            ports.drain,
            calls=self.live.calls,
            audit=ports.audit,
            bus=ports.bus,
            clock=ports.clock,
            # Made after the floor, which asks the drain.
            changed=lambda: self.callbacks.look_soon(),  # noqa: PLW0108
        )

    @cached_property
    def callback_ports(self) -> CallbackPorts:
        ports = self.ports
        return CallbackPorts(
            storage=ports.storage,
            bus=ports.bus,
            clock=ports.clock,
            dialler=ports.dialler,
            history=ports.history,
            floor=self.floor.now,
            seat=self.floor.seat,
            reserve=self.live.registry.reserve,
            unseen=ports.unseen,
            changed=self.figures_changed.set,
        )

    @cached_property
    def figures(self) -> LiveBoard:
        settings, ports, calls = self.settings, self.ports, self.live.calls
        return LiveBoard(
            queues=settings.queues,
            zone=settings.callbacks.zone,
            short_s=settings.callbacks.short_s,
            present=RoomCounts(
                waiting=lambda: [
                    QueuedCaller(one.queue, one.queued_at or one.began) for one in waiting_calls(calls)
                ],
                agents=lambda: [page.shown for page in self.live.registry.ledger.agents.values()],
                callbacks=self.callbacks.counts,
                unheard=lambda: self.taps.shed,
            ),
            others=ports.others,
            changed=self.figures_changed,
            bus=ports.bus,
            clock=ports.clock,
            storage=ports.storage,
            tasks=self.tasks,
        )

    @cached_property
    def conferences(self) -> IncidentConferences:
        ports = self.ports
        return IncidentConferences(
            self.settings.conferences,
            ports.conferences,
            storage=ports.storage,
            clock=ports.clock,
            bus=ports.bus,
            audit=ports.audit,
            cases=ports.cases,
            area_code=self.settings.callbacks.area_code,
            way_out=ports.way_out,
        )

    @cached_property
    def automated(self) -> AllAutomatedCalls:
        made = AllAutomatedCalls(self.settings, self.ports, self.conferences)
        self.conferences.call_soon = made.conferences.look_soon
        return made

    @cached_property
    def pace(self) -> QueuePace:
        return QueuePace(self.settings.usual_handling_s)

    @cached_property
    def priorities(self) -> Priorities:
        return Priorities(self.settings.priorities, self.ports.history, self.ports.clock)

    @cached_property
    def helps(self) -> Helps:
        return Helps(self.ports.bus, self.ports.clock)

    @cached_property
    def unheard(self) -> WriteBehindQueue[LegUnheard]:
        return unheard_times(self.ports.storage)

    @cached_property
    def moves(self) -> AgentStateWriter:
        return AgentStateWriter(self.ports.storage)

    @cached_property
    def dispositions(self) -> Dispositions:
        return Dispositions(self.ports.storage, self.ports.clock)

    @cached_property
    def board(self) -> Board:
        return Board(
            calls=self.live.calls,
            queues=self.live.queues,
            registry=self.live.registry,
            recent=self.live.recent,
            contexts=self.callers.contexts,
            lines=self.lines,
            helps=self.helps.by_call,
            # Made after the board: hand-overs tell the notifier, which reads it.
            handover_of=lambda call_id: self.handovers.by_call.get(call_id),  # noqa: PLW0108
            callback_of=self.callbacks.of_call,
        )

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(
            board=self.board,
            calls=self.live.calls,
            queues=self.live.queues,
            bus=self.ports.bus,
            clock=self.ports.clock,
        )

    @cached_property
    def callbacks(self) -> Callbacks:
        callbacks = self.settings.callbacks
        return Callbacks(
            callbacks if self.ports.storage.leads else callbacks.model_copy(update={"enabled": False}),
            self.callback_ports,
            system_name=self.settings.system_name,
            history_deadline_s=self.settings.history_deadline_s,
        )

    @cached_property
    def people(self) -> StaffDirectory:
        return StaffDirectory(
            live=self.live,
            board=self.board,
            lines=self.lines,
            dispositions=self.dispositions,
            notifier=self.notifier,
            cases=self.ports.cases,
            audit=self.ports.audit,
            views=self.ports.views,
            clock=self.ports.clock,
            tasks=self.tasks,
        )

    @cached_property
    def consequences(self) -> Consequences:
        return Consequences(
            queues=self.settings.queues,
            live=self.live,
            callers=self.callers,
            priorities=self.priorities,
            pace=self.pace,
            moves=self.moves,
            taps=self.taps,
            control=self.control,
            handovers=self.handovers,
            dispositions=self.dispositions,
            callbacks=self.callbacks,
            floor=self.floor,
            figures=self.figures,
            notifier=self.notifier,
            bus=self.ports.bus,
            clock=self.ports.clock,
        )

    @cached_property
    def switch(self) -> SwitchConsumer:
        return SwitchConsumer(
            settings=self.settings,
            link=self.link,
            live=self.live,
            lines=self.lines,
            taps=self.taps,
            control=self.control,
            handovers=self.handovers,
            outside=OutgoingCallMonitor(self.live.calls, self.ports.bus, self.ports.clock),
            notifier=self.notifier,
            consequences=self.consequences,
            clock=self.ports.clock,
        )


def compose(settings: HotlineSettings, ports: HotlinePorts) -> Hotline:
    made = Composition(settings, ports)
    live, callbacks = made.live, made.callbacks
    live.registry.follow(
        made.consequences.agent_changed, made.consequences.agent_moved, made.consequences.state_set
    )
    return Hotline(
        settings=settings,
        link=made.link,
        switch=made.switch,
        calls=live.calls,
        queues=live.queues,
        registry=live.registry,
        moves=made.moves,
        priorities=made.priorities,
        lines=made.lines,
        board=made.board,
        notifier=made.notifier,
        taps=made.taps,
        unheard=made.unheard,
        dispositions=made.dispositions,
        drain=made.drain,
        nuisance=made.nuisance,
        control=made.control,
        handovers=made.handovers,
        desk_phones=made.desk_phones,
        callbacks=callbacks,
        callback_service=CallbackService(callbacks, made.callback_ports, system_name=settings.system_name),
        requested_callbacks=RequestedCallbacks(callbacks, live.calls, ports.clock, settings.queues[0]),
        conferences=made.conferences,
        automated=made.automated,
        figures=made.figures,
        people=made.people,
        clock=ports.clock,
        tasks=made.tasks,
        leads=ports.storage.leads,
    )
