"""Hostile words in text messages, and one number that writes 500 times. Other channels:
`tests/citizen/test_bad_input.py`.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from citizen.tables import reports
from core.storage import Storage
from tests.citizen.test_bad_input import HOSTILE, count, filed_with_its_words
from tests.peers.simulated_smsc import SimulatedSmsc
from tests.sms.sms_world import CITIZEN, sms_world
from tests.waiting import until

OTHER = "13904510002"
AT_ONCE = 20
"""Of these a link has so many in hand; an SMSC brings others again."""


def answered(smsc: SimulatedSmsc, messages: int) -> bool:
    return smsc.count("answered") == messages


@HOSTILE
async def test_hostile_words_are_words_and_never_come_back(
    storage: Storage, smsc: SimulatedSmsc, words: str
) -> None:
    async with sms_world(storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        smsc.write(CITIZEN, words)
        await until(lambda: "编号R" in "".join(world.texts), "a receipt")
        await filed_with_its_words(world.city, words, ("text",))
        await until(lambda: "已受理" in "".join(world.texts), "that it was accepted")
        said = "".join(world.texts)
        for piece in ("<script>", "\u202e", "DROP TABLE", "7*7", "{case}"):
            assert piece not in said


async def test_one_number_that_writes_500_times_holds_up_nobody(
    storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(storage, smsc):
        await until(lambda: smsc.count("bound") == 1, "a link")
        smsc.set(receipts="")
        for number in range(500):
            smsc.write(CITIZEN, f"公滨路5号井盖不见了 {number}")
            if number % AT_ONCE == AT_ONCE - 1:
                await until(partial(answered, smsc, number + 1), "all of them answered")
        smsc.write(OTHER, "公滨路7号路灯不亮")
        await until(lambda: any(one["to"] == OTHER for one in smsc.submitted), "the other's receipt")
        async with storage.read() as connection:
            found = list((await connection.execute(select(reports.c.phone))).scalars())
        assert (found.count(CITIZEN), found.count(OTHER)) == (10, 1)
        assert await count(storage, reports) == 11
        mine = [str(one["text"]) for one in smsc.submitted if one["to"] == CITIZEN]
        assert 1 <= sum("过多" in one for one in mine) <= 10, "told to telephone, a few times"
