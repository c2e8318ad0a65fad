"""Inspectors of another system: asked by a form, answered once by the inbound act, told of a recall."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import ValidationError

from cases.errors import NoInspector, VerificationMovedOn
from cases.events import VerificationAsked, VerificationFinding, VerificationState
from cases.exchange.model import FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.verifying import MOST_TASK_PHOTOS
from cases.life.model import CaseAction
from cases.verification.choice import choose_outside
from cases.verification.model import Verification
from cases.verification.ports import Inspector, NoTaskPhotos, OutsideInspectors, TaskPhoto
from core.actor import Actor
from core.clock import ManualClock
from core.ids import uuid7
from core.place import Position
from core.storage import OutboxRelay, Storage
from gateway.web.problems import install
from tests.cases.assignments.people import DISPATCHER, EVERYBODY, HE, HOST, MA, NINE, OTHER, Office
from tests.cases.exchange.world import route, webhooks
from tests.cases.rooms import AGENT
from tests.cases.test_story import words
from tests.cases.web import Desk, desk_of
from tests.citizen.test_work_orders import SCHEMA
from tests.peers.department_system import DepartmentSystem, department_system

S = VerificationState


class Ours:
    """Stands for the register of units."""

    def __init__(self) -> None:
        self.inspectors: list[Inspector] = []

    async def near(self, place: Position | None) -> Sequence[Inspector]:
        del place
        return self.inspectors


class SimulatedPhotos(NoTaskPhotos):
    """Stands for the room of photos, which looks at the pictures."""

    def __init__(self) -> None:
        self.kept: dict[UUID, list[TaskPhoto]] = {}
        self.by: list[tuple[str, str]] = []

    async def of_task(self, task_id: UUID) -> Sequence[TaskPhoto]:
        return self.kept.get(task_id, [])

    async def keep(
        self,
        actor: Actor,
        department_id: str,
        task_id: UUID,
        case_id: UUID | None,
        photo_id: UUID,
        data: bytes,
    ) -> None:
        del case_id, data
        self.kept.setdefault(task_id, []).append(TaskPhoto(photo_id, NINE, kept=True))
        self.by.append((actor.id, department_id))


class World:
    """A district whose inspectors are in its own system, beside ours."""

    photos: SimulatedPhotos

    def __init__(self, desk: Desk, system: DepartmentSystem, clock: ManualClock, ours: Ours) -> None:
        self.desk = desk
        self.on = desk.on
        self.system = system
        self.clock = clock
        self.ours = ours
        self.tasks = desk.on.room.verifications
        self.posts = webhooks()
        self.office = Office(desk.on, clock)
        self._bus = OutboxRelay(desk.on.storage, "bus", desk.on.bus.deliver)
        self.receives(beats=())

    def receives(self, **more: Any) -> None:
        receiver = FormReceiver(
            department_id=HOST, way=ReceiptWay.WEBHOOK, url=self.system.url,
            **{"inspectors": True, **more},
        )  # fmt: skip
        self.system.secret = self.posts.secret(receiver)
        self.on.room.exchange.receivers.use(FormReceivers(receivers=(receiver,)))

    async def deliver(self) -> list[dict[str, Any]]:
        """Hand over and send all; the forms of verification that the district has."""
        while await self._bus.relay_once():
            pass
        while await self.on.room.form_sender.relay.relay_once():
            pass
        return [one for one in self.system.kept.values() if one["form"] == "verification_request"]

    async def draft(self) -> UUID:
        call = self.on.a_call()
        await self.on.room.drafts.hear(call, words("香坊区公滨路五号门口井盖丢了"))
        (draft,) = await self.on.room.drafts.of_call(call)
        return draft.draft_id

    async def asked(self, draft_id: UUID | None = None, **more: Any) -> Verification:
        wanted = draft_id or await self.draft()
        return await self.tasks.ask_of_draft(wanted, op_id=uuid7(), actor=AGENT, words="还在吗？", **more)

    async def says(
        self, task_id: UUID, act: str, *, who: Actor = MA, status: int = 200, **more: Any
    ) -> dict[str, Any]:
        form = {"form": "verification_feedback", "form_id": str(uuid7()), "act": act} | more
        path = f"/exchange/verifications/{task_id}/feedback"
        answer = await self.desk(who, "POST", path, **form)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told


@asynccontextmanager
async def world(storage: Storage) -> AsyncIterator[World]:
    storage.clock = clock = ManualClock(NINE)
    storage.route = route
    ours = Ours()
    photos = SimulatedPhotos()
    async with (
        department_system() as system,
        desk_of(storage, EVERYBODY, inspectors=ours, webhook=webhooks(), task_photos=photos) as desk,
    ):
        install(desk.app)
        made = World(desk, system, clock, ours)
        made.photos = photos
        yield made


async def test_another_systems_inspector_looks_before_it_is_filed_and_answers_once(
    any_storage: Storage,
) -> None:
    async with world(any_storage) as on:
        task = await on.asked()
        assert (task.department_id, task.state) == (HOST, S.ASKED)
        (form,) = await on.deliver()
        jsonschema.validate(form, SCHEMA)
        assert (form["act"], form["stage"], form["text"]) == ("ask", "report", "还在吗？")
        assert "公滨路" in form["problem"]["address"]
        assert form["task"]["acts"] == ["accept", "answer", "decline"]
        assert "13945671234" not in json.dumps(form)
        assert not [one for one in await on.on.emitted() if isinstance(one, VerificationAsked)]
        listed = await on.desk(MA, "GET", "/exchange/verifications")
        assert [one["task"]["task_id"] for one in listed.json()["verifications"]] == [str(task.task_id)]
        accepted = await on.says(task.task_id, "accept")
        assert accepted["task"]["state"] == "accepted"
        answer: dict[str, Any] = {
            "finding": "differs", "text": "是雨水箅子", "form_id": str(uuid7()),
            "position": {"lon": 126.64, "lat": 45.75, "accuracy_m": 8},
        }  # fmt: skip
        for _ in range(2):
            told = await on.says(task.task_id, "answer", **answer)
            assert (told["task"]["state"], told["task"]["finding"]) == ("answered", "differs")
        again = await on.says(task.task_id, "answer", finding="confirmed", status=409)
        assert again["type"].endswith("verification-moved-on")
        kept = await on.tasks.get(task.task_id)
        assert kept.answer is not None
        assert (kept.answer.finding, kept.answer.text) == (VerificationFinding.DIFFERS, "是雨水箅子")
        assert [(one.action.value, one.by) for one in kept.acts] == [
            ("ask", AGENT.id), ("accept", MA.id), ("answer", MA.id),
        ]  # fmt: skip
        assert len(await on.deliver()) == 1, "its own acts are told to nobody"
        assert (await on.desk(MA, "GET", "/exchange/verifications")).json()["verifications"] == []


async def test_photos_come_before_the_answer_and_are_bounded(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        task = await on.asked()
        path = f"/exchange/verifications/{task.task_id}/photos"

        async def bring(photo_id: UUID, who: Actor = MA) -> int:
            return (await on.desk(who, "PUT", f"{path}/{photo_id}")).status_code

        first = uuid7()
        assert [await bring(first), await bring(first)] == [204, 204]
        assert on.photos.by == [(MA.id, HOST)], "once"
        assert (await bring(uuid7(), HE), await bring(uuid7(), DISPATCHER)) == (404, 403)
        assert {await bring(uuid7()) for _ in range(MOST_TASK_PHOTOS - 1)} == {204}
        assert await bring(uuid7()) == 422
        (shown,) = (await on.desk(AGENT, "GET", f"/drafts/{task.draft_id}/verifications")).json()[
            "verifications"
        ]
        assert len(shown["photos"]) == MOST_TASK_PHOTOS
        await on.says(task.task_id, "answer", finding="confirmed")
        on.photos.kept.clear()
        assert await bring(uuid7()) == 409


async def test_the_work_is_checked_after_handling_and_the_draft_that_is_filed_asks_nobody_again(
    any_storage: Storage,
) -> None:
    async with world(any_storage) as on:
        draft_id = await on.draft()
        before = await on.asked(draft_id)
        await on.deliver()
        case = await on.on.room.cases.confirm(draft_id, op_id=uuid7(), actor=AGENT)
        assert len(await on.deliver()) == 1
        seen = await on.desk(MA, "GET", f"/exchange/verifications/{before.task_id}")
        assert (seen.json()["stage"], seen.json()["task"]["case_number"]) == ("report", case.number)
        await on.says(before.task_id, "answer", finding="confirmed")
        await on.on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
        task = await on.tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=DISPATCHER)
        forms = await on.deliver()
        assert [(one["act"], one["stage"]) for one in forms] == [("ask", "report"), ("ask", "result")]
        await on.says(task.task_id, "answer", finding="confirmed", text="已补盖")
        found = await on.tasks.of_case(DISPATCHER, case.case_id)
        assert [one.state for one in found] == [S.ANSWERED, S.ANSWERED]


async def test_what_is_taken_back_or_late_is_told_and_an_answer_comes_too_late(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        task = await on.asked()
        await on.deliver()
        on.clock.advance(31 * 60)
        await on.tasks.look()
        assert [one["act"] for one in await on.deliver()] == ["ask", "expire"]
        await on.tasks.recall(task.task_id, op_id=uuid7(), reason="市民来电说已处理", actor=AGENT)
        *_, form = await on.deliver()
        jsonschema.validate(form, SCHEMA)
        assert (form["act"], form["text"], form["task"]["acts"]) == ("recall", "市民来电说已处理", [])
        late = await on.says(task.task_id, "answer", finding="confirmed", status=409)
        assert late["act"] == "recall"
        with pytest.raises(VerificationMovedOn):
            await on.tasks.recall(task.task_id, op_id=uuid7(), reason="再次", actor=AGENT)


async def test_a_late_answer_counts_and_who_declined_is_not_asked_again(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        draft_id = await on.draft()
        first = await on.asked(draft_id)
        missing = await on.says(first.task_id, "decline", status=422)
        assert missing["type"].endswith("reason-missing"), missing
        await on.says(first.task_id, "decline", text="今日无人")
        with pytest.raises(NoInspector):
            await on.asked(draft_id)
        second = await on.asked(draft_id, unit_id=f"department:{HOST}")
        on.clock.advance(40 * 60)
        await on.tasks.look()
        told = await on.says(second.task_id, "answer", finding="not_found")
        assert told["task"]["late"] is True


async def test_others_and_answers_that_cannot_be_right_are_refused(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        task = await on.asked()
        missing = await on.says(task.task_id, "answer", who=HE, finding="confirmed", status=404)
        assert missing["type"].endswith("no-such-verification")
        assert (await on.desk(HE, "GET", f"/exchange/verifications/{task.task_id}")).status_code == 404
        await on.says(task.task_id, "answer", who=DISPATCHER, finding="confirmed", status=403)
        assert (await on.desk(DISPATCHER, "GET", "/exchange/verifications")).status_code == 403
        unsaid = await on.says(task.task_id, "answer", status=422)
        assert unsaid["field"] == "finding"
        never = ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00")
        for at in (*((on.clock.now() + timedelta(hours=one)).isoformat() for one in (-2, 2)), *never):
            wrong = await on.says(task.task_id, "answer", finding="confirmed", looked_at=at, status=422)
            assert wrong["field"] == "looked_at"
        await on.says(task.task_id, "recall", status=422)
        unit = await on.says(uuid7(), "accept", status=404)
        assert unit["type"].endswith("no-such-verification")
        assert (await on.tasks.get(task.task_id)).state is S.ASKED


async def test_a_unit_of_ours_goes_before_a_department_without_beats(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        on.ours.inspectors = [Inspector("app:21", "监督员一号", on_shift=True, online=True)]
        assert (await on.asked()).unit_id == "app:21"
        known = await on.tasks.inspectors(DISPATCHER)
        assert [one.unit_id for one in known] == ["app:21", f"department:{HOST}"]


async def test_a_confidential_report_goes_without_its_words(any_storage: Storage) -> None:
    async with world(any_storage) as on:
        case = await on.office.filed(confidential=True)
        await on.on.room.cases.take_step(case.case_id, CaseAction.DONE, op_id=uuid7(), actor=DISPATCHER)
        await on.tasks.ask_of_case(case.case_id, op_id=uuid7(), actor=DISPATCHER, words="问问王女士")
        (form,) = await on.deliver()
        assert (form["text"], form["problem"]["description"]) == ("", None)
        assert "王女士" not in json.dumps(form, ensure_ascii=False)


def test_the_department_of_the_beat_is_asked_first_and_one_without_beats_last() -> None:
    anywhere, beat = OutsideInspectors("a", "甲"), OutsideInspectors("b", "乙", frozenset({"B1"}))
    known = [anywhere, beat]
    assert _unit(choose_outside(known, "B1")) == "department:b"
    assert _unit(choose_outside(known, "B2")) is None
    assert _unit(choose_outside(known, "")) == "department:a"
    assert choose_outside(known, "B1", without={"department:b"}) is None


def _unit(found: Inspector | None) -> str | None:
    return None if found is None else found.unit_id


@pytest.mark.parametrize(
    "more",
    [{"way": "mail", "mail": "a@b.example"}, {"way": "desk"}, {"department_id": "12345"}],
)
def test_inspectors_are_asked_by_webhook_alone(more: dict[str, str]) -> None:
    given = {"department_id": OTHER, "way": "webhook", "url": "https://a.example/", "inspectors": True}
    with pytest.raises(ValidationError):
        FormReceiver.model_validate(given | more)
    FormReceiver.model_validate(given)
