"""Takes the switch's messages and keeps calls, queues and agents by them.

`on_message` is synchronous and fast; nothing on this path waits for the database, speech or a browser.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.switch import SwitchMessage
from hotline.agents.signals import Ticked
from hotline.calls import reduce, snapshot
from hotline.consequences import Consequences
from hotline.control.service import CallControl
from hotline.handovers.service import Handovers
from hotline.link import SwitchLink
from hotline.live import LiveState
from hotline.notifier import Notifier
from hotline.outside import OutgoingCallMonitor
from hotline.ports import SwitchSnapshot
from hotline.queue import model as queues
from hotline.queue.service import LIST_DEADLINE_SHARE, QueueViews
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
from hotline.taps.service import Taps

_log = logger("hotline")
_stale = counter("hotline_messages_stale", "Messages of an epoch that is over, dropped")
_failed = counter("hotline_messages_failed", "Messages that the room failed on", ["event"])

TICK_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SwitchConsumer:
    """The one writer of the live state. All methods run in the event loop's thread."""

    settings: HotlineSettings
    link: SwitchLink
    live: LiveState
    lines: QueueViews
    taps: Taps
    control: CallControl
    handovers: Handovers
    outside: OutgoingCallMonitor
    notifier: Notifier
    consequences: Consequences
    clock: Clock

    def on_message(self, message: SwitchMessage, epoch: int) -> None:
        """One live message, in order. Never raises; messages of another epoch than the last snapshot's are
        dropped and counted.
        """
        reader = READERS.get(message.name)
        if reader is None:
            return
        if epoch != self.link.epoch:
            _stale.inc()
            return
        try:
            signal = reader(message)
            if signal is not None:
                self._take(signal, self._at())
        except Exception:  # noqa: BLE001  # one message must never end the stream; the next snapshot corrects
            _failed.labels(message.name).inc()
            _log.exception("message failed", event_name=message.name)

    async def on_snapshot(self, present: SwitchSnapshot) -> None:
        """What exists in the switch now; live messages of the same epoch follow it."""
        at = self._at()
        calls, registry = self.live.calls, self.live.registry
        known = set(calls.legs)
        self.link.epoch = present.epoch
        registry.read_phone_book()
        waiting = snapshot.waiting_rows(present.queues)
        rows = snapshot.channel_rows(present.channels)
        _, effects = snapshot.apply_snapshot(calls, rows, waiting, at)
        # A leg that is answered may have its tap already: `reconcile` decides, when all is known.
        self.consequences.carry_out(effects, at, taps=False)
        members = [member_seen(message) for message in present.queues if message.name == "QueueMember"]
        joined = [(row.queue, row.uniqueid, at - row.wait) for row in waiting]
        queues.apply_snapshot(self.live.queues, self.settings.queues, members, joined)
        for name in self.live.queues.by_name:
            self.notifier.queue(name)
        for member in members:
            registry.device_seen(member, at)
        registry.compare(self.live.queues.members(), at)
        self.taps.reconcile(snapshot.tapped(present.channels), wishes_of(calls))
        self.control.found([leg for leg in calls.legs.values() if leg.uniqueid not in known])
        self.control.lost_phones.found(list(calls.legs.values()))
        _log.info("snapshot taken", epoch=present.epoch, calls=len(calls))

    def on_link_down(self) -> None:
        """Nothing is known from here until the next snapshot; the desk keeps what was last seen."""
        self.link.epoch = None
        self.live.registry.watch.forget()

    # --- time -------------------------------------------------------------------------------------------

    async def watch_agents(self) -> None:
        """Let time pass for agents, and compare queues with the ledger, each second; until cancelled."""
        registry = self.live.registry
        while True:
            await asyncio.sleep(TICK_S)
            registry.take(Ticked(), self._at())
            self.handovers.look()
            if self.link.up():
                before = set(registry.watch.standing)
                registry.watch.compare(self.live.queues.members())
                for queue, _, _ in before ^ set(registry.watch.standing):
                    self.notifier.queue(queue)

    async def compare_queues(self) -> None:
        """One list in flight, ever; a switch that is slow with it is asked less often. Until cancelled."""
        every = self.settings.compare_s
        while True:
            await asyncio.sleep(every)
            if not self.link.up():
                continue
            began = self.clock.monotonic()
            if await self.lines.compare() and self.link.up():
                for queue in self.live.queues.by_name.values():
                    for member in queue.members.values():
                        self.live.registry.device_seen(member, self._at())
            took = self.clock.monotonic() - began
            every = max(self.settings.compare_s, took * LIST_DEADLINE_SHARE)

    # --- what follows from a signal ---------------------------------------------------------------------

    def _take(self, signal: Signal, at: float) -> None:
        if isinstance(signal, MemberSeen | MemberGone):
            self._queue_changed(queues.apply(self.live.queues, signal, at)[1])
            if isinstance(signal, MemberSeen):
                self.live.registry.device_seen(signal, at)
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
            self._queue_changed(queues.apply(self.live.queues, signal, at)[1])
        _, effects = reduce.apply(self.live.calls, signal, at)
        if effects:
            self.consequences.carry_out(effects, at)

    def _phone_reached(self, signal: PhoneReached, at: float) -> None:
        technology, _, endpoint = signal.interface.partition("/")
        if technology == self.settings.technology:
            self.live.registry.telephone_seen(endpoint, signal.reachable, at)
            self.control.lost_phones.phone_seen(endpoint, signal.reachable)

    def _outside_told(self, signal: OutsideSignal) -> None:
        self.outside.take(signal)
        failed = isinstance(signal, EmergencyDialled) and signal.failed
        call = self.live.calls.find(signal.linkedid) if failed else None
        if call is not None:
            self.handovers.failed(call.id)

    def _queue_changed(self, queue: queues.Queue | None) -> None:
        if queue is not None:
            self.notifier.queue(queue.name)

    def _at(self) -> float:
        return self.clock.now().timestamp()
