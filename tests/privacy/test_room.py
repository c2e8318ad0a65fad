"""What is not done is gone on with, ever less often while it waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from core.clock import SystemClock
from privacy.room import PrivacyRoom
from privacy.settings import PrivacySettings
from privacy.store import Erasure


class Waiting:
    """Erasures of which one waits for something; how many looks there were, and the pauses before them."""

    def __init__(self) -> None:
        self.clock = Slept()
        self.why = ["a legal hold"] * 10 + ["switch-logs"] * 3

    async def go_on_with_all(self) -> Sequence[Erasure]:
        if not self.why:
            return []
        steps = {"tables": self.why.pop(0)}
        return [Erasure(UUID(int=1), "", (), "asked", "sun", datetime(2026, 12, 1, tzinfo=UTC), steps=steps)]


class Slept(SystemClock):
    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        if seconds >= 3_600:
            await asyncio.Event().wait()
        self.pauses.append(seconds)
        await asyncio.sleep(0)


async def test_what_waits_for_a_person_is_looked_at_ever_less_often() -> None:
    waiting = Waiting()

    async def nothing(before: datetime) -> None:
        del before

    both = cast("Any", waiting)
    room = PrivacyRoom(PrivacySettings(resume_s=5), both, both, nothing)
    await room.start()
    async with asyncio.timeout(10):
        while len(waiting.clock.pauses) < 17:
            await asyncio.sleep(0)
    await room.stop()
    growing = [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]
    assert waiting.clock.pauses[:17] == [5, *growing, 5, 10, 20, 5, 5, 5]
