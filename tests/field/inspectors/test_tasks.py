"""A verification task at its inspector: it leaves his list when it is taken back, not when it is overdue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from cases.events import VerificationAsked, VerificationChanged, VerificationState
from core.ids import uuid7
from field.dispatches import store
from field.dispatches.model import DownlinkState
from field.dispatches.radio.consumer import DispatchConsumer
from field.dispatches.radio.downlink import Downlink
from tests.field.conftest import UNIT, City

NOW = datetime.now(UTC)


class Quiet:
    """Stands for the downlink: nothing is sent."""

    def wake(self) -> None:
        pass


async def test_an_overdue_task_stays_and_one_that_is_taken_back_goes(city: City) -> None:
    orders = DispatchConsumer(city.dispatches, cast("Downlink", Quiet()))
    task_id = uuid7()
    await orders.asked(
        VerificationAsked(
            task_id=task_id, unit_id=UNIT, number="00001", category="", category_name="井盖",
            place="公滨路5号", due_at=NOW,
        )
    )  # fmt: skip

    async def becomes(state: VerificationState) -> DownlinkState:
        await orders.verified(VerificationChanged(task_id=task_id, unit_id=UNIT, state=state, due_at=NOW))
        async with city.storage.read() as connection:
            job = await store.find(connection, task_id)
        assert job is not None
        return job.state

    assert await becomes(VerificationState.EXPIRED) is DownlinkState.QUEUED
    assert await becomes(VerificationState.RECALLED) is not DownlinkState.QUEUED
