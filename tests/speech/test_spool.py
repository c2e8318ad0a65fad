"""The spool: first in, first out, over the end of the process, never more than its limit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import pytest

from speech.delivery import SegmentDelivery
from speech.events import TranscriptEnded
from speech.spool import Spool
from tests.speech.fakes import Sink, until


def ended(segments: int) -> TranscriptEnded:
    return TranscriptEnded(call_id=uuid4(), leg_id=uuid4(), tap_id=uuid4(), segments=segments, gaps=0)


async def test_what_was_put_is_there_after_the_process_ended(tmp_path: Path) -> None:
    first = Spool(tmp_path / "deep" / "spool", limit=10)
    await first.open()
    await first.put({"words": "学府路"})
    await first.close()
    second = Spool(tmp_path / "deep" / "spool", limit=10)
    assert await second.open() == 1
    (stored,) = await second.oldest(5)
    assert stored.envelope == {"words": "学府路"}
    await second.delivered(stored.row)
    assert await second.oldest(5) == []
    await second.close()


async def test_words_that_were_delivered_are_in_no_file_of_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", limit=1000)
    await spool.open()
    for number in range(200):
        await spool.put({"words": f"{number} 我的电话是13906180339"})
    assert _on_disk(tmp_path)
    while waiting := await spool.oldest(50):
        for stored in waiting:
            await spool.delivered(stored.row)
    assert not _on_disk(tmp_path)
    await spool.put({"words": "13906180339"})
    await spool.delivered((await spool.oldest(1))[0].row)
    assert _on_disk(tmp_path), "the log is emptied once a minute"
    await spool.close()
    assert not _on_disk(tmp_path)


def _on_disk(folder: Path) -> bool:
    return any(b"13906180339" in file.read_bytes() for file in folder.iterdir())


async def test_a_full_spool_gives_up_the_oldest(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", limit=3)
    await spool.open()
    for number in range(5):
        await spool.put({"number": number})
    assert [stored.envelope["number"] for stored in await spool.oldest(9)] == [2, 3, 4]
    await spool.close()
    await spool.close()


async def test_only_what_still_waits_counts_towards_the_limit(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", limit=3)
    await spool.open()
    for number in range(3):
        await spool.put({"number": number})
    await spool.delivered((await spool.oldest(1))[0].row)
    await spool.delivered(999)
    await spool.put({"number": 3})
    assert [one.envelope["number"] for one in await spool.oldest(9)] == [1, 2, 3]
    await spool.put({"number": 4})
    assert [one.envelope["number"] for one in await spool.oldest(9)] == [2, 3, 4]
    await spool.close()


async def test_a_broker_that_comes_back_gets_everything_once_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speech.delivery.AWAY_RETRY_S", 0.02)
    sink, spool = Sink(), Spool(tmp_path / "spool", limit=100)
    sink.away = True
    await spool.open()
    delivery = SegmentDelivery(sink, spool)
    await delivery.start()
    events = [ended(number) for number in range(8)]
    for event in events:
        delivery.durable(event)
    await until(lambda: delivery.away)
    sink.away = False
    await until(lambda: len(sink.events) == len(events))
    assert [event.id for event in sink.events] == [event.id for event in events]
    await until(lambda: not delivery.away)
    async with asyncio.timeout(5):
        while await spool.oldest(1):
            await asyncio.sleep(0.005)
    await delivery.stop()
    await spool.close()


async def test_a_disk_that_fails_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speech.delivery.FIRST_RETRY_S", 0.02)
    sink, spool = Sink(), Spool(tmp_path / "spool", limit=100)
    await spool.open()
    put, failures = spool.put, iter([True, True])

    async def flaky(envelope: dict[str, object]) -> None:
        if next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        await put(envelope)

    monkeypatch.setattr(spool, "put", flaky)
    delivery = SegmentDelivery(sink, spool)
    await delivery.start()
    delivery.durable(ended(1))
    await until(lambda: delivery.disk_fails)
    await until(lambda: len(sink.events) == 1)
    assert not delivery.disk_fails
    await delivery.stop()
    await spool.close()


async def test_an_event_of_an_unknown_kind_does_not_block_the_others(tmp_path: Path) -> None:
    sink, spool = Sink(), Spool(tmp_path / "spool", limit=100)
    await spool.open()
    await spool.put({"type": "speech.of_another_version"})
    await spool.put(ended(1).envelope())
    delivery = SegmentDelivery(sink, spool)
    await delivery.start()
    await until(lambda: len(sink.events) == 1)
    await delivery.stop()
    await spool.close()
