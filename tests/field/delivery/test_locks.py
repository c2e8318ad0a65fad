"""On a real PostgreSQL: of two who write about one job at the same moment one waits for the other,
and neither undoes what the other wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core.events import Event
from field.delivery.centre.phone import CrewPhone
from field.dispatches import store
from field.dispatches.model import DownlinkState, UnitJob
from field.dispatches.radio import service
from field.dispatches.reports import apply_report
from tests.field.conftest import UNIT
from tests.field.delivery.conftest import Field
from tests.field.ports import AuditTrail

pytestmark = pytest.mark.parametrize(
    "any_storage", [pytest.param("postgresql", marks=pytest.mark.real)], indirect=True
)

OTHER = "app:18"
Call = Callable[..., Awaitable[Any]]
Act = Callable[[Field, UUID], Coroutine[Any, Any, None]]


class Gate:
    """Whoever comes first stops before it until it is opened; nobody after him does."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    def before(self, call: Call) -> Call:
        async def stopped(*given: Any, **named: Any) -> Any:
            if not self.reached.is_set():
                self.reached.set()
                await self.opened.wait()
            return await call(*given, **named)

        return stopped


async def job_of(field: Field, dispatch_id: UUID) -> UnitJob:
    async with field.storage.read() as connection:
        found = await store.find(connection, dispatch_id)
    assert found is not None
    return found


async def waits(field: Field, task: asyncio.Task[Any]) -> None:
    """Until it waits for a lock, or has no need to."""
    async with asyncio.timeout(5):
        while not task.done():
            async with field.storage.read() as connection:
                waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if (await connection.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def ends(*tasks: asyncio.Task[Any]) -> list[Any]:
    """What became of each: its result, or what it raised."""
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def told_by_every_bearer(field: Field) -> UUID:
    """A job that the terminal has taken, and that a telephone rings for since nobody answered."""
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    for _ in range(3):
        await field.passes(1_000)
    assert "call" in {bearer for _, bearer, _ in await field.shown(dispatch_id)}
    return dispatch_id


async def share(field: Field, dispatch_id: UUID) -> None:
    await field.dispatches.share(dispatch_id, UNIT, [OTHER])


async def recall(field: Field, dispatch_id: UUID) -> None:
    await field.dispatches.recall(Event(), dispatch_id, UNIT, "not needed")


async def press(field: Field, dispatch_id: UUID) -> None:
    calls = [one for one in (await field.delivery(dispatch_id)).deliveries if one.bearer == "call"]
    await CrewPhone(field.storage, field.bus, field.delivery_service, AuditTrail()).press(
        calls[-1].delivery_id, "1"
    )


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (share, (DownlinkState.OPEN, "displayed", (OTHER,))),
        (recall, (DownlinkState.RECALLING, "displayed", ())),
        (press, (DownlinkState.OPEN, "accepted", ())),
    ],
    ids=["share", "recall", "press"],
)
async def test_a_units_word_and_what_else_is_done_to_its_job_do_not_wait_for_each_other(
    field: Field, monkeypatch: pytest.MonkeyPatch, act: Act, kept: tuple[DownlinkState, str, tuple[str, ...]]
) -> None:
    dispatch_id = await told_by_every_bearer(field)
    gate = Gate()
    monkeypatch.setattr(service, "apply_report", gate.before(apply_report))
    # The unit is locked, its job not yet.
    reporting = asyncio.create_task(field.dispatches.report(field.said(dispatch_id, "displayed")))
    await gate.reached.wait()
    acting = asyncio.create_task(act(field, dispatch_id))
    await waits(field, acting)
    gate.opened.set()
    assert await ends(reporting, acting) == [None, None]
    job = await job_of(field, dispatch_id)
    assert job.content is not None
    assert (job.state, job.last_step, job.content.with_units) == kept


async def test_a_recall_in_the_moment_in_which_the_job_is_sent_is_sent_after_it(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch_id = await field.job()
    gate = Gate()
    monkeypatch.setattr(store, "save", gate.before(store.save))
    # The broker has it; that is not written down yet.
    offering = asyncio.create_task(field.dispatches.offer_due())
    await gate.reached.wait()
    assert field.driver.jobs == [dispatch_id]
    recalling = asyncio.create_task(recall(field, dispatch_id))
    await waits(field, recalling)
    gate.opened.set()
    assert await ends(offering, recalling) == [1, None]
    assert (await job_of(field, dispatch_id)).state is DownlinkState.RECALLING
    await field.dispatches.offer_due()
    assert field.driver.recalls == [dispatch_id]
