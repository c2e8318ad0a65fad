"""The hub: every event to every desk that may see it, with a bounded queue for each desk.

Views of calls, agents and queues that a desk does not work on are gathered for a moment: of several of one
thing only the newest is sent, and no desk's ring waits behind them. A desk that does not read loses its queue
and gets a snapshot when it reads again; a desk that takes nothing for `SEND_DEADLINE_S` is closed. Neither is
ever felt by another desk.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Protocol
from uuid import UUID

from core.actor import Actor
from core.events import Event, Privacy
from core.log import logger
from core.metrics import counter, gauge
from core.scopes import NO_LIMIT, Scopes
from gateway.web.live.audience import Audience
from gateway.web.live.crowd import ConnectedPeople
from gateway.web.live.frames import (
    PONG,
    EditingFrame,
    PingFrame,
    Resync,
    event_frame,
    event_json,
    parse_client,
    snapshot_frame,
)
from gateway.web.live.pages import Pages

_log = logger("gateway")
_desks = gauge("live_desks", "Desks connected to the live view")
_sent = counter("live_frames", "Frames sent to desks", ["kind"])
_dropped = counter("live_queue_overflows", "Times that a desk's queue was dropped for a snapshot")
_combined = counter("live_frames_combined", "Frames that a newer one of the same thing replaced")
_closed = counter("live_desks_closed", "Desks closed by us", ["why"])
_malformed = counter("live_malformed", "Client frames that were no frame")

QUEUE_LIMIT = 1000
SEND_DEADLINE_S = 10.0
MALFORMED_LIMIT = 20
FRAME_EVERY_S = 0.1
"""A desk that sends faster is read no faster: it waits, and nobody else does."""

GATHER_S = 0.5
"""How long a view waits for a newer one, on average; at most half as long again."""
GATHERED: dict[str, Callable[[Any], object]] = {
    "hotline.call_changed": lambda event: event.call_id,
    "hotline.call_ended": lambda event: event.call_id,
    "hotline.agent_changed": lambda event: event.agent.agent_id,
    "hotline.queue_changed": lambda event: event.queue.queue,
}
"""Events of which only the newest of a thing counts, and which. Any other event about it releases it."""

Snapshot = Callable[[Actor], Awaitable[dict[str, Any]]]
Narrow = Callable[[Actor, Event], Event | None]


class LiveSocket(Protocol):
    """The part of a WebSocket that the hub uses."""

    async def send_text(self, data: str) -> None:
        """Send one frame; raises when the client is gone."""
        ...

    async def receive_text(self) -> str:
        """The next frame; raises when the client is gone."""
        ...


class EditingPages(Protocol):
    """Takes what pages say of the draft that their person edits; a page is the client object."""

    async def says(self, page: Hashable, actor: Actor, draft_id: UUID | None, field: str) -> None:
        """The page edits this field of a draft; None: nothing any more."""
        ...

    def gone(self, page: Hashable) -> None:
        """The page's connection has ended."""
        ...


class NoEditing:
    """Takes nothing: where no drafts are."""

    async def says(self, page: Hashable, actor: Actor, draft_id: UUID | None, field: str) -> None:
        del page, actor, draft_id, field

    def gone(self, page: Hashable) -> None:
        del page


class LiveClient:
    """One connected client: its queue, its sequence number and whether it needs a snapshot."""

    def __init__(self, viewer: Actor, address: str = "") -> None:
        self.viewer = viewer
        self.address = address
        self.wake = asyncio.Event()
        self.wants_snapshot = True
        self.pongs = 0
        self._queue: deque[str] = deque()
        self._gathered: dict[tuple[str, object], str] = {}
        self._release: asyncio.TimerHandle | None = None
        self._seq = 0

    def push(self, event: str, *about: object) -> None:
        """At once; behind what is gathered about one of these things, which goes out with it."""
        if self._full():
            return
        if any(thing in about for _type, thing in self._gathered):
            self.release()
        self._queue.append(event)
        self.wake.set()

    def gather(self, event: str, kind: str, thing: object) -> None:
        """In place of what waits of this kind about the same thing."""
        if self._full():
            return
        if self._gathered.pop((kind, thing), None) is not None:
            _combined.inc()
        self._gathered[kind, thing] = event
        if self._release is None:
            # Not all desks in the same moment.
            wait = GATHER_S * random.uniform(0.5, 1.5)  # noqa: S311 - spreads work, hides nothing
            self._release = asyncio.get_running_loop().call_later(wait, self.release)

    def release(self) -> None:
        """What is gathered waits no longer."""
        if self._release is not None:
            self._release.cancel()
            self._release = None
        if self._gathered:
            self._queue.extend(self._gathered.values())
            self._gathered.clear()
            self.wake.set()

    def _full(self) -> bool:
        """Whether an event is of no use: what the snapshot will be made of already holds it."""
        if not self.wants_snapshot and len(self._queue) + len(self._gathered) >= QUEUE_LIMIT:
            _dropped.inc()
            self.ask_snapshot()
        return self.wants_snapshot

    def ask_snapshot(self) -> None:
        self._queue.clear()
        self._gathered.clear()
        self.release()
        self.wants_snapshot = True
        self.wake.set()

    def pong(self) -> None:
        # One is enough however many pings came: a flood of pings costs nothing.
        self.pongs = 1
        self.wake.set()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def take(self) -> str | None:
        """The next event as a frame; None when nothing waits."""
        return event_frame(self.next_seq(), self._queue.popleft()) if self._queue else None


