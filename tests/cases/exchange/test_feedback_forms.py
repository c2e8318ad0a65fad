"""A department's own system acts by feedback forms: as at the desk, once each, and nothing beyond."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.events import AssignmentState, CaseState
from cases.exchange.forms import ExchangeForm, TaskFeedback
from core.actor import Actor
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from gateway.web.problems import install
from tests.cases.assignments.people import DISPATCHER, EVERYBODY, HE, MA, NINE, Office
from tests.cases.web import Desk, desk_of


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    any_storage.clock = ManualClock(NINE)
    async with desk_of(any_storage, EVERYBODY) as made:
        install(made.app)
        yield made


class System:
    """A department's system, as somebody of the department."""

    def __init__(self, desk: Desk, who: Actor = MA) -> None:
        self.desk = desk
        self.who = who
        self.task_id = ""
        self.rev = 0

    async def open_tasks(self) -> list[dict[str, Any]]:
        answer = await self.desk(self.who, "GET", "/exchange/tasks")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["tasks"]
        if found:
            self.task_id, self.rev = found[0]["task"]["task_id"], found[0]["task"]["rev"]
        return found

    async def feed_back(self, act: str, *, status: int = 200, **more: Any) -> dict[str, Any]:
        form = {"form": "task_feedback", "form_id": str(uuid7()), "rev": self.rev, "act": act} | more
        answer = await self.desk(self.who, "POST", f"/exchange/tasks/{self.task_id}/feedback", **form)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        if status == 200:
            self.rev = told["task"]["rev"]
        return told


async def test_a_task_is_read_signed_for_and_answered_with_photos(desk: Desk) -> None:
    office, system = Office(desk.on, desk.on.storage.clock), System(desk)  # type: ignore[arg-type]
    case = await office.filed()
    (task,) = await system.open_tasks()
    assert task["problem"]["description"] == "垃圾没人清"
    assert "13945671234" not in json.dumps(task)
    assert {"sign", "return"} <= set(task["task"]["acts"])
    signed = await system.feed_back("sign")
    assert (signed["form"], signed["task"]["state"]) == ("task_assignment", AssignmentState.HANDLING)
    brought = await desk.bring(MA, f"/assignments/{system.task_id}/photos", b"photo")
    photo = brought.json()["photo_id"]
    asked = await system.feed_back("ask_extension", text="雪大", hours=8.0)
    assert asked["task"]["state"] == AssignmentState.EXTENSION_ASKED
    await office.act(DISPATCHER, case, "approve")
    now = await desk(MA, "GET", f"/exchange/tasks/{system.task_id}")
    system.rev = now.json()["task"]["rev"]
    answered = await system.feed_back("answer", text="已清运", photos=[photo])
    assert answered["task"]["state"] == AssignmentState.ANSWERED
    assert answered["task"]["acts"] == []
    assert await system.open_tasks() == []
    kept = (await office.of(case)).assignment
    assert (kept.answer, kept.photos) == ("已清运", (UUID(photo),))
    assert (await desk.on.room.cases.get(case.case_id)).state is CaseState.DONE


async def test_the_same_form_again_does_it_once(desk: Desk) -> None:
    office, system = Office(desk.on, desk.on.storage.clock), System(desk)  # type: ignore[arg-type]
    case = await office.filed()
    await system.open_tasks()
    form_id, rev = str(uuid7()), system.rev
    first = await system.feed_back("return", text="不是我区", form_id=form_id)
    again = await system.feed_back("return", text="不是我区", form_id=form_id, rev=rev)
    assert first["task"] == again["task"]
    assert (await office.of(case)).assignment.returns == 1
    other = await system.feed_back("sign", form_id=form_id, rev=rev, status=409)
    assert other["type"].endswith("op-id-reused")


async def test_who_saw_an_earlier_task_is_told_and_others_are_not_there(desk: Desk) -> None:
    office, system = Office(desk.on, desk.on.storage.clock), System(desk)  # type: ignore[arg-type]
    case = await office.filed()
    await system.open_tasks()
    seen = system.rev
    await office.act(DISPATCHER, case, "remind")
    late = await system.feed_back("sign", rev=seen, status=409)
    assert late["type"].endswith("assignment-moved-on")
    other = System(desk, HE)
    assert await other.open_tasks() == []
    other.task_id, other.rev = system.task_id, seen + 1
    assert (await other.feed_back("sign", status=404))["type"].endswith("no-such-assignment")
    for path in (f"/exchange/tasks/{system.task_id}", f"/exchange/tasks/{uuid7()}"):
        assert (await desk(HE, "GET", path)).status_code == 404
    centre = System(desk, DISPATCHER)
    centre.task_id, centre.rev = system.task_id, seen + 1
    assert (await centre.feed_back("sign", status=403))["type"].endswith("forbidden")
    assert (await desk(DISPATCHER, "GET", "/exchange/tasks")).status_code == 403
    missing = await system.feed_back("answer", rev=seen + 1, status=409)
    assert missing["type"].endswith("wrong-step")
    foreign = await system.feed_back("sign", rev=seen + 1)
    assert foreign["task"]["state"] == AssignmentState.HANDLING
    unknown = await system.feed_back("answer", text="好", photos=[str(uuid7())], status=422)
    assert unknown["type"].endswith("assignment-incomplete")


HOSTILE: list[object] = [
    b"", b"[]", b"null", b"{", b"\xff\xfe{}", b'{"form_id": 1}', b"1e999", b'"' + b"x" * 5000 + b'"',
    b"[" * 20_000, b'{"rev": 1' + b"0" * 5000 + b"}", b'{"act": "remind"}', b'{"act": ["sign"]}',
    {"act": "remind"}, {"act": "withdraw"}, {"act": "sign", "department_id": "greening"},
    {"rev": -1}, {"rev": 1.5}, {"rev": "1; DROP TABLE cases"}, {"rev": 2**70}, {"form_id": "x"},
    {"text": "字" * 2001}, {"text": None}, {"text": {"$ne": ""}}, {"hours": -1}, {"hours": 1e300},
    {"hours": "NaN"}, {"photos": ["x"]}, {"photos": [str(uuid7())] * 13}, {"photos": "x"},
    {"form": "case_filing"}, {"version": 2}, {"actor": "root"}, {"__proto__": {}},
]  # fmt: skip


async def test_hostile_bodies_are_refused_and_change_nothing(desk: Desk) -> None:
    office, system = Office(desk.on, desk.on.storage.clock), System(desk)  # type: ignore[arg-type]
    case = await office.filed()
    await system.open_tasks()
    path = f"/exchange/tasks/{system.task_id}/feedback"
    for body in HOSTILE:
        sound = {"form_id": str(uuid7()), "rev": system.rev, "act": "sign"}
        data = body if isinstance(body, bytes) else json.dumps(sound | body).encode()  # type: ignore[operator]
        answer = await desk.bring(MA, path, data, "application/json")
        assert answer.status_code in {400, 422}, (body, answer.status_code)
    assert (await office.of(case)).assignment.rev == system.rev
    words = "'; DROP TABLE cases; -- <script>alert(1)</script> \u202e\u2066 {{7*7}}"
    await system.feed_back("return", text=words)
    assert (await office.of(case)).assignment.asked_text == words


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    told=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["form", "form_id", "rev", "act", "text", "hours", "photos", "task", "x"]),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_form_or_refused(told: object) -> None:
    for model in (TaskFeedback, ExchangeForm):
        try:
            made = model.model_validate(told)
        except ValidationError:
            continue
        assert model.model_validate_json(made.model_dump_json()) == made
