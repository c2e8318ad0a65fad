"""Puts a tap on each leg that speaks, apart from the call: nothing here is waited for. What does not fit is
shed, counted, shown on the desk and written down; it is heard as soon as there is room again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from core.clock import Clock
from core.events import Event
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from hotline.ports import Switch, Tap, TapAnnouncer, TapNode, TapNodes
from hotline.settings import HotlineSettings
from hotline.taps.admission import Rank, Stream, plan
from hotline.taps.events import LegUnheard, ShedReason, TapShed
from hotline.taps.model import (
    LIVED_WELL_S,
    MOST_ATTEMPTS,
    Loads,
    RunningTap,
    TapWish,
    Unheard,
)
from speech.events import UTTERANCE_MOST_S

_log = logger("hotline")
_shed = counter("hotline_taps_shed", "Legs that are not transcribed, by reason", ["reason"])
_placed = counter("hotline_taps_placed", "Taps put on a leg")
_running = gauge("hotline_taps_running", "Taps on legs now")
_unheard = gauge("hotline_taps_unheard", "Legs that speak now and that nobody writes down")

LOOK_S = 1.0
GONE_S = 15.0
"""A node that is away so long has lost its taps, whatever the switch still says of their channels."""
ASK_AGAIN_S = 2.0
BLINK_S = 0.5
"""A leg that was not heard for less is no gap: it takes so long to put a tap on a leg."""


class Taps:
    """Which leg is tapped by which tap; at most one tap a leg. `rank` tells what a leg is worth now."""

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
        keep: Callable[[LegUnheard], None] = lambda _: None,
        rank: Callable[[TapWish], Rank] = lambda wish: wish.rank,
        resync: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._nodes = nodes
        self._announcer = announcer
        self._switch = switch
        self._clock = clock
        self._tasks = tasks
        self._publish = publish
        self._keep_down = keep
        self._rank = rank
        self._resync = resync
        self._loads = Loads()
        self._by_leg: dict[str, RunningTap] = {}
        self._by_tap: dict[str, RunningTap] = {}
        self._waiting: dict[str, Unheard] = {}
        self._away: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._by_leg)

    @property
    def unheard(self) -> int:
        """Legs that speak now and that nobody writes down."""
        return len(self._waiting)

    async def watch(self) -> None:
        """Look each second at what the nodes take, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def want(self, wish: TapWish) -> None:
        """Tap this leg if a node has room or a leg that is worth less has one; returns at once."""
        if self._settings.max_taps == 0 or wish.uniqueid in self._by_leg or wish.uniqueid in self._waiting:
            return
        now = self._clock.monotonic()
        self._wait(Unheard(wish, "no_node", self._wall(), now))
        self._carry_out()
        waiting = self._waiting.get(wish.uniqueid)
        if waiting is not None:
            waiting.reason = self._why()
            self._tell(wish, waiting.reason)

    def leg_gone(self, uniqueid: str) -> None:
        """The tap ends with its leg, in the switch and here."""
        tap = self._by_leg.get(uniqueid)
        if tap is not None:
            self._forget(tap)
        self._heard_or_gone(uniqueid)

    def lost(self, tap_id: str, reason: ShedReason = "node_lost") -> None:
        """A tap has ended and its leg may live on: another takes over; a few times at once, then later."""
        tap = self._by_tap.get(tap_id)
        if tap is None:
            return
        self._forget(tap)
        now = self._clock.monotonic()
        attempts = 0 if now - tap.began >= LIVED_WELL_S else tap.attempts
        rest = LIVED_WELL_S if attempts >= MOST_ATTEMPTS else 0.0
        # What was being said when a node went is lost with it: the gap begins where that may have begun.
        silent = now - self._away.get(tap.node, now)
        back = min(silent + UTTERANCE_MOST_S, now - tap.began) if reason == "node_lost" else 0.0
        self._wait(
            Unheard(tap.wish, reason, self._wall() - back, tap.since, attempts if not rest else 0, now + rest)
        )
        self._carry_out()
        if tap.wish.uniqueid in self._waiting:
            self._tell(tap.wish, reason)

    def refused(self, tap_id: str) -> None:
        """A node had no room for a tap that was given to it."""
        self.lost(tap_id, "no_capacity")

    def look(self) -> None:
        """See which nodes have gone or take less, and hear who waits."""
        if not self._nodes.known():
            self._away.clear()  # the broker is away: a node may be whole all the same
            return
        online = {node.name for node in self._nodes.online()}
        now = self._clock.monotonic()
        for node in {tap.node for tap in self._by_leg.values() if tap.node} - online:
            since = self._away.setdefault(node, now)
            if since == now or ASK_AGAIN_S <= now - since < ASK_AGAIN_S + LOOK_S:
                # The switch knows whether the taps live on: perhaps only the broker lost the node.
                self._resync()
        for node in online & set(self._away):
            del self._away[node]
        for tap in list(self._by_leg.values()):
            if now - self._away.get(tap.node, now) >= GONE_S:
                self._retire(tap)
                self.lost(str(tap.tap_id))
        used = {tap.node for tap in self._by_leg.values()}
        self._away = {node: since for node, since in self._away.items() if node in used}
        self._carry_out()

    def reconcile(self, existing: Mapping[str, str], wishes: Iterable[TapWish]) -> None:
        """After a snapshot: `existing` are tap ids by the channel they hear, `wishes` all legs to hear."""
        alive = set(existing.values())
        now = self._clock.monotonic()
        for tap in list(self._by_leg.values()):
            # One that was only just placed may have come after the snapshot.
            if str(tap.tap_id) not in alive and now - tap.began >= self._settings.tap_deadline_s:
                self.lost(str(tap.tap_id))
        for wish in wishes:
            tap_id = existing.get(wish.channel)
            if tap_id is None:
                self.want(wish)
            elif wish.uniqueid not in self._by_leg:
                self._adopt(wish, tap_id)

    def _carry_out(self) -> None:
        """Stop and place what the plan says."""
        if not self._waiting and not any(node.free < 0 for node in self._nodes.online()):
            return
        now = self._clock.monotonic()
        nodes = {node.name: node for node in self._nodes.online()}
        running = [
            Stream(key, self._rank(tap.wish), tap.since, tap.node) for key, tap in self._by_leg.items()
        ]
        waiting = [
            Stream(key, self._rank(one.wish), one.since)
            for key, one in self._waiting.items()
            if one.not_before <= now
        ]
        rooms = {name: self._loads.room(node, now) for name, node in nodes.items()}
        made = plan(running, waiting, rooms, self._settings.max_taps)
        for stream in made.stop:
            self._displace(self._by_leg[stream.key])
        for stream, name in made.place:
            self._begin(self._waiting[stream.key], nodes[name])

    def _displace(self, tap: RunningTap) -> None:
        self._retire(tap)
        self._forget(tap)
        self._loads.take(tap.node, self._clock.monotonic())
        self._wait(Unheard(tap.wish, "displaced", self._wall(), tap.since))
        self._tell(tap.wish, "displaced")

    def _begin(self, waiting: Unheard, node: TapNode) -> None:
        now = self._clock.monotonic()
        tap = RunningTap(waiting.wish, uuid7(), node.name, waiting.attempts + 1, waiting.since, now)
        if not self._tasks.spawn("tap", partial(self._place, tap, node)):
            waiting.reason = "limit"
            return
        self._loads.give(node.name, now)
        self._heard_or_gone(waiting.wish.uniqueid)
        self._keep(tap)

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
        if self._by_leg.get(tap.wish.uniqueid) is not tap:
            return
        self._forget(tap)
        now = self._clock.monotonic()
        self._wait(
            Unheard(tap.wish, reason, self._wall() - (now - tap.began), tap.since, 0, now + LIVED_WELL_S)
        )
        self._tell(tap.wish, reason)

    def _retire(self, tap: RunningTap) -> None:
        """Tell the node to close this tap; its channel in the switch then ends by itself."""
        if tap.node:
            self._tasks.spawn("retire", partial(self._announcer.retire, tap.node, tap.tap_id))

    def _why(self) -> ShedReason:
        if not self._nodes.online():
            return "no_node"
        return "limit" if len(self) >= self._settings.max_taps else "no_capacity"

    def _tell(self, wish: TapWish, reason: ShedReason) -> None:
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

    def _wait(self, unheard: Unheard) -> None:
        self._waiting[unheard.wish.uniqueid] = unheard
        _unheard.set(len(self._waiting))

    def _heard_or_gone(self, uniqueid: str) -> None:
        """A leg that was not heard is heard from now on, or is no more: the time between is written down."""
        unheard = self._waiting.pop(uniqueid, None)
        if unheard is None:
            return
        _unheard.set(len(self._waiting))
        ended = self._wall()
        if ended - unheard.at < BLINK_S:
            return
        wish = unheard.wish
        self._keep_down(
            LegUnheard(
                at=self._clock.now(),
                gap_id=unheard.gap_id,
                call_id=wish.call_id,
                leg_id=wish.leg_id,
                speaker=wish.speaker,
                reason=unheard.reason,
                began=datetime.fromtimestamp(unheard.at, UTC),
                ended=datetime.fromtimestamp(ended, UTC),
            )
        )

    def _adopt(self, wish: TapWish, tap_id: str) -> None:
        try:
            known = UUID(tap_id)
        except ValueError:
            return
        now = self._clock.monotonic()
        self._heard_or_gone(wish.uniqueid)
        self._keep(RunningTap(wish, known, "", attempts=1, since=now, began=now))

    def _keep(self, tap: RunningTap) -> None:
        self._by_leg[tap.wish.uniqueid] = self._by_tap[str(tap.tap_id)] = tap
        _running.set(len(self))

    def _forget(self, tap: RunningTap) -> None:
        self._by_leg.pop(tap.wish.uniqueid, None)
        self._by_tap.pop(str(tap.tap_id), None)
        _running.set(len(self))

    def _wall(self) -> float:
        return self._clock.now().timestamp()
