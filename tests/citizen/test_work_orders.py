"""Work orders of 12345: each enters the queue once by its number, what becomes of it goes back with that
number, and both sides' lists are compared.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases.events import ExchangeFormQueued
from cases.exchange.model import ORDERS, FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.order_model import DifferenceKind, OrderState, delivery_id_of, differences
from citizen import tables
from core.actor import Actor
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.exchange.world import webhooks
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import SUPERVISOR, City, city
from tests.citizen.test_merged_cases import merged
from tests.peers.department_system import DepartmentSystem, department_system

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/exchange.json").read_text(encoding="utf-8"))
NIGHT = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
"""Half past eleven at night in the city."""


class Hotline:
    """12345's system: it registers orders and receives forms."""

    def __init__(self, town: City, system: DepartmentSystem) -> None:
        self.town = town
        self.system = system

    async def registers(self, reference: str, *, status: int = 201, **changed: Any) -> dict[str, Any]:
        form = {
            "form": "problem_registration", "form_id": str(uuid7()), "made_at": NIGHT.isoformat(),
            "reference": reference, "registered_at": NIGHT.isoformat(), "text": "公滨路5号门口垃圾没人清",
            "due_at": (NIGHT + timedelta(hours=24)).isoformat(), "phone": "13945671234", "place": "公滨路5号",
            "category": "gbt30428.2@2013/E0110", **changed,
        }  # fmt: skip
        jsonschema.validate(form, SCHEMA)
        answer = await self.town.ask(AGENT, "POST", "/exchange/orders", **form)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def compares(self, day: str, who: Actor = AGENT, **orders: str) -> httpx.Response:
        told = [{"reference": name.strip("_"), "state": state} for name, state in orders.items()]
        return await self.town.ask(who, "POST", "/exchange/reconciliation", day=day, orders=told)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(one["reference"], one["form"], one.get("act", "")) for one in self.system.kept.values()]


@asynccontextmanager
async def hotline(storage: Storage) -> AsyncIterator[Hotline]:
    storage.clock = ManualClock(NIGHT + timedelta(minutes=1))
    posts = webhooks()
    async with department_system() as system, city(storage, webhook=posts) as town:
        receiver = FormReceiver(department_id=ORDERS, way=ReceiptWay.WEBHOOK, url=system.url)
        system.secret = posts.secret(receiver)
        town.cases.exchange.receivers.use(FormReceivers(receivers=(receiver,)))
        town.bus.subscribe(ExchangeFormQueued, town.cases.form_sender.deliver, name="exchange")
        yield Hotline(town, system)


async def waiting(town: City) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await town.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    return found


async def filed(town: City, draft: dict[str, Any]) -> str:
    """An agent files it; the case's id."""
    draft_id = draft["draft_id"]
    await town.act(AGENT, f"/drafts/{draft_id}/take")
    done = await town.act(AGENT, f"/drafts/{draft_id}/confirm")
    assert done.status_code == 200, done.text
    await town.settle()
    case_id: str = done.json()["case_id"]
    return case_id


