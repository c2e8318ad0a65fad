"""A crew asks at its terminal for the citizen of its job: by the driver, once, only for its own open job."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from core.malformed import Malformed
from field.contract.mobile import codec
from field.delivery.radio.asked import TalkRequest, TalkRequests
from field.mobile.radio.driver import MobileDriver
from field.units.model import Unit
from tests.field.conftest import ADMIN, UNIT
from tests.field.delivery.conftest import Field
from tests.mqtt.fakes import FakeLink


class Terminals:
    def __init__(self, field: Field) -> None:
        self.field, self.link = field, FakeLink()
        self.driver = MobileDriver(self.link, field.clock, tenant="harbin", receipt_expiry_s=60)
        self.requests = TalkRequests(field.storage, field.delivery_service, self.driver, field.clock)
        self.requests.attach()

    async def asks(
        self, dispatch_id: UUID, *, unit_id: str = UNIT, msg_id: UUID | None = None, ago_s: float = 0
    ) -> str:
        """The reason in the receipt."""
        now = datetime.now(UTC)
        body: dict[str, Any] = {
            "msg_id": str(msg_id or uuid7()), "seq": 1, "ts": (now - timedelta(seconds=ago_s)).isoformat(),
            "sent": now.isoformat(), "dispatch_id": str(dispatch_id),
        }  # fmt: skip
        await self.requests.on_message(unit_id, json.dumps(body).encode())
        topic, payload, *_ = self.link.published[-1]
        assert topic == f"v1/harbin/unit/{unit_id}/down/cmd"
        answer = json.loads(payload)
        assert (answer["cmd"], answer["of"]) == ("receipt", body["msg_id"])
        return str(answer["reason"])


async def test_a_crew_asks_once_for_its_own_open_job(field: Field) -> None:
    await field.register.create(Unit("app:18", "道里二组", addresses=("phone:13904510018",)), ADMIN)
    terminals = Terminals(field)
    dispatch_id = await field.job()
    assert await terminals.asks(dispatch_id) == "job-not-accepted"
    await field.dispatches.report(field.said(dispatch_id, "accepted"))
    assert await terminals.asks(dispatch_id, unit_id="app:18") == "job-not-accepted"
    assert await terminals.asks(dispatch_id, ago_s=300) == "too-late"
    assert await terminals.asks(uuid7()) == "unknown-dispatch"
    assert [one for one in await field.shown(dispatch_id) if one[0] == "talk"] == []
    msg_id = uuid7()
    for _ in range(2):
        assert await terminals.asks(dispatch_id, msg_id=msg_id) == ""
    assert [one for one in await field.shown(dispatch_id) if one[0] == "talk"] == [("talk", "call", "queued")]
    await field.dispatches.report(field.said(dispatch_id, "done"))
    assert await terminals.asks(dispatch_id) == "job-not-accepted"


async def test_a_unit_without_a_telephone_is_told_so(field: Field) -> None:
    await field.register.create(Unit("app:18", "道里二组"), ADMIN)
    dispatch_id = await field.job("app:18")
    await field.dispatches.report(field.said(dispatch_id, "accepted", unit_id="app:18"))
    assert await Terminals(field).asks(dispatch_id, unit_id="app:18") == "unit-without-telephone"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        codec.decode(TalkRequest, payload)
