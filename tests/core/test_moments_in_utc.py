"""A time that UTC does not have is compared as the nearest one that it has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from core.storage import Storage
from core.storage.schema import outbox

EARLY = datetime.fromisoformat("0001-01-01T00:00:00+14:00")
LATE = datetime.fromisoformat("9999-12-31T23:59:59-14:00")


@pytest.mark.parametrize(("since", "until"), [(EARLY, LATE), (datetime.min.replace(tzinfo=UTC), LATE)])
async def test_from_before_the_first_year_until_after_the_last_is_everything(
    storage: Storage, since: datetime, until: datetime
) -> None:
    within = outbox.c.created_at.between(since, until)
    async with storage.read() as connection:
        found = await connection.scalar(select(func.count()).select_from(outbox).where(within))
        outside = await connection.scalar(select(func.count()).select_from(outbox).where(~within))
    assert (found, outside) == (0, 0)