async def deadline(town: City, case_id: str) -> dict[str, Any]:
    answer = await town.ask(DISPATCHER, "GET", f"/cases/{case_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["deadline"]
    return found


def said(at: datetime) -> str:
    """As JSON has it."""
    return at.isoformat().replace("+00:00", "Z")


class Killed(BaseException):
    pass


async def _killed(*_: object) -> bool:
    raise Killed


async def test_an_order_is_one_draft_and_its_case_goes_back_with_its_number(any_storage: Storage) -> None:
    async with hotline(any_storage) as line:
        town = line.town
        order = await line.registers("2026113000123")
        assert (order["state"], order["case_number"]) == ("received", "")
        await town.settle()
        assert (await line.registers("2026113000123"))["state"] == "received"
        await town.settle()
        (draft,) = await waiting(town)
        assert draft["source"] == "other_system"
        words = draft["fields"]["description"]["value"]
        assert "垃圾没人清" in words
        assert "12345工单 2026113000123" in words
        assert "2026-12-01 23:30" in words
        assert draft["fields"]["callback"]["value"] == "13945671234"
        report = await town.ask(AGENT, "GET", f"/drafts/{draft['draft_id']}/report")
        assert report.status_code == 200
        case_id = await filed(town, draft)
        assert (await line.registers("2026113000123"))["state"] == "filed"
        for who, act in ((DISPATCHER, "done"), (ACCEPTOR, "verify"), (ACCEPTOR, "close")):
            condition = "waste-removed" if act == "close" else ""
            done = await town.act(who, f"/cases/{case_id}/{act}", note="已清运", condition=condition)
            assert done.status_code == 200, done.text
        await town.settle()
        assert line.told == [
            ("2026113000123", "case_filing", ""), ("2026113000123", "result_feedback", "done"),
            ("2026113000123", "result_feedback", "close"),
        ]  # fmt: skip
        for one in line.system.kept.values():
            jsonschema.validate(one, SCHEMA)
            assert "13945671234" not in json.dumps(one)
        assert (await line.registers("2026113000123"))["state"] == "closed"
        assert line.system.refused == 0


async def test_a_declined_order_is_told_and_a_number_with_other_words_refused(any_storage: Storage) -> None:
    async with hotline(any_storage) as line:
        await line.registers("A-1")
        refused = await line.registers("A-1", text="别的事", status=409)
        assert refused["type"].endswith("message-id-reused")
        await line.town.settle()
        (draft,) = await waiting(line.town)
        await line.town.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        await line.town.act(AGENT, f"/drafts/{draft['draft_id']}/decline", reason="not_ours")
        await line.town.settle()
        assert line.told == [("A-1", "result_feedback", "decline")]
        (form,) = line.system.kept.values()
        jsonschema.validate(form, SCHEMA)
        assert (form["case_number"], form["text"]) == (None, "not_ours")


async def test_the_case_is_due_by_the_orders_deadline_and_the_one_it_is_merged_into_too(
    any_storage: Storage,
) -> None:
    async with hotline(any_storage) as line:
        town, due = line.town, (NIGHT + timedelta(hours=6)).replace(tzinfo=UTC)
        await line.registers("U-1", due_at=due.isoformat())
        await line.registers("U-2", due_at=(NIGHT + timedelta(days=9)).isoformat())
        await town.settle()
        drafts = sorted(await waiting(town), key=lambda one: "U-2" in one["fields"]["description"]["value"])
        strict, loose = [await filed(town, one) for one in drafts]
        clocks = [await deadline(town, one) for one in (strict, loose)]
        assert [one["decided_by"] for one in clocks] == ["12345", "limit"]
        assert (clocks[0]["due_at"], clocks[0]["outside"]["reference"]) == (said(due), "U-1")
        assert clocks[0]["limit"] == clocks[1]["limit"] == "4工作时"
        forms = {one["reference"]: one for one in line.system.kept.values()}
        assert forms["U-1"]["due_at"] == said(due)
        log = await town.cases.cases.history(UUID(strict))
        assert [one.act for one in log[:2]] == ["file", "outside-deadline"]
        assert "U-1" in log[1].reason
        await merged(town, {"case_id": strict}, {"case_id": loose})
        assert (await deadline(town, loose))["due_at"] == said(due)
        seen = await town.ask(DISPATCHER, "GET", f"/cases/{strict}")
        again = await town.act(
            DISPATCHER, f"/cases/{strict}/unmerge", version=seen.json()["version"], reason="不是一件事"
        )
        assert again.status_code == 200, again.text
        assert [(await deadline(town, one))["decided_by"] for one in (strict, loose)] == ["12345", "limit"]


async def test_the_deadline_of_an_order_that_was_filed_before_it_was_kept_counts(
    any_storage: Storage, monkeypatch: Any
) -> None:
    async with hotline(any_storage) as line:
        due = NIGHT + timedelta(hours=6)
        with monkeypatch.context() as patched:
            patched.setattr("cases.exchange.order_store.add", _killed)
            with pytest.raises(Killed):
                await line.registers("L-1", due_at=due.isoformat())
        await line.town.settle()
        (draft,) = await waiting(line.town)
        case_id = await filed(line.town, draft)
        assert (await deadline(line.town, case_id))["decided_by"] == "limit"
        for _ in range(2):
            await line.registers("L-1", due_at=due.isoformat())
        clock = await deadline(line.town, case_id)
        assert (clock["due_at"], clock["decided_by"]) == (said(due), "12345")
        log = await line.town.cases.cases.history(UUID(case_id))
        assert [one.act for one in log].count("outside-deadline") == 1


async def test_orders_whose_cases_were_merged_hear_of_the_one_that_goes_on(any_storage: Storage) -> None:
    async with hotline(any_storage) as line:
        town = line.town
        cases = []
        for reference in ("M-1", "M-2", "M-3"):
            await line.registers(reference)
            await town.settle()
            (draft,) = await waiting(town)
            cases.append({"case_id": await filed(town, draft)})
        first, second, third = cases
        await merged(town, third, second)
        await merged(town, second, first)
        for who, act in ((DISPATCHER, "done"), (ACCEPTOR, "verify"), (ACCEPTOR, "close")):
            condition = "waste-removed" if act == "close" else ""
            step = f"/cases/{first['case_id']}/{act}"
            done = await town.act(who, step, note="已清运", condition=condition)
            assert done.status_code == 200, done.text
        await town.settle()
        for reference, *before in (("M-1",), ("M-2", "merge"), ("M-3", "merge", "merge")):
            acts = [act for name, form, act in line.told if name == reference and form == "result_feedback"]
            assert acts == [*before, "done", "close"]
            assert (await line.registers(reference))["state"] == "closed"
        assert len(line.told) == len(set(line.system.kept)) == line.system.came


def test_the_form_of_an_event_is_another_for_each_order_and_as_old_as_the_event() -> None:
    earlier, later = uuid7(), uuid7()
    ids = [delivery_id_of(event, name) for event in (earlier, later) for name in ("A", "B")]
    assert len(set(ids)) == 4
    assert [one.bytes[:8] for one in ids] == [one.bytes[:8] for one in (earlier, earlier, later, later)]
    assert delivery_id_of(earlier, "A") == ids[0]


async def test_an_order_that_was_filed_before_it_was_kept_has_its_state(
    any_storage: Storage, monkeypatch: Any
) -> None:
    async with hotline(any_storage) as line:
        with monkeypatch.context() as patched:
            patched.setattr("cases.exchange.order_store.add", _killed)
            with pytest.raises(Killed):
                await line.registers("B-1")
        await line.town.settle()
        (draft,) = await waiting(line.town)
        await filed(line.town, draft)
        order = await line.registers("B-1")
        assert (order["state"], bool(order["case_number"])) == ("filed", True)
        assert await waiting(line.town) == []


WRONG_DATES = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00", "2020-01-01T00:00:00Z"]


async def test_dates_that_cannot_be_right_are_refused_and_receipt_is_our_own_time(
    any_storage: Storage,
) -> None:
    async with hotline(any_storage) as line:
        for name in ("registered_at", "due_at"):
            for date in WRONG_DATES:
                refused = await line.registers("D-1", status=422, **{name: date})
                assert refused["type"].endswith("order-dates-wrong"), refused
        since = any_storage.clock.now()
        old = (since - timedelta(days=300)).isoformat()
        await line.registers("D-2", registered_at=old)
        await line.town.settle()
        async with any_storage.read() as connection:
            (received,) = (await connection.execute(select(tables.reports.c.received_at))).scalars()
        assert received >= since


async def test_both_lists_of_a_day_are_compared(any_storage: Storage) -> None:
    async with hotline(any_storage) as line:
        for reference in ("C1", "C2", "C3"):
            await line.registers(reference)
        await line.registers("C4", registered_at=(NIGHT + timedelta(hours=1)).isoformat())
        await line.town.settle()
        found = await line.compares("2026-11-30", C1="received", C2="closed", C9="filed")
        assert found.json() == {
            "day": "2026-11-30", "ours": 3, "theirs": 3,
            "differences": [
                {"reference": "C2", "kind": "state", "ours": "received", "theirs": "closed"},
                {"reference": "C3", "kind": "unknown_there", "ours": "received", "theirs": None},
                {"reference": "C9", "kind": "unknown_here", "ours": None, "theirs": "filed"},
            ],
        }  # fmt: skip
        assert (await line.compares("2026-12-01")).status_code == 422, "the day has not begun"
        assert isinstance(any_storage.clock, ManualClock)
        any_storage.clock.advance(3600)
        assert (await line.compares("2026-12-01", C4="received")).json()["differences"] == []
        assert (await line.compares("2026-12-01", DISPATCHER)).status_code == 403
        for day in ("0001-01-01", "9999-12-31"):
            refused = await line.compares(day)
            assert (refused.status_code, refused.json()["field"]) == (422, "day")
        assert (await line.compares("2026-12-01", SUPERVISOR)).status_code == 200
        for wrong in (
            {"day": "2026-13-01", "orders": []}, {"day": "2026-12-01", "orders": [{"reference": "x"}]},
            {"day": "2026-12-01", "orders": [{"reference": "x", "state": "filed"}] * 2},
            {"day": "2026-12-01", "orders": [{"reference": "x y", "state": "filed"}]},
        ):  # fmt: skip
            refused = await line.town.ask(AGENT, "POST", "/exchange/reconciliation", **wrong)
            assert refused.status_code == 422, refused.text


STATES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.sampled_from(OrderState), max_size=12)


@given(ours=STATES, theirs=STATES)
def test_every_difference_is_named_once_and_only_those(
    ours: dict[str, OrderState], theirs: dict[str, OrderState]
) -> None:
    found = differences(ours, theirs)
    assert len({one.reference for one in found}) == len(found)
    told = {one.reference: (one.ours, one.theirs) for one in found}
    for reference in ours.keys() | theirs.keys():
        sides = ours.get(reference), theirs.get(reference)
        assert (reference in told) == (sides[0] != sides[1])
        assert told.get(reference, sides) == sides
    assert all((one.kind is DifferenceKind.STATE) == (None not in (one.ours, one.theirs)) for one in found)
    assert {one.reference for one in differences(theirs, ours)} == set(told)
