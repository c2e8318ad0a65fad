"""Puts a tap on each leg that speaks, apart from the call: nothing here is waited for. What does not fit is
shed, counted, shown on the desk and written down; it is heard as soon as there is room again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from uuid import UUID

from core.clock import Clock
from core.events import Event
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from hotline.ports import QueueSwitch, TapAnnouncement, TapAnnouncer, TapNode, TapNodes
from hotline.settings import HotlineSettings
from hotline.taps.admission import Rank, Stream, plan
from hotline.taps.events import LegNotTranscribed, LegUnheard, ShedReason
from hotline.taps.model import (
    LIVED_WELL_S,
    MOST_ATTEMPTS,
    Loads,
    RunningTap,
    TapWish,
    Unheard,
)
from hotline.taps.waiting import Silent, UntranscribedLegs
from speech.events import UTTERANCE_MOST_S

_log = logger("hotline")
_shed = counter("hotline_taps_shed", "Legs that are not transcribed, by reason", ["reason"])
_placed = counter("hotline_taps_placed", "Taps put on a leg")
_running = gauge("hotline_taps_running", "Taps on legs now")

LOOK_S = 1.0
GONE_S = 15.0
"""A node that is away so long has lost its taps, whatever the switch still says of their channels."""
ASK_AGAIN_S = 2.0
END_AGAIN_S = 0.25
CHANNEL_S = 1.0
"""So long after a tap was ordered, the switch may still make its channel."""


class Taps:
    """Which leg is tapped by which tap; at most one tap a leg. `rank` tells what a leg is worth now, `silent`
    whether nothing of it may be heard.
    """

    def __init__(
        self,
        settings: HotlineSettings,
        *,
        nodes: TapNodes,
        announcer: TapAnnouncer,
        switch: QueueSwitch,
        clock: Clock,
        tasks: Tasks,
        publish: Callable[[Event], None],
        keep: Callable[[LegUnheard], None] = lambda _: None,
        rank: Callable[[TapWish], Rank] = lambda wish: wish.rank,
        silent: Silent = lambda _: False,
        resync: Callable[[], None] = lambda: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._nodes = nodes
        self._announcer = announcer
        self._switch = switch
        self._clock = clock
        self._tasks = tasks
        self._publish = publish
        self._rank = rank
        self._silent = silent
        self._resync = resync
        self._loads = Loads()
        self._by_leg: dict[str, RunningTap] = {}
        self._by_tap: dict[str, RunningTap] = {}
        self._waiting = UntranscribedLegs(clock, keep, silent, changed)
        self._away: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._by_leg)

    @property
    def unheard(self) -> int:
        """Legs that speak now and that nobody writes down."""
        return len(self._waiting)

    @property
    def shed(self) -> int:
        """Those of them that may be heard: for want of room, of a node, or because a neighbour failed."""
        return self._waiting.shed

    async def watch(self) -> None:
        """Look each second at what the nodes take, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look()

    def want(self, wish: TapWish) -> None:
        """Tap this leg if a node has room or a leg that is worth less has one; returns at once."""
        if self._settings.max_taps == 0 or wish.uniqueid in self._by_leg or wish.uniqueid in self._waiting:
            return
        self._waiting.put(Unheard(wish, "no_node", self._wall(), self._clock.monotonic()))
        self._carry_out()
        self._tell_if_unheard(wish)

    def leg_gone(self, uniqueid: str) -> None:
        """The tap ends with its leg, in the switch and here."""
        tap = self._by_leg.get(uniqueid)
        if tap is not None:
            self._forget(tap)
        self._waiting.over(uniqueid)

    def lost(self, tap_id: str, reason: ShedReason = "node_lost") -> None:
        """A tap has ended and its leg may live on: another takes over; a few times at once, then later."""
        tap = self._by_tap.get(tap_id)
        if tap is None:
            return
        if tap.hushed is not None and self._silent(tap.wish):
            self._rest(tap, tap.hushed)
            return
        self._forget(tap)
        now = self._clock.monotonic()
        attempts = 0 if now - tap.began >= LIVED_WELL_S else tap.attempts
        rest = LIVED_WELL_S if attempts >= MOST_ATTEMPTS else 0.0
        # What was being said when a node went is lost with it: the gap begins where that may have begun.
        silent = now - self._away.get(tap.node, now)
        back = min(silent + UTTERANCE_MOST_S, now - tap.began) if reason == "node_lost" else 0.0
        self._waiting.put(
            Unheard(tap.wish, reason, self._wall() - back, tap.since, attempts if not rest else 0, now + rest)
        )
        self._carry_out()
        waiting = self._waiting.get(tap.wish.uniqueid)
        if waiting is not None and waiting.reason != "paused":
            self._tell(tap.wish, reason)

    def refused(self, tap_id: str) -> None:
        """A node had no room for a tap that was given to it."""
        self.lost(tap_id, "no_capacity")

    async def hush(self) -> None:
        """Hear nothing more of paused calls: when this returns, the switch sends no more of their sound.

        Raises what the switch raises; then it is asked again.
        """
        await self._hush(self._by_leg.values())

    async def hush_call(self, names: Collection[UUID]) -> None:
        """As `hush`, for one paused call with all its names: the taps of others are not waited for."""
        await self._hush(tap for tap in self._by_leg.values() if tap.wish.call_id in names)

    async def _hush(self, taps: Iterable[RunningTap]) -> None:
        self._waiting.turn()
        ended = await asyncio.gather(
            *(self._end(tap) for tap in list(taps) if self._silent(tap.wish)), return_exceptions=True
        )
        for failed in ended:
            if isinstance(failed, BaseException):
                raise failed

    def hushed(self, names: Collection[UUID]) -> bool:
        """Whether anybody of the call that has these names waits for the end of a pause."""
        return any(one.reason == "paused" and one.wish.call_id in names for one in self._waiting)

    def pauses_changed(self) -> None:
        """Hear again who may be heard again, and nothing more of who may not; returns at once."""
        may = self._waiting.turn()
        self._hush_soon()
        if may:
            self._carry_out()
        for unheard in may:
            self._tell_if_unheard(unheard.wish)

    def look(self) -> None:
        """See which nodes have gone or take less, which pauses have begun or ended, and hear who waits."""
        self.pauses_changed()
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
        """After a snapshot: `existing` are tap ids by the channel they hear, `wishes` are all legs to tap."""
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
        self._hush_soon()

    def _carry_out(self) -> None:
        """Stop and place what the plan says."""
        if not len(self._waiting) and not any(node.free < 0 for node in self._nodes.online()):
            return
        now = self._clock.monotonic()
        nodes = {node.name: node for node in self._nodes.online()}
        running = [
            Stream(key, self._rank(tap.wish), tap.since, tap.node) for key, tap in self._by_leg.items()
        ]
        waiting = [
            Stream(one.wish.uniqueid, self._rank(one.wish), one.since) for one in self._waiting.ready(now)
        ]
        kept = self._waiting.kept()
        rooms = {name: self._room(node, kept[name], now) for name, node in nodes.items()}
        made = plan(running, waiting, rooms, max(0, self._settings.max_taps - kept.total()))
        for stream in made.stop:
            self._displace(self._by_leg[stream.key])
        for stream, name in made.place:
            waits = self._waiting.get(stream.key)
            if waits is not None and waits.reason != "paused":
                self._begin(waits, nodes[name])

    def _room(self, node: TapNode, kept: int, now: float) -> int:
        """How many more taps this node takes, less the places that are kept on it."""
        room = self._loads.room(node, now)
        return room if room < 0 else max(0, room - kept)

    def _displace(self, tap: RunningTap) -> None:
        self._retire(tap)
        self._forget(tap)
        self._loads.take(tap.node, self._clock.monotonic())
        self._waiting.put(Unheard(tap.wish, "displaced", self._wall(), tap.since))
        self._tell(tap.wish, "displaced")

    def _begin(self, waiting: Unheard, node: TapNode) -> None:
        now = self._clock.monotonic()
        tap = RunningTap(waiting.wish, uuid7(), node.name, waiting.attempts + 1, waiting.since, now)
        if not self._tasks.spawn("tap", partial(self._place, tap, node)):
            waiting.reason = "limit"
            return
        self._loads.give(node.name, now, node.free)
        self._waiting.over(waiting.wish.uniqueid)
        self._keep(tap)

    async def _place(self, tap: RunningTap, node: TapNode) -> None:
        wish = tap.wish
        order = TapAnnouncement(tap.tap_id, wish.call_id, wish.leg_id, wish.speaker, wish.language, node.name)
        reason: ShedReason = "announce_failed"
        try:
            async with asyncio.timeout(self._settings.tap_deadline_s):
                await self._announcer.announce(order)
                if self._silent(wish):
                    return
                reason = "switch_refused"
                await self._switch.place_tap(wish.channel, tap.tap_id, node.host, node.port)
        except TimeoutError:
            self._fail(tap, "timeout")
        except Exception as error:  # noqa: BLE001  # whatever it was, the call goes on without a transcript
            _log.warning("tap failed", reason=reason, error=type(error).__name__)
            self._fail(tap, reason)
        else:
            _placed.inc()

    def _hush_soon(self) -> None:
        if any(self._silent(tap.wish) for tap in self._by_leg.values()):
            self._tasks.spawn("hush", self.hush)

    async def _end(self, tap: RunningTap) -> None:
        tap.hushed = at = self._wall()
        self._retire(tap)
        if not await self._switch.end_tap(tap.tap_id):
            self._tasks.spawn("end-tap", partial(self._end_young, tap))
        if self._is_wanted(tap):
            self._rest(tap, at)

    def _rest(self, tap: RunningTap, at: float) -> None:
        """Its leg waits for the end of the pause, and keeps its place."""
        self._forget(tap)
        self._waiting.put(Unheard(tap.wish, "paused", at, tap.since, kept=tap.node))

    async def _end_young(self, tap: RunningTap) -> None:
        """The switch makes a tap's channel some time after it has said that it would."""
        latest = tap.began + self._settings.tap_deadline_s + CHANNEL_S
        while self._clock.monotonic() < latest:
            await self._clock.sleep(END_AGAIN_S)
            if await self._switch.end_tap(tap.tap_id):
                return

    def _is_wanted(self, tap: RunningTap) -> bool:
        return self._by_leg.get(tap.wish.uniqueid) is tap

    def _fail(self, tap: RunningTap, reason: ShedReason) -> None:
        if not self._is_wanted(tap):
            return
        self._forget(tap)
        now = self._clock.monotonic()
        self._waiting.put(
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

    def _tell_if_unheard(self, wish: TapWish) -> None:
        """A paused leg is told otherwise: who has paused it has been told so."""
        waiting = self._waiting.get(wish.uniqueid)
        if waiting is not None and (waiting.reason != "paused" or waiting.unsure):
            if not waiting.unsure:
                waiting.reason = self._why()
            self._tell(wish, "timeout" if waiting.unsure else waiting.reason)

    def _tell(self, wish: TapWish, reason: ShedReason) -> None:
        _shed.labels(reason).inc()
        self._publish(
            LegNotTranscribed(
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
        now = self._clock.monotonic()
        self._waiting.over(wish.uniqueid)
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
