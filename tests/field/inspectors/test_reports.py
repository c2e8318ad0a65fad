"""Own reports of inspectors: each one event, however often it comes; nobody else's counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.events import Event, parse
from core.ids import uuid7
from core.malformed import Malformed
from core.storage import Storage
from core.storage.schema import outbox
from field.events import InspectorReported
from field.inspectors.radio.reports import PER_HOUR, InspectorReport, InspectorReports
from field.mobile.radio.driver import MobileDriver
from field.photos.model import Announced
from field.photos.radio.tickets import PhotoTickets
from field.photos.store import find
from field.units import store
from field.units.model import Unit
from tests.field.conftest import RememberingDriver

NOW = datetime.now(UTC)


@dataclass
class Broker:
    """Stands for the driver of terminals: what it was told to send."""

    sent: list[Any] = field(default_factory=list)

    def take(self, kind: str, taker: object) -> None:
        assert kind == "report"
        del taker

    async def send(self, unit_id: str, kind: str, message: Any, *, expiry_s: float | None = None) -> bool:
        del expiry_s
        self.sent.append((unit_id, kind, message))
        return True


async def a_city(storage: Storage) -> tuple[InspectorReports, Broker]:
    async with storage.write() as transaction:
        for unit_id, skills in (("app:21", ("inspector",)), ("app:17", ())):
            await store.add(transaction, Unit(unit_id, unit_id, skills=skills), at=NOW, by="test")
    broker = Broker()
    return InspectorReports(storage, cast("MobileDriver", broker), storage.clock), broker


def a_report(msg_id: UUID | None = None) -> bytes:
    head = {"msg_id": str(msg_id or uuid7()), "seq": 1, "ts": NOW.isoformat(), "sent": NOW.isoformat()}
    fix = {"lon": 126.64, "lat": 45.75, "accuracy_m": 8, "fix_at": NOW.isoformat()}
    report = InspectorReport.model_validate({**head, "text": "井盖松动", "place": "公滨路5号", "fix": fix})
    return report.model_dump_json(by_alias=True).encode()


async def told(storage: Storage) -> list[Event]:
    async with storage.read() as connection:
        rows = await connection.scalars(select(outbox.c.envelope).order_by(outbox.c.seq))
        return [one for one in map(parse, rows) if isinstance(one, InspectorReported)]


async def test_a_report_is_one_event_however_often_it_comes(any_storage: Storage) -> None:
    reports, broker = await a_city(any_storage)
    msg_id = uuid7()
    for _ in range(3):
        await reports.on_message("app:21", a_report(msg_id))
    (event,) = await told(any_storage)
    assert isinstance(event, InspectorReported)
    assert (event.report_id, event.text, event.place) == (msg_id, "井盖松动", "公滨路5号")
    assert event.position is not None
    assert [(one.cmd, one.of, one.reason) for _, _, one in broker.sent] == [("receipt", msg_id, "")] * 3
    tickets = PhotoTickets(any_storage, network := RememberingDriver())
    shot = Announced(uuid7(), "app:21", 10, "0" * 64, NOW, uuid7(), msg_id, None)
    await tickets.announce(shot)
    assert [photo_id for photo_id, _ in network.tickets] == [shot.photo_id]
    assert await dispatch_of(any_storage, shot.photo_id) == msg_id


async def test_who_is_no_inspector_is_told_so_and_a_flood_waits_at_the_terminal(storage: Storage) -> None:
    reports, broker = await a_city(storage)
    await reports.on_message("app:17", a_report())
    await reports.on_message("app:99", a_report())
    assert [one.reason for _, _, one in broker.sent] == ["not-an-inspector"]
    assert await told(storage) == []
    for _ in range(PER_HOUR + 3):
        await reports.on_message("app:21", a_report())
    assert len(await told(storage)) == PER_HOUR
    assert len(broker.sent) == PER_HOUR + 1, "what is too much has no receipt, and is said again"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=st.binary(max_size=300))
async def test_any_bytes_are_a_report_or_malformed(storage: Storage, payload: bytes) -> None:
    reports = InspectorReports(storage, cast("MobileDriver", Broker()), storage.clock)
    with pytest.raises(Malformed):
        await reports.on_message("app:21", payload)


async def dispatch_of(storage: Storage, photo_id: UUID) -> UUID | None:
    async with storage.read() as connection:
        found = await find(connection, photo_id)
    return None if found is None else found.dispatch_id
