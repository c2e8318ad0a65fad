"""What everybody may ask for without end: kept for a few seconds, and read anew by one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx2 as httpx
import pytest
from fastapi import FastAPI

from core.ids import uuid7
from core.storage import Storage, StorageAway
from tests.warning.caps import NOW
from tests.warning.centre import AGENT, LI, Centre
from tests.warning.test_ledger import draft
from warning.banners import KEPT_S, WarningBanners
from warning.cap.model import CapMessage
from warning.channels import WarningChannel
from warning.http import warning_routes
from warning.ledger.model import RecordedWarning


class CountedLedger:
    """Counts how often the database is asked; `away` as it then is."""

    def __init__(self) -> None:
        self.reads = 0
        self.away = False

    async def running(self) -> Sequence[tuple[RecordedWarning, Sequence[CapMessage]]]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.away:
            raise StorageAway
        return []


async def test_many_who_ask_at_once_are_one_look_into_the_database(storage: Storage) -> None:
    centre, ledger = Centre(storage), CountedLedger()
    banners = WarningBanners(ledger.running, centre.clock)

    async def ask_all() -> list[bytes | BaseException]:
        asked = (banners.shown(one) for one in [*WarningChannel] * 20)
        return await asyncio.gather(*asked, return_exceptions=True)

    assert set(await ask_all()) == {b'{"warnings":[]}'}
    await ask_all()
    assert ledger.reads == 1
    centre.clock.advance(KEPT_S)
    ledger.away = True
    assert {type(one) for one in await ask_all()} == {StorageAway}
    assert ledger.reads == 2
    centre.clock.advance(KEPT_S)
    ledger.away = False
    assert set(await ask_all()) == {b'{"warnings":[]}'}
    assert ledger.reads == 3


@pytest.mark.parametrize("path", ["/warnings/running", "/citizen/warnings"])
async def test_what_runs_is_shown_within_seconds_and_never_after_its_end(storage: Storage, path: str) -> None:
    centre = Centre(storage)
    app = FastAPI()
    app.include_router(warning_routes(centre.ledger, centre.sending, lambda: AGENT))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def shown() -> list[str]:
            answer = await client.get(path)
            assert answer.headers["content-type"] == "application/json"
            return [one["headline"] for one in answer.json()["warnings"]]

        assert await shown() == []
        ends = NOW + timedelta(seconds=KEPT_S + 1)
        wish = draft(expires=ends, channels=["desk", "citizens"])
        await centre.released(await centre.ledger.draft(LI, wish, None, uuid7()))
        assert await shown() == [], "kept"
        centre.clock.advance(KEPT_S)
        assert await shown() == ["暴雨红色预警"]
        centre.clock.advance(1)
        assert await shown() == []
