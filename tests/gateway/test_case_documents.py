"""What other rooms add to a printed case: words as the ledger gives them, photos that are there, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import insert

from core.actor import Actor, Role
from core.errors import Forbidden, NotFound
from core.storage import Storage
from field.photos.centre.service import Photos
from field.units.store import units
from gateway.wiring.case_documents import DocumentsOfCases
from identity.store import users

CHIEF = Actor("zhao", "Zhao", frozenset({Role.SUPERVISOR}))
AT = datetime(2026, 11, 30, 6, tzinfo=UTC)
THERE, GONE = uuid4(), uuid4()


class Kept:
    """A photo as the photos' room tells of it."""

    by = "unit:app:17"
    taken_at = AT


class Looked:
    async def look(self, actor: Actor, photo_id: UUID) -> tuple[Kept, bytes]:
        assert actor is CHIEF
        if photo_id != THERE:
            raise NotFound("erased")
        return Kept(), b"jpeg"


async def words(actor: Actor, call_id: UUID) -> Mapping[str, Any]:
    if actor is not CHIEF or call_id == GONE:
        raise Forbidden("not yours")
    said = {"started_at": AT.isoformat(), "speaker": "citizen"}
    return {"segments": [said | {"text": f"第{n}句"} for n in range(5)], "gaps": []}


def source(storage: Storage) -> DocumentsOfCases:
    return DocumentsOfCases(storage, words, lambda: cast("Photos", Looked()))


async def test_of_a_call_the_first_words_are_printed_with_the_count_of_the_rest(storage: Storage) -> None:
    [found] = await source(storage).extracts(CHIEF, [THERE], 2)
    assert [(line.at, line.text) for line in found.lines] == [(AT, "第0句"), (AT, "第1句")]
    assert found.further == 3


async def test_a_call_that_the_reader_may_not_read_is_left_out(storage: Storage) -> None:
    found = await source(storage).extracts(CHIEF, [GONE, THERE], 2)
    assert [one.call_id for one in found] == [THERE]


async def test_a_photo_that_is_gone_is_left_out(storage: Storage) -> None:
    found = await source(storage).pictures(CHIEF, [GONE, THERE])
    assert [(one.photo_id, one.by, one.data) for one in found] == [(THERE, "unit:app:17", b"jpeg")]


async def test_people_and_units_have_their_names(any_storage: Storage) -> None:
    async with any_storage.write() as transaction:
        await transaction.connection.execute(
            insert(users).values(
                id="wang", name="王坐席", roles=["agent"], language="zh", password_hash="x", active=True,
                created_at=AT,
            )
        )  # fmt: skip
        await transaction.connection.execute(
            insert(units).values(unit_id="app:17", name="十七组", crew=[], created_at=AT, created_by="x")
        )
    found = await source(any_storage).names({"wang", "unit:app:17", "nobody", "unit:none"})
    assert found == {"wang": "王坐席", "unit:app:17": "十七组"}