class Hub:
    def __init__(
        self,
        audience: Audience,
        snapshot: Snapshot,
        pages: Pages,
        narrow: Narrow = lambda _viewer, event: event,
        crowd: ConnectedPeople | None = None,
        editing: EditingPages | None = None,
    ) -> None:
        """`narrow` gives an event as it is within a viewer's scopes, None when it is outside of them."""
        self._audience = audience
        self._snapshot = snapshot
        self._pages = pages
        self._narrow = narrow
        self._crowd = crowd or ConnectedPeople()
        self._editing: EditingPages = editing or NoEditing()
        self._desks: set[LiveClient] = set()

    def __len__(self) -> int:
        return len(self._desks)

    async def publish(self, event: Event) -> None:
        """Queue the event for each desk that may see it; returns without waiting for any desk."""
        made: dict[tuple[frozenset[Privacy], Scopes], str] = {}
        whole = GATHERED.get(event.TYPE)
        about = (getattr(event, "call_id", None), getattr(event, "agent_id", None))
        for desk in self._desks:
            sight = self._audience.sight(desk.viewer, event)
            shown = None if sight is None else self._narrow(desk.viewer, event)
            if sight is None or shown is None:
                continue
            kind = (sight, NO_LIMIT if shown is event else desk.viewer.scopes)
            if kind not in made:
                made[kind] = event_json(shown, sight)
            if whole is None:
                desk.push(made[kind], *about)
            elif self._audience.works_on(desk.viewer, event):
                desk.push(made[kind], whole(event))
            else:
                desk.gather(made[kind], event.TYPE, whole(event))

    async def serve(
        self, viewer: Actor, socket: LiveSocket, ended: asyncio.Event | None = None, address: str = ""
    ) -> str:
        """Serve one desk until it leaves, is closed, or its session has `ended`; returns why."""
        crowded = self._crowd.refuses(self._desks, viewer.id, address)
        if crowded:
            _closed.labels(crowded).inc()
            return crowded
        desk = LiveClient(viewer, address)
        self._desks.add(desk)
        _desks.set(len(self._desks))
        self._pages.opened(viewer.id, desk)
        writer = asyncio.create_task(self._write(desk, socket), name="live.write")
        reader = asyncio.create_task(self._read(desk, socket), name="live.read")
        watch = asyncio.create_task(_over(ended or asyncio.Event()), name="live.session")
        try:
            done, _ = await asyncio.wait({writer, reader, watch}, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            self._desks.discard(desk)
            desk.release()
            _desks.set(len(self._desks))
            self._pages.closed(viewer.id, desk)
            self._editing.gone(desk)
            for task in (writer, reader, watch):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _write(self, desk: LiveClient, socket: LiveSocket) -> str:
        while True:
            await desk.wake.wait()
            desk.wake.clear()
            try:
                await self._drain(desk, socket)
            except TimeoutError:
                _closed.labels("reads nothing").inc()
                return "the client reads nothing"

    async def _drain(self, desk: LiveClient, socket: LiveSocket) -> None:
        while True:
            if desk.wants_snapshot:
                # From here on events queue again; those that the snapshot already holds come twice,
                # which is harmless: each carries a whole view, not a difference.
                desk.wants_snapshot = False
                state = await self._snapshot(desk.viewer)
                await _send(socket, snapshot_frame(desk.next_seq(), state), "snapshot")
            if desk.pongs:
                desk.pongs = 0
                await _send(socket, PONG, "pong")
            frame = desk.take()
            if frame is not None:
                await _send(socket, frame, "event")
            elif not desk.wants_snapshot and not desk.pongs:
                return

    async def _read(self, desk: LiveClient, socket: LiveSocket) -> str:
        desk.wake.set()
        malformed = 0
        while malformed < MALFORMED_LIMIT:
            frame = parse_client(await socket.receive_text())
            self._pages.heard(desk.viewer.id, desk)
            if isinstance(frame, PingFrame):
                desk.pong()
            elif isinstance(frame, Resync):
                desk.ask_snapshot()
            elif isinstance(frame, EditingFrame):
                await self._editing.says(desk, desk.viewer, frame.draft_id, frame.field)
            else:
                malformed += 1
                _malformed.inc()
            await asyncio.sleep(FRAME_EVERY_S)
        _closed.labels("malformed frames").inc()
        return "too many malformed frames"


async def _send(socket: LiveSocket, frame: str, kind: str) -> None:
    async with asyncio.timeout(SEND_DEADLINE_S):
        await socket.send_text(frame)
    _sent.labels(kind).inc()


async def _over(ended: asyncio.Event) -> str:
    await ended.wait()
    _closed.labels("session ended").inc()
    return "the session has ended"
