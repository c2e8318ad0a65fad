"""A role's outbox is emptied while it runs: nothing has to be called by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import func, insert, select

from core.ids import uuid7
from core.storage import Storage, StorageSettings, pruning
from core.storage.schema import inbox, outbox
from gateway.bus import LocalBus
from gateway.mqtt.link import MqttLink
from gateway.wiring.link import Relays
from tests.waiting import until


@pytest.mark.parametrize("role", ["centre", "radio"])
async def test_a_running_role_forgets_what_was_delivered_long_ago(
    storage: Storage, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIRST_S", "PAUSE_S", "EVERY_S"):
        monkeypatch.setattr(pruning, name, 0.01)
    storage.origin = role
    now = storage.clock.now()
    async with storage.write() as transaction:
        for to in ("bus", "mqtt"):
            for ago in (8, 6):
                done = now - timedelta(days=ago)
                await transaction.connection.execute(
                    insert(outbox).values(
                        origin=role, destination=to, stream="a", event_id=uuid7(), envelope={},
                        created_at=done, due_at=done, done_at=done, attempts=0,
                    )
                )  # fmt: skip
        await transaction.connection.execute(
            insert(inbox).values(source="a", msg_id="1", at=now - timedelta(days=91))
        )

    async def counts() -> tuple[int, int]:
        async with storage.read() as connection:
            return (
                await connection.scalar(select(func.count()).select_from(outbox)) or 0,
                await connection.scalar(select(func.count()).select_from(inbox)) or 0,
            )

    async def pruned() -> bool:
        return await counts() == (2, 0)

    relays = Relays(StorageSettings(), storage, LocalBus(), cast("MqttLink", None), role)  # type: ignore[arg-type]
    await relays.start()
    await until(pruned, "outbox and inbox without what is old")
    await relays.stop()
    assert await counts() == (2, 0)
