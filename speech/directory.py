"""The taps that the centre has announced, in memory; a tap may connect before its announcement arrives."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from core.metrics import counter
from speech.events import TapAnnounced, TapRetired
from speech.model import BackfillTap, TapInfo

_forgotten = counter("speech_announcements_forgotten", "Announced taps dropped because too many were waiting")


class AnnouncedTaps:
    """Fills the port `TapDirectory`. Bounded: the oldest announcement gives way to the newest."""

    def __init__(self, *, limit: int = 4096) -> None:
        self._limit = limit
        self._known: OrderedDict[UUID, TapInfo] = OrderedDict()
        self._wanted: dict[UUID, asyncio.Future[TapInfo]] = {}
        self._closing: list[Callable[[UUID], None]] = []

    def announce(self, event: TapAnnounced) -> None:
        """Repeated announcements of one tap are fine: the last one counts."""
        info = TapInfo(
            tap_id=event.tap_id,
            call_id=event.call_id,
            leg_id=event.leg_id,
            speaker=event.speaker,
            language=event.language,
            likely=event.likely or "",
            hints=tuple(event.hints),
            hints_by_language={name: tuple(words) for name, words in event.hints_by_language.items()},
            asked=event.asked or "",
            late=None
            if event.late is None
            else BackfillTap(event.late.gap_id, event.late.started_at, event.late.seconds),
        )
        self._known[info.tap_id] = info
        self._known.move_to_end(info.tap_id)
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
            _forgotten.inc()
        waiting = self._wanted.get(info.tap_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(info)

    def retire(self, event: TapRetired) -> None:
        """Raises nothing for a tap that is not known."""
        self._known.pop(event.tap_id, None)
        for close in self._closing:
            close(event.tap_id)

    def on_retired(self, close: Callable[[UUID], None]) -> None:
        """`close` is called with each tap that is no longer wanted."""
        self._closing.append(close)

    def is_announced(self, tap_id: UUID) -> bool:
        return tap_id in self._known

    async def resolve(self, tap_id: UUID) -> TapInfo:
        """What was announced; waits for it. One waiter for each tap."""
        known = self._known.get(tap_id)
        if known is not None:
            return known
        future = self._wanted.setdefault(tap_id, asyncio.get_running_loop().create_future())
        try:
            return await future
        finally:
            self._wanted.pop(tap_id, None)
