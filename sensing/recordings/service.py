"""What recorders have of a camera, and who plays it: within rights, and never unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.clock import Clock
from core.errors import Invalid
from core.views import Views
from sensing import rights
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, NoCameraRecordings, NoPicture
from sensing.live.service import CameraLive
from sensing.live.store import RecordedView
from sensing.recordings.model import RecordedSpan
from sensing.settings import SensingSettings

LONGEST_SEARCH_S: Final = 86_400.0
LONGEST_PLAYED_S: Final = 3_600.0
MOST_LISTED: Final = 500

FindRecordings = Callable[[RegisteredCamera, RecordedSpan], Awaitable[Sequence[RecordedSpan]]]
"""What the device of a camera has recorded of it. Raises `NoPicture`."""


class CameraRecordings:
    """`find` asks the device of a camera; `live` shows what it plays, as it shows what a camera sees now."""

    def __init__(
        self,
        register: CameraRegister,
        find: FindRecordings,
        live: CameraLive,
        views: Views,
        settings: SensingSettings,
        clock: Clock,
    ) -> None:
        self._register = register
        self._find = find
        self._live = live
        self._views = views
        self._settings = settings
        self._clock = clock

    async def found(self, actor: Actor, code: str, begin: datetime, end: datetime) -> Sequence[RecordedSpan]:
        """What its device has recorded within the time, at most `MOST_LISTED`; audited.

        Raises `Forbidden`, `NoSuchCamera`, `NoCameraRecordings`, `Invalid`, `NoPicture`.
        """
        rights.PLAY_BACK.check(actor)
        camera = self.camera(actor, code)
        span = span_of(begin, end, LONGEST_SEARCH_S, self._clock.now())
        detail = {"from": span.begin.isoformat(), "to": span.end.isoformat()}
        await self._views.viewed(actor, "camera-recordings", f"camera:{code}", detail)
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                found = await self._find(camera, span)
        except TimeoutError:
            raise NoPicture(CameraFault.SLOW) from None
        within = (_within(one, span) for one in found)
        return [one for one in within if one.begin < one.end][:MOST_LISTED]

    async def play(
        self, actor: Actor, code: str, case_number: str, begin: datetime, end: datetime, *, op_id: UUID
    ) -> tuple[RecordedView, str]:
        """A view of what was recorded, and its media type. Raises as `CameraLive.open`, and
        `NoCameraRecordings`, `Invalid`.
        """
        rights.PLAY_BACK.check(actor)
        self.camera(actor, code)
        span = span_of(begin, end, LONGEST_PLAYED_S, self._clock.now())
        return await self._live.open(actor, code, case_number, op_id=op_id, span=span)

    def camera(self, actor: Actor, code: str) -> RegisteredCamera:
        """One of which recordings are read. Raises `NoSuchCamera`, `NoCameraRecordings`."""
        camera = self._register.get(actor, code)
        if not camera.records:
            raise NoCameraRecordings(remedy="recordings are read of cameras of GB/T 28181")
        return camera


def span_of(begin: datetime, end: datetime, longest_s: float, now: datetime) -> RecordedSpan:
    """To the second. Raises `Invalid` for one that is reversed, too long or not over yet."""
    if begin.tzinfo is None or end.tzinfo is None:
        raise Invalid("a time has no zone", remedy="write it as 2026-12-01T08:00:00+08:00")
    span = RecordedSpan(begin.replace(microsecond=0), end.replace(microsecond=0))
    if not 0 < span.seconds <= longest_s:
        raise Invalid(
            "the time is reversed or too long", remedy=f"the end is later, by {longest_s:.0f} s at most"
        )
    if span.end > now:
        raise Invalid("this time is not over", remedy="see the camera live, or wait")
    return span


def _within(one: RecordedSpan, span: RecordedSpan) -> RecordedSpan:
    return RecordedSpan(max(one.begin, span.begin), min(one.end, span.end))
