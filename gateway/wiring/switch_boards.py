"""The board of each switch for the boards of the others, over the broker; and which calls were theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cdr.calls.store import aliases
from core.clock import Clock
from core.errors import SonghuaError
from core.room import Health
from core.storage import Storage
from core.storage.chunks import chunks
from core.tasks import Tasks
from gateway.bus import LocalBus
from gateway.mqtt import topics
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received, parse_event
from gateway.settings import Settings
from hotline.events import BoardChanged, BoardView, OtherSwitchView

TELL_EVERY_S: Final = 10.0
"""Also where nothing has changed: that the switch is there is news by itself."""
KEPT_S: Final = 60.0
"""So long the broker keeps a board for who connects."""
SILENT_S: Final = 30.0
"""Who has told nothing for so long is shown as not heard."""


@dataclass(slots=True)
class _LastTold:
    """`heard_at` is of the monotonic clock; None for what the broker had kept from before."""

    board: BoardView
    heard_at: float | None


class SwitchBoards:
    """Fills `hotline.metrics.ports.OtherSwitches`. Make it before bus and link start."""

    name = "switch-boards"

    def __init__(self, settings: Settings, storage: Storage, bus: LocalBus, link: MqttLink) -> None:
        self._mine = settings.system_name
        self._names = settings.switch.beside
        self._storage = storage
        self._clock: Clock = storage.clock
        self._link = link
        self._last: dict[str, _LastTold] = {}
        self._board: BoardView | None = None
        self._news = asyncio.Event()
        self._tasks = Tasks(self.name)
        if self._names:
            bus.subscribe(BoardChanged, self._keep_own, name=self.name)
        for name in self._names:
            topic = topics.switch_board(settings.tenant, name)
            link.subscribe(topic, partial(self._hear, name), name=f"board.{name}")
        self._topic = topics.switch_board(settings.tenant, self._mine) if self._names else ""

    async def start(self) -> None:
        if self._names:
            self._tasks.forever("tell", self._tell)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        """A part for each of the others."""
        return [_health(one) for one in self.boards()]

    def boards(self) -> Sequence[OtherSwitchView]:
        return [self._view(name) for name in self._names]

    async def calls_of(self, calls: Sequence[UUID]) -> Collection[UUID]:
        if not self._names:
            return ()
        found: set[UUID] = set()
        async with self._storage.read() as connection:
            for part in chunks(calls):
                rows = await connection.execute(
                    select(aliases.c.alias).where(
                        aliases.c.alias.in_(part), aliases.c.system_name != self._mine
                    )
                )
                found.update(rows.scalars())
        return found

    def _view(self, name: str) -> OtherSwitchView:
        last = self._last.get(name)
        if last is None:
            return OtherSwitchView(switch=name, heard=False, at=None, total=None, agents={})
        heard = last.heard_at is not None and self._clock.monotonic() - last.heard_at <= SILENT_S
        board = last.board
        return OtherSwitchView(switch=name, heard=heard, at=board.at, total=board.total, agents=board.agents)

    async def _keep_own(self, event: BoardChanged) -> None:
        before, self._board = self._board, event.board.model_copy(update={"others": []})
        if before is None or before.model_copy(update={"at": self._board.at}) != self._board:
            self._news.set()

    async def _hear(self, name: str, message: Received) -> None:
        try:
            event = parse_event(message.payload)
        except ValueError:
            return
        if isinstance(event, BoardChanged):
            at = None if message.retained else self._clock.monotonic()
            self._last[name] = _LastTold(event.board, at)

    async def _tell(self) -> None:
        """A broker that is away is told at the next time."""
        while True:
            try:
                async with asyncio.timeout(TELL_EVERY_S):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            if self._board is None or not self._link.connected:
                await asyncio.sleep(1.0)
                continue
            event = BoardChanged(board=self._board.model_copy(update={"at": self._clock.now()}))
            payload = json.dumps(event.envelope(), ensure_ascii=False).encode()
            try:
                await self._link.publish(self._topic, payload, retain=True, expiry_s=KEPT_S)
            except SonghuaError:
                continue
            await asyncio.sleep(1.0)


def _health(one: OtherSwitchView) -> Health:
    part = f"switch.{one.switch}"
    if one.heard:
        return Health(part, "up")
    why = "nothing is heard of its centre, and its calls may go on: see that it runs and reaches the broker"
    return Health(part, "degraded", why)
