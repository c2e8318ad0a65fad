"""Warnings by text message: each recipient of the area gets one, also after a kill; none after the end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from citizen.messages import store as messages
from citizen.messages.model import MessageState
from core.ids import uuid7
from core.storage import Storage, Transaction
from gateway.smpp.link import SmscLink
from gateway.wiring.warnings import MessagesOfWarnings
from tests.citizen.city import city
from tests.peers.simulated_smsc import SimulatedSmsc
from tests.sms.sms_world import settings, sms_world
from tests.warning import test_recipients as table
from tests.warning.caps import SQUARE, cap
from tests.warning.centre import LI, MA, WANG, Centre, KilledHere
from tests.warning.test_ledger import draft
from tests.warning.test_recipients import NUMBERS, PLACES, imported
from warning.ledger.service import WarningLedger
from warning.recipients.places import KnownPlaces
from warning.recipients.texting import RecipientTexts
from warning.sending.service import ChannelCounts, WarningSending
from warning.settings import WarningSettings

CAPS = Path(table.__file__).parent


class TextingCentre(Centre):
    """With the room of citizens, whose link goes to the simulated SMSC."""

    def __init__(self, storage: Storage, texts: MessagesOfWarnings) -> None:
        super().__init__(storage)

        def places(_beats: Collection[str]) -> KnownPlaces:
            return PLACES

        self.sending = WarningSending(storage, (RecipientTexts(texts, places),), lambda _point: ())
        self.ledger = WarningLedger(storage, self.trail, WarningSettings(), self.sending)

    async def sms(self, warning_id: UUID) -> ChannelCounts:
        (found,) = await self.sending.counts(warning_id)
        return found


RAIN = {"channels": ["sms"], "areas": [{"description": "道里区", "polygons": [SQUARE]}]}


async def test_recipients_of_the_area_get_one_text_each_and_the_same_people_the_all_clear(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        clock = any_storage.clock
        centre = TextingCentre(any_storage, MessagesOfWarnings(lambda: world.city.citizen.warning_texts))
        any_storage.clock = clock
        await imported(centre)
        until = clock.now() + timedelta(hours=1)
        wish = draft(status="Exercise", expires=until, **RAIN)
        made = await centre.ledger.draft(LI, wish, None, uuid7())
        assert await centre.sending.audience(made) == {"sms": 4}
        assert await centre.send_all() == 0, "nothing is sent that nobody released"
        await centre.released(made, LI)
        assert (await centre.sms(made.warning_id)).waiting == 4
        await centre.send_all()
        assert await centre.send_all() == 0
        await world.become(*[MessageState.DELIVERED] * 4)
        assert sorted(one["to"] for one in smsc.submitted) == NUMBERS[:4]
        assert {one["text"] for one in smsc.submitted} == {
            "【演习 EXERCISE】暴雨红色预警。请留在室内。【城市管理热线】"
        }
        counts = await centre.sms(made.warning_id)
        assert (counts.total, counts.reached, counts.waiting, counts.failed) == (4, 4, 0, 0)
        # Whoever is registered meanwhile was not told of it, and gets no all-clear.
        await imported(centre, "name,number,area\n王村长,13904510007,230102\n")
        clear = draft(status="Exercise", msg_type="Cancel", headline="", description="", areas=[],
                      expires=None, channels=["sms"])  # fmt: skip
        await centre.released(await centre.ledger.draft(MA, clear, made.warning_id, uuid7()), MA)
        await centre.send_all()
        await world.become(*[MessageState.DELIVERED] * 8)
        assert sorted(one["to"] for one in smsc.submitted[4:]) == NUMBERS[:4]
        assert smsc.submitted[-1]["text"].startswith("【演习 EXERCISE】解除 ALL CLEAR：暴雨红色预警。")


async def test_what_has_not_left_when_a_warning_is_stopped_does_not_leave(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    """The link is down: nothing has left. One of them opted out: an exercise is not for him."""
    link = SmscLink(settings(smsc))
    async with city(any_storage, link=link, real_sms=True) as on:
        centre = TextingCentre(any_storage, MessagesOfWarnings(lambda: on.citizen.warning_texts))
        await imported(centre)
        await on.citizen.messages.opt(None, NUMBERS[0], out=True)
        made = await centre.ledger.draft(LI, draft(status="Exercise", **RAIN), None, uuid7())
        await centre.released(made, LI)
        await centre.send_all()
        counts = await centre.sms(made.warning_id)
        assert (counts.total, counts.waiting, counts.failed, counts.dropped) == (4, 3, 1, 0)
        await centre.ledger.cancel(WANG, made.warning_id, "wrong district", uuid7())
        counts = await centre.sms(made.warning_id)
        assert (counts.waiting, counts.failed, counts.dropped) == (0, 1, 3)
        sender = on.citizen.sender
        assert sender is not None
        await sender.expire()
        async with any_storage.read() as connection:
            found = await messages.latest(connection, [], 10)
        assert {(one.state, one.purpose) for one in found} == {(MessageState.SUPPRESSED, "warning")}
        # Nobody was told, so nobody hears that it is over.
        clear = draft(status="Exercise", msg_type="Cancel", headline="误发", description="", channels=["sms"])
        cancel = await centre.ledger.draft(MA, clear, made.warning_id, uuid7())
        assert await centre.sending.audience(cancel) == {"sms": 0}


async def test_an_update_reaches_who_was_told_and_who_is_in_the_area_now(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    """A real message of the weather bureau, and its update for another district."""
    async with city(any_storage, link=SmscLink(settings(smsc)), real_sms=True) as on:
        centre = TextingCentre(any_storage, MessagesOfWarnings(lambda: on.citizen.warning_texts))
        await imported(centre)
        centre.ledger = replace(
            centre.ledger,
            settings=WarningSettings.model_validate(
                {"channels": ["sms"], "senders": {cap().sender: {"unsigned": True}}}
            ),
        )
        first = (CAPS / "rainstorm.cap.xml").read_bytes()
        made = await centre.ledger.take(LI, first, uuid7())
        assert made.people == 2
        await centre.released(made)
        await centre.send_all()
        second = (CAPS / "rainstorm_update.cap.xml").read_bytes()
        update = await centre.ledger.take(LI, second, uuid7())
        await centre.released(update)
        await centre.send_all()
        assert (await centre.sms(made.warning_id)).dropped == 4, "not sent yet, and replaced"
        counts = await centre.sms(update.warning_id)
        assert counts.total == 2, "the district of the update, and the city"


class DyingMessages(MessagesOfWarnings):
    """The process dies at the third text."""

    sent = 0

    async def send(
        self, transaction: Transaction, message_id: UUID, number: str, words: str, *,
        until: datetime, exercise: bool,
    ) -> str:  # fmt: skip
        self.sent += 1
        if self.sent == 3:
            raise KilledHere
        return await super().send(transaction, message_id, number, words, until=until, exercise=exercise)


async def test_killed_while_it_hands_texts_over_each_is_there_once(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with city(any_storage, link=SmscLink(settings(smsc)), real_sms=True) as on:
        dying = TextingCentre(any_storage, DyingMessages(lambda: on.citizen.warning_texts))
        await imported(dying)
        made = await dying.ledger.draft(LI, draft(status="Exercise", **RAIN), None, uuid7())
        await dying.released(made, LI)
        with pytest.raises(KilledHere):
            await dying.send_all()
        again = TextingCentre(any_storage, MessagesOfWarnings(lambda: on.citizen.warning_texts))
        assert await again.send_all() == 4
        async with any_storage.read() as connection:
            found = await messages.latest(connection, [], 10)
        assert sorted(one.number for one in found) == NUMBERS[:4]
