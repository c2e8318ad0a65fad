"""What banners of desks and of the citizens' page show. The public may ask as often as it likes: the answers
are kept for a few seconds, and read anew once for all who wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.errors import Unavailable
from core.models import Frozen
from warning.cap.model import CapMessage, CapSeverity, CapType
from warning.channels import WarningChannel
from warning.ledger.model import RecordedWarning
from warning.shapes import shapes_of
from warning.words import headline_of, mark_of, severity_of, text_of

KEPT_S: Final = 3.0
MOST_SHOWN: Final = 2000

ReadRunning = Callable[[], Awaitable[Sequence[tuple[RecordedWarning, Sequence[CapMessage]]]]]
"""Those that hold now, each with what it is about. Raises `StorageAway`."""


class RunningWarning(Frozen):
    """What a banner shows; `mark` is empty for an actual warning."""

    warning_id: UUID
    mark: str
    msg_type: CapType
    severity: CapSeverity
    headline: str
    headline_en: str
    text: str
    text_en: str
    areas: list[str]
    since: datetime
    until: datetime


class RunningWarnings(Frozen):
    warnings: list[RunningWarning]


class WarningBanners:
    """An answer is never older than `KEPT_S`, and never shows what has ended by its own time."""

    def __init__(self, running: ReadRunning, clock: Clock) -> None:
        self._running = running
        self._clock = clock
        self._turn = asyncio.Lock()
        self._answers: dict[WarningChannel, bytes] = {}
        self._found: Sequence[tuple[RecordedWarning, Sequence[CapMessage]]] = ()
        self._shapes: bytes | None = None
        self._away: Unavailable | None = None
        self._kept_until = clock.monotonic()
        self._next_end: datetime | None = None

    async def shown(self, channel: WarningChannel) -> bytes:
        """A `RunningWarnings` in JSON. Raises `StorageAway`."""
        if not self._is_fresh():
            async with self._turn:
                if not self._is_fresh():
                    await self._refresh()
        if self._away is not None:
            raise self._away.with_traceback(None)
        return self._answers[channel]

    async def shapes(self) -> bytes:
        """A `WarningShapesList` in JSON, by the same look into the database. Raises `StorageAway`."""
        await self.shown(WarningChannel.DESK)
        if self._shapes is None:
            self._shapes = shapes_of(self._found).model_dump_json().encode()
        return self._shapes

    def _is_fresh(self) -> bool:
        over = self._next_end is not None and self._next_end <= self._clock.now()
        return self._clock.monotonic() < self._kept_until and not over

    async def _refresh(self) -> None:
        self._away, self._next_end, self._shapes = None, None, None
        try:
            found = await self._running()
        except Unavailable as error:
            self._away = error
        else:
            self._found = found
            shown = [(one.channels, banner_of(one, about)) for one, about in found]
            self._next_end = min((banner.until for _, banner in shown), default=None)
            self._answers = {
                channel: _json([banner for channels, banner in shown if channel in channels])
                for channel in WarningChannel
            }
        self._kept_until = self._clock.monotonic() + KEPT_S


def banner_of(one: RecordedWarning, about: Sequence[CapMessage]) -> RunningWarning:
    message = one.message
    areas = message.areas or tuple(area for other in about for area in other.areas)
    assert one.released_at is not None
    assert one.ends_at is not None
    return RunningWarning(
        warning_id=one.warning_id, mark=mark_of(message), msg_type=message.msg_type,
        severity=severity_of(message), headline=headline_of(message, about),
        headline_en=headline_of(message, about, "en"),
        text=text_of(message, about, most=MOST_SHOWN),
        text_en=text_of(message, about, most=MOST_SHOWN, language="en"),
        areas=[area.description for area in areas if area.description],
        since=one.released_at, until=one.ends_at,
    )  # fmt: skip


def _json(shown: Sequence[RunningWarning]) -> bytes:
    return RunningWarnings(warnings=list(shown)).model_dump_json().encode()
