"""Parts of a citizen's text come together, and none is lost when the service ends between two steps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import func, select

from citizen.contract import IncomingText
from citizen.messages.ports import SmsPart
from citizen.messages.service import CitizenMessages
from citizen.messages.tables import received_parts
from citizen.tables import reports
from core.errors import Invalid, SonghuaError, Unavailable
from core.storage import Storage
from tests.citizen.city import Acts, city
from tests.citizen.test_follow_ups import QuietLink
from tests.sms.sms_world import CITIZEN, DayClock


class DatabaseAway(Unavailable):
    kind = "test.away"


class Taker:
    """Takes texts, or fails as often as `fails`."""

    def __init__(self, fails: int = 0, error: type[SonghuaError] = DatabaseAway) -> None:
        self.fails = fails
        self.error = error
        self.texts: list[IncomingText] = []

    async def __call__(self, text: IncomingText) -> str:
        if self.fails:
            self.fails -= 1
            raise self.error(remedy="again")
        self.texts.append(text)
        return "report"


def messages_of(storage: Storage, taker: Taker) -> CitizenMessages:
    made = CitizenMessages(storage, None, Acts(), timezone_h=8)
    made.take_texts(taker)
    return made


def part(number: int, text: str, *, reference: int = 7, total: int = 2) -> SmsPart:
    return SmsPart(CITIZEN, text, reference, total, number)


async def waiting(storage: Storage) -> int:
    async with storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(received_parts))).scalar_one())


async def test_a_text_that_could_not_be_taken_is_whole_when_its_last_part_comes_again(
    any_storage: Storage,
) -> None:
    taker = Taker(fails=1)
    messages = messages_of(any_storage, taker)
    await messages.text(part(1, "路灯"))
    with pytest.raises(DatabaseAway):
        await messages.text(part(2, "不亮"))
    await messages.text(part(2, "不亮"))
    assert [one.text for one in taker.texts] == ["路灯不亮"]
    assert await waiting(any_storage) == 0


async def test_what_the_smsc_does_not_bring_again_is_taken_after_an_hour(any_storage: Storage) -> None:
    clock = DayClock()
    any_storage.clock = clock
    taker = Taker(fails=2)
    messages = messages_of(any_storage, taker)
    await messages.text(part(1, "路灯"))
    with pytest.raises(DatabaseAway):
        await messages.text(part(2, "不亮"))
    await messages.text(part(1, "井盖", reference=8, total=3))
    began = clock.now()
    clock.go(hours=2)
    with pytest.raises(DatabaseAway):
        await messages.take_incomplete()
    await messages.take_incomplete()
    assert sorted(one.text for one in taker.texts) == ["井盖", "路灯不亮"]
    assert all(one.at < began + timedelta(minutes=1) for one in taker.texts), "the day that they came on"
    assert await waiting(any_storage) == 0


async def test_parts_that_come_at_the_same_moment_are_one_text(any_storage: Storage) -> None:
    taker = Taker()
    messages = messages_of(any_storage, taker)
    texts = range(10)
    await asyncio.gather(
        *(messages.text(part(place, f"{one}-{place} ", reference=one)) for one in texts for place in (1, 2))
    )
    assert {one.text for one in taker.texts} == {f"{one}-1 {one}-2 " for one in texts}
    assert await waiting(any_storage) == 0


async def test_a_part_with_a_null_character_is_kept(any_storage: Storage) -> None:
    taker = Taker()
    messages = messages_of(any_storage, taker)
    await messages.text(part(1, "路\0灯"))
    await messages.text(part(2, "\0不亮"))
    await messages.text(SmsPart("1390451\0", "井\0盖"))
    assert [(one.number, one.text) for one in taker.texts] == [(CITIZEN, "路灯不亮"), ("1390451", "井盖")]


async def test_what_cannot_be_taken_does_not_come_again(storage: Storage) -> None:
    taker = Taker(fails=1, error=Invalid)
    messages = messages_of(storage, taker)
    await messages.text(part(1, "路灯"))
    await messages.text(part(2, "不亮"))
    assert (taker.texts, await waiting(storage)) == ([], 0)


async def test_a_text_that_comes_again_uses_up_no_limit(storage: Storage) -> None:
    async with city(storage, link=QuietLink(), real_sms=True) as on:
        text = SmsPart(CITIZEN, "公滨路5号门口井盖不见了")
        with patch.object(on.citizen.reports, "receive", side_effect=DatabaseAway):
            for _ in range(30):
                with pytest.raises(DatabaseAway):
                    await on.citizen.messages.text(text)
        await on.citizen.messages.text(text)
        async with storage.read() as connection:
            assert list((await connection.execute(select(reports.c.phone))).scalars()) == [CITIZEN]
