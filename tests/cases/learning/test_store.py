"""Cases that agents confirmed, read back page by page on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from cases.drafting.model import FieldName
from cases.learning.quality import FieldOutcome, quality
from cases.learning.store import confirmed
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import AGENT, stage
from tests.cases.test_story import filed, words


async def test_every_confirmed_case_is_read_once_with_what_was_drafted_and_what_was_filed(
    any_storage: Storage,
) -> None:
    on = stage(any_storage)
    for _ in range(4):
        await filed(on)
    call = on.a_call()
    await on.room.drafts.hear(call, words("学府路井盖丢了"))
    (draft,) = await on.room.drafts.of_call(call)
    await on.room.drafts.edit(
        draft.draft_id, op_id=uuid7(), name=FieldName.ADDRESS, value="学府路74号",
        rev=draft.fields[FieldName.ADDRESS].rev, actor=AGENT,
    )  # fmt: skip
    await on.room.cases.confirm(draft.draft_id, op_id=uuid7(), actor=AGENT)
    with patch("cases.learning.store._PAGE", 2):
        async with any_storage.read() as connection:
            found = quality([one async for one in confirmed(connection)])
            later = datetime.now(UTC) + timedelta(hours=1)
            assert [one async for one in confirmed(connection, since=later)] == []
            assert len([one async for one in confirmed(connection, until=later)]) == 5
    assert (found.cases, found.untouched) == (5, 4)
    assert found.fields[FieldName.ADDRESS].fates == {FieldOutcome.KEPT: 4, FieldOutcome.CHANGED: 1}
