"""Puts a tap on each answered leg, apart from the call: nothing here is waited for, and what does not fit
is shed, counted and shown on the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from uuid import UUID

from core.clock import Clock
from core.events import Event
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from hotline.events import TapShed
from hotline.ports import Switch, Tap, TapAnnouncer, TapNode, TapNodes
from hotline.settings import HotlineSettings
from hotline.taps.model import MOST_ATTEMPTS, Loads, RunningTap, ShedReason, TapWish

_log = logger("hotline")
_shed = counter("hotline_taps_shed", "Legs that are not transcribed, by reason", ["reason"])
_placed = counter("hotline_taps_placed", "Taps put on a leg")
_running = gauge("hotline_taps_running", "Taps on legs now")


class Taps:
    """Which leg is tapped by which tap; at most one tap a leg."""

    def __init__(
        self,
        settings: HotlineSettings,
        *,
        nodes: TapNodes,
        announcer: TapAnnouncer,
        switch: Switch,
        clock: Clock,
        tasks: Tasks,
        publish: Callable[[Event], None],
    ) -> None:
        self._settings = settings
        self._nodes = nodes
        self._announcer = announcer
        self._switch = switch
        self._clock = clock
        self._tasks = tasks
        self._publish = publish
        self._loads = Loads()
        self._by_leg: dict[str, RunningTap] = {}
        self._by_tap: dict[str, RunningTap] = {}

    def __len__(self) -> int:
        return len(self._by_leg)

    def want(self, wish: TapWish, *, attempts: int = 0) -> None:
        """Tap this leg if a node has room; returns at once."""
        if self._settings.max_taps == 0 or wish.uniqueid in self._by_leg:
            return
        if len(self) >= self._settings.max_taps:
            self._give_up(wish, "limit")
            return
        online = self._nodes.online()
        node = self._loads.choose(online, self._clock.monotonic())
        if node is None:
            self._give_up(wish, "no_capacity" if online else "no_node")
            return
        self._loads.give(node, self._clock.monotonic())
        tap = RunningTap(wish, uuid7(), node.name, attempts + 1)
        self._keep(tap)
        if not self._tasks.spawn("tap", partial(self._place, tap, node)):
            self._forget(tap)
            self._give_up(wish, "limit")

    def leg_gone(self, uniqueid: str) -> None:
        """The tap ends with its leg, in the switch and here."""
        tap = self._by_leg.get(uniqueid)
        if tap is not None:
            self._forget(tap)

    def lost(self, tap_id: str) -> None:
        """A tap has ended and its leg may live on: another node takes over, a few times."""
        tap = self._by_tap.get(tap_id)
        if tap is None:
            return
        self._forget(tap)
        if tap.attempts < MOST_ATTEMPTS:
            self.want(tap.wish, attempts=tap.attempts)

    def reconcile(self, existing: Mapping[str, str], wishes: Iterable[TapWish]) -> None:
        """After a snapshot: `existing` are tap ids by the channel they hear, `wishes` all legs to hear."""
        alive = set(existing.values())
        for tap in list(self._by_leg.values()):
            if str(tap.tap_id) not in alive:
                self.lost(str(tap.tap_id))
        for wish in wishes:
            tap_id = existing.get(wish.channel)
            if tap_id is None:
                self.want(wish)
            elif wish.uniqueid not in self._by_leg:
                self._adopt(wish, tap_id)

    async def _place(self, tap: RunningTap, node: TapNode) -> None:
        wish = tap.wish
        order = Tap(tap.tap_id, wish.call_id, wish.leg_id, wish.speaker, wish.language, node.name)
        reason: ShedReason = "announce_failed"
        try:
            async with asyncio.timeout(self._settings.tap_deadline_s):
                await self._announcer.announce(order)
                reason = "switch_refused"
                await self._switch.place_tap(wish.channel, tap.tap_id, node.host, node.port)
        except TimeoutError:
            self._fail(tap, "timeout")
        except Exception as error:  # noqa: BLE001  # whatever it was, the call goes on without a transcript
            _log.warning("tap failed", reason=reason, error=type(error).__name__)
            self._fail(tap, reason)
        else:
            _placed.inc()

    def _fail(self, tap: RunningTap, reason: ShedReason) -> None:
        if self._by_leg.get(tap.wish.uniqueid) is tap:
            self._forget(tap)
            self._give_up(tap.wish, reason)

    def _give_up(self, wish: TapWish, reason: ShedReason) -> None:
        _shed.labels(reason).inc()
        self._publish(
            TapShed(
                at=self._clock.now(),
                call_id=wish.call_id,
                leg_id=wish.leg_id,
                speaker=wish.speaker,
                reason=reason,
            )
        )

    def _adopt(self, wish: TapWish, tap_id: str) -> None:
        try:
            known = UUID(tap_id)
        except ValueError:
            return
        self._keep(RunningTap(wish, known, "", attempts=1))

    def _keep(self, tap: RunningTap) -> None:
        self._by_leg[tap.wish.uniqueid] = self._by_tap[str(tap.tap_id)] = tap
        _running.set(len(self))

    def _forget(self, tap: RunningTap) -> None:
        self._by_leg.pop(tap.wish.uniqueid, None)
        self._by_tap.pop(str(tap.tap_id), None)
        _running.set(len(self))
