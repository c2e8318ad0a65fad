"""A superior's order is filed at once, once, and is due no later than it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cases.errors import BeyondOutsideDeadline
from cases.events import CaseFiled, CaseSource
from core.actor import Actor
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from gateway.web.problems import install
from tests.cases.assignments.people import (
    ACCEPTOR,
    DISPATCHER,
    EVERYBODY,
    MA,
    NINE,
    SUPERVISOR,
    WASTE,
    Office,
)
from tests.cases.rooms import AGENT
from tests.cases.web import Desk, desk_of

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    any_storage.clock = ManualClock(NINE)
    async with desk_of(any_storage, EVERYBODY) as made:
        install(made.app)
        yield made


async def entered(
    desk: Desk, who: Actor = SUPERVISOR, *, status: int = 201, **changed: Any
) -> dict[str, Any]:
    body = {
        "op_id": str(uuid7()), "ordered_by": "市政府督查室", "reference": "督〔2026〕15号",
        "due_at": (NINE + 3 * HOUR).isoformat(),
        "fields": {
            "category": WASTE, "address": "公滨路5号", "district": "230110", "description": "垃圾堆积多日",
        },
        **changed,
    }  # fmt: skip
    answer = await desk(who, "POST", "/cases/superior", **body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_it_is_filed_once_with_who_ordered_it_and_its_deadline_decides(desk: Desk) -> None:
    op_id = str(uuid7())
    filed = await entered(desk, op_id=op_id)
    assert (await entered(desk, op_id=op_id))["case_id"] == filed["case_id"]
    assert (filed["source"], filed["state"]) == ("superior", "filed")
    order = filed["ordered"]
    assert (order["ordered_by"], order["reference"]) == ("市政府督查室", "督〔2026〕15号")
    clock = filed["deadline"]
    assert (clock["decided_by"], clock["due_at"], clock["limit"]) == (
        "superior", (NINE + 3 * HOUR).isoformat().replace("+00:00", "Z"), "4工作时",
    )  # fmt: skip
    assert len([one for one in await desk.on.emitted() if isinstance(one, CaseFiled)]) == 1
    log = (await desk(DISPATCHER, "GET", f"/cases/{filed['case_id']}/history")).json()
    assert "督〔2026〕15号" in str(log)
    listed = await desk(DISPATCHER, "GET", "/cases?source=superior")
    assert [one["case_id"] for one in listed.json()["cases"]] == [filed["case_id"]]
    assert (await desk(DISPATCHER, "GET", "/cases?source=paper")).json()["cases"] == []


async def test_no_extension_goes_beyond_it(desk: Desk) -> None:
    office = Office(desk.on, desk.on.storage.clock)  # type: ignore[arg-type]
    filed = await entered(desk)
    case = await desk.on.room.cases.get(UUID(filed["case_id"]))
    await office.act(MA, case, "sign")
    with pytest.raises(BeyondOutsideDeadline) as refused:
        await office.act(MA, case, "ask_extension", "车坏了", hours=1.0)
    assert refused.value.extra["set_by"] == "superior"


async def test_without_a_deadline_the_limit_of_the_class_counts(desk: Desk) -> None:
    filed = await entered(desk, due_at=None, reference="")
    assert filed["deadline"]["decided_by"] == "limit"
    assert (filed["ordered"]["due_at"], filed["ordered"]["reference"]) == (None, "")


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"ordered_by": "  "}, "orderer-missing"),
        ({"due_at": (NINE - timedelta(days=61)).isoformat()}, "bad-order-time"),
        ({"due_at": (NINE + timedelta(days=4_000)).isoformat()}, "bad-order-time"),
        ({"due_at": "0001-01-01T00:00:00+08:00"}, "bad-order-time"),
        ({"due_at": "9999-12-31T23:59:59-08:00"}, "bad-order-time"),
        ({"fields": {"category": WASTE}}, "draft-incomplete"),
        ({"condition": "没有的条件"}, "no-such-condition"),
    ],
)
async def test_what_cannot_be_filed_says_why(desk: Desk, changed: dict[str, Any], kind: str) -> None:
    assert (await entered(desk, status=422, **changed))["type"].endswith(kind)


@pytest.mark.parametrize(("who", "status"), [(AGENT, 201), (DISPATCHER, 201), (ACCEPTOR, 403), (MA, 403)])
async def test_agents_supervisors_and_dispatchers_enter_it(desk: Desk, who: Actor, status: int) -> None:
    told = await entered(desk, who, status=status)
    assert status != 201 or told["source"] == CaseSource.SUPERIOR
