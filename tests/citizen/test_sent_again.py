"""A message that did not arrive is sent again by a person: once, and nothing else is shown by it."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from sqlalchemy import select, update

from citizen.messages.tables import messages
from core.ids import uuid7
from core.storage import Storage
from core.storage.schema import outbox
from tests.cases.rooms import AGENT
from tests.citizen.city import SUPERVISOR, City, city
from tests.citizen.test_follow_ups import NUMBER, QuietLink
from tests.citizen.test_told_by_text import RULES, case_of_web


async def undelivered(on: City, phone: str = NUMBER) -> tuple[UUID, UUID]:
    """A case and its only message, which did not arrive."""
    case = await case_of_web(on, phone)
    async with on.storage.write() as transaction:
        of_case = messages.c.case_id == case.case_id
        await transaction.connection.execute(update(messages).where(of_case).values(state="undelivered"))
        wanted = select(messages.c.message_id).where(of_case)
        return case.case_id, (await transaction.connection.execute(wanted)).scalar_one()


async def queued(storage: Storage) -> int:
    async with storage.read() as connection:
        wanted = select(outbox.c.envelope).where(outbox.c.stream.like("message:%"))
        return len((await connection.execute(wanted)).all())


async def test_presses_of_two_people_send_it_once(any_storage: Storage) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        case_id, message_id = await undelivered(on)
        before = await queued(any_storage)
        path = f"/cases/{case_id}/messages/{message_id}/again"
        answers = await asyncio.gather(*(on.act(who, path) for who in (AGENT, SUPERVISOR) * 2))
        assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
        assert await queued(any_storage) == before + 1
        shown = (await on.ask(AGENT, "GET", f"/cases/{case_id}/messages")).json()
        assert shown["again"] == []
        (sent,) = (one for one in shown["messages"] if one["sent_by"])
        async with any_storage.write() as transaction:
            failed = update(messages).where(messages.c.message_id == UUID(sent["message_id"]))
            await transaction.connection.execute(failed.values(state="undelivered"))
        shown = (await on.ask(AGENT, "GET", f"/cases/{case_id}/messages")).json()
        assert len(shown["again"]) == 2, "what was sent again did not arrive either"
        assert (await on.act(AGENT, path)).status_code == 200


async def test_the_same_press_is_answered_the_same_and_shows_no_other_message(any_storage: Storage) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        case_id, message_id = await undelivered(on)
        path = f"/cases/{case_id}/messages/{message_id}/again"
        op_id = str(uuid4())
        once = await on.ask(AGENT, "POST", path, op_id=op_id)
        assert once.status_code == 200, once.text
        assert (await on.ask(AGENT, "POST", path, op_id=op_id)).json() == once.json()
        async with any_storage.write() as transaction:
            stranger = (await transaction.connection.execute(select(messages).limit(1))).one()._asdict()
            stranger.update(message_id=uuid7(), case_id=uuid7(), text="给别人的话")
            await transaction.connection.execute(messages.insert().values(**stranger))
        other = await on.ask(AGENT, "POST", path, op_id=str(stranger["message_id"]))
        assert other.status_code == 404
        assert "给别人的话" not in other.text
        assert (await on.ask(SUPERVISOR, "POST", path, op_id=op_id)).status_code == 404
