"""The hotline: its subjects, started and stopped together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.clock import Clock
from core.log import logger
from core.storage import StorageAway, WriteBehindQueue
from core.tasks import Tasks
from hotline.agents.service import AgentRegistry
from hotline.agents.signals import CallOwed
from hotline.agents.state_writer import AgentStateWriter
from hotline.board import Board
from hotline.calls.model import CallsState
from hotline.conferences.service import IncidentConferences
from hotline.consumer import SwitchConsumer
from hotline.control.service import CallControl
from hotline.desk_phones.service import DeskPhones
from hotline.dispositions.service import Dispositions
from hotline.drain.service import Drain
from hotline.handovers.service import Handovers
from hotline.link import SwitchLink
from hotline.metrics.service import LiveBoard
from hotline.notifier import Notifier
from hotline.nuisance.service import Nuisance
from hotline.outbound.build import AllAutomatedCalls
from hotline.outbound.callbacks.desk import CallbackService
from hotline.outbound.callbacks.requested import RequestedCallbacks
from hotline.outbound.callbacks.service import Callbacks
from hotline.people import StaffDirectory
from hotline.queue.model import QueuesState
from hotline.queue.service import QueueViews
from hotline.routing.service import Priorities
from hotline.settings import HotlineSettings
from hotline.taps.events import LegUnheard
from hotline.taps.service import Taps

_log = logger("hotline")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hotline:
    """Each subject by its name; `hotline.compose` makes them. Routes and other rooms are given those they
    need.
    """

    settings: HotlineSettings
    link: SwitchLink
    switch: SwitchConsumer
    calls: CallsState
    queues: QueuesState
    registry: AgentRegistry
    moves: AgentStateWriter
    priorities: Priorities
    lines: QueueViews
    board: Board
    notifier: Notifier
    taps: Taps
    unheard: WriteBehindQueue[LegUnheard]
    dispositions: Dispositions
    drain: Drain
    nuisance: Nuisance
    control: CallControl
    handovers: Handovers
    desk_phones: DeskPhones
    callbacks: Callbacks
    callback_service: CallbackService
    requested_callbacks: RequestedCallbacks
    conferences: IncidentConferences
    automated: AllAutomatedCalls
    figures: LiveBoard
    people: StaffDirectory
    clock: Clock
    tasks: Tasks
    leads: bool
    """Whether callbacks, conferences and automated calls are this centre's, and not another switch's."""

    async def start(self) -> None:
        """Begin to tell changes and to write ended calls down; what is owed from before is taken up."""
        self.tasks.forever("tell-changes", lambda: self.notifier.run(self.settings.flush_s))
        for name, queue in self._write_behind().items():
            self.tasks.forever(name, queue.run)
        self.tasks.forever("drain", self.drain.run)
        self.tasks.forever("lost-phones", self.control.lost_phones.run)
        self.tasks.forever("watch-taps", self.taps.watch)
        self.tasks.forever("read-nuisance", self.nuisance.run)
        self.tasks.forever("each-second", self.switch.watch_agents)
        self.tasks.forever("compare-queues", self.switch.compare_queues)
        await self.figures.start()
        if self.leads:
            await self.callbacks.start()
            await self.conferences.start()
            await self.automated.start()
        self.registry.read_phone_book()
        try:
            self.registry.remember(await self.moves.last_seen())
            at = self.clock.now().timestamp()
            for call_id, agent_id in await self.dispositions.owed():
                self.registry.take(CallOwed(agent_id, call_id), at)
            await self.desk_phones.start()
        except StorageAway:
            _log.warning(
                "agents' last states, phones and owed dispositions were not read: the database is away"
            )

    async def stop(self) -> None:
        await self.callbacks.stop()
        await self.automated.stop()
        await self.conferences.stop()
        await self.tasks.stop()
        for queue in self._write_behind().values():
            await queue.write_last()

    def _write_behind(self) -> dict[str, WriteBehindQueue[Any]]:
        """By the name of the task that writes."""
        return {
            "write-closings": self.dispositions.closings,
            "write-acts": self.control.written.write_behind,
            "write-handovers": self.handovers.written,
            "write-moves": self.moves.write_behind,
            "write-unheard": self.unheard,
        }
