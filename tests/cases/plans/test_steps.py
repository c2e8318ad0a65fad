"""Steps of a plan on a case: a person confirms each, it is done once, and the log has it once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Literal
from uuid import UUID

import pytest

from cases.plans.loading import parse_plans
from core.actor import Actor, Role
from core.errors import Conflict
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage, StorageAway
from tests.cases.rooms import AGENT, DISPATCHER
from tests.cases.test_http import filed
from tests.cases.web import Desk, desk_of

SUPERVISOR = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
ELSEWHERE = Actor("zhou", "周", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230199"})))
PEOPLE = {one.id: one for one in (AGENT, DISPATCHER, SUPERVISOR, ELSEWHERE)}
TABLE = """
[[plans]]
plan_id = "collapse"
zh = "塌陷"
en = "Collapse"
steps = [
  {id = "look", kind = "camera", zh = "抓拍", en = "Look"},
  {id = "crew", kind = "dispatch", zh = "派班组", en = "Crew", target = "app:17"},
  {id = "tell", kind = "text", zh = "通知", en = "Tell", target = "net:9", say = "绕行"},
  {id = "duty", kind = "call", zh = "打电话", en = "Call", after = ["look"]},
  {id = "radio", kind = "inform", zh = "交通广播", en = "Radio", target = "92000000", after = ["look"]},
  {id = "fence", kind = "tick", zh = "围挡", en = "Fenced", after = ["crew"]},
]
"""


class CountedDeeds:
    """Stands for the other rooms, and counts what they were asked for by `op_id`."""

    def __init__(self) -> None:
        self.done: Counter[tuple[str, UUID]] = Counter()
        self.said: list[str] = []
        self.fails: BaseException | None = None
        self.doubt = False

    def _count(self, what: str, op_id: UUID) -> None:
        self.done[what, op_id] += 1
        if self.fails is not None:
            raise self.fails

    async def person(self, user_id: str) -> Actor | None:
        return PEOPLE.get(user_id)

    async def text(self, actor: Actor, op_id: UUID, talkgroup: str, words: str) -> int:
        del actor
        self.said.append(f"{talkgroup} {words}")
        self._count("text", op_id)
        return 3

    async def call(self, actor: Actor, op_id: UUID, number: str) -> Literal["done", "in_doubt"]:
        del actor, number
        self._count("call", op_id)
        return "in_doubt" if self.doubt else "done"

    async def picture(self, actor: Actor, op_id: UUID, case_id: UUID, case_number: str) -> str:
        del actor, case_id, case_number
        self._count("picture", op_id)
        return "民益街球机"


class PlanDesk:
    """A case with the plan, and people who act on its steps."""

    def __init__(self, desk: Desk, deeds: CountedDeeds) -> None:
        self.desk, self.deeds = desk, deeds
        self.case: dict[str, Any] = {}
        self.run_id = ""

    async def begin(self) -> None:
        self.desk.on.room.plans.use(parse_plans(TABLE.encode()))
        self.case = await filed(self.desk)
        made = await self.desk.post(DISPATCHER, self.path, plan_id="collapse")
        assert made.status_code == 201, made.text
        self.run_id = made.json()["run_id"]

    @property
    def path(self) -> str:
        return f"/cases/{self.case['case_id']}/plans"

    async def act(self, step: str, act: str = "confirm", who: Actor = DISPATCHER, **body: object) -> Any:
        return await self.desk.post(who, f"/plan-runs/{self.run_id}/steps/{step}/{act}", **body)

    async def step(self, name: str) -> dict[str, Any]:
        (run,) = (await self.desk(DISPATCHER, "GET", self.path)).json()["runs"]
        return next(one for one in run["steps"] if one["id"] == name)

    async def log(self) -> Counter[tuple[str, str]]:
        found = (await self.desk(DISPATCHER, "GET", f"/cases/{self.case['case_id']}/timeline")).json()
        return Counter((one["act"], one["by"]) for one in found["entries"] if one["act"].startswith("plan"))

    async def words(self) -> list[str]:
        found = (await self.desk(DISPATCHER, "GET", f"/cases/{self.case['case_id']}/timeline")).json()
        return [one["words"] for one in found["entries"] if one["act"].startswith("plan")]


@pytest.fixture
async def on(any_storage: Storage) -> AsyncIterator[PlanDesk]:
    deeds = CountedDeeds()
    async with desk_of(any_storage, PEOPLE.values(), plan_deeds=deeds) as desk:
        made = PlanDesk(desk, deeds)
        await made.begin()
        yield made


async def test_a_plan_sends_nothing_until_a_person_confirms_each_step(on: PlanDesk) -> None:
    assert not on.deeds.done
    for step, words in (("look", "民益街球机"), ("crew", "app:17"), ("tell", "net:9: 3")):
        answer = await on.act(step)
        assert answer.status_code == 200, answer.text
        assert ((await on.step(step))["state"], (await on.step(step))["words"]) == ("done", words)
    assert on.deeds.said == [f"net:9 {on.case['number']} 绕行"]
    (sent,) = (await on.desk(DISPATCHER, "GET", f"/cases/{on.case['case_id']}")).json()["dispatches"]
    assert sent["unit_id"] == "app:17"
    assert (await on.act("duty")).json()["type"].endswith("plan-target-missing")
    assert (await on.act("duty", target="84660000")).status_code == 200
    assert (await on.act("radio", words="已告知，绕行果戈里大街")).status_code == 200
    assert (await on.act("fence", "skip")).status_code == 422
    assert (await on.act("fence", "skip", words="班组已围挡")).json()["over"] is True
    log = await on.log()
    assert log == {
        ("plan-start", "zhao"): 1, ("plan-confirm", "zhao"): 5, ("plan-skip", "zhao"): 1,
        ("plan-done", "system:plans"): 4,
    }  # fmt: skip
    said = await on.words()
    assert said[0] == "塌陷 / Collapse"
    assert "交通广播 / Radio: 已告知，绕行果戈里大街" in said
    assert set(on.deeds.done.values()) == {1}


async def test_the_same_press_is_one_and_a_step_that_waits_is_refused(on: PlanDesk) -> None:
    assert (await on.act("radio")).json()["type"].endswith("plan-step-waits")
    path, body = f"/plan-runs/{on.run_id}/steps/look/confirm", {"op_id": str(uuid7())}
    answers = await asyncio.gather(*(on.desk(DISPATCHER, "POST", path, **body) for _ in range(3)))
    assert {one.status_code for one in answers} == {200}
    assert (await on.act("look")).json()["type"].endswith("plan-step-moved-on")
    assert list(on.deeds.done.values()) == [1]
    assert (await on.log())["plan-confirm", "zhao"] == 1
    again = await on.desk.post(DISPATCHER, on.path, plan_id="collapse")
    assert again.json()["type"].endswith("plan-running")


async def test_a_refusal_comes_back_and_the_step_may_be_confirmed_again(on: PlanDesk) -> None:
    on.deeds.fails = Conflict("no unit is on this talkgroup")
    await on.act("tell")
    assert ((await on.step("tell"))["state"], (await on.step("tell"))["words"]) == (
        "refused", "no unit is on this talkgroup",
    )  # fmt: skip
    on.deeds.fails = None
    await on.act("tell")
    assert (await on.step("tell"))["state"] == "done"
    assert len(on.deeds.done) == 2, "another confirmation is another operation"


@pytest.mark.parametrize("crash", [StorageAway(), asyncio.CancelledError(), TimeoutError()])
async def test_after_a_crash_a_call_is_in_doubt_and_a_text_is_repeated_once(
    on: PlanDesk, crash: BaseException
) -> None:
    plans = on.desk.on.room.plans
    await on.act("look")
    on.deeds.fails = crash
    run_id = UUID(on.run_id)
    for step in ("tell", "duty"):
        try:
            await plans.confirm(DISPATCHER, run_id, step, op_id=uuid7(), target="84660000")
        except asyncio.CancelledError:
            assert isinstance(crash, asyncio.CancelledError)
    assert [(await on.step(one))["state"] for one in ("tell", "duty")] == ["doing", "doing"]
    on.deeds.fails = None
    await plans.look()
    await plans.look()
    assert [(await on.step(one))["state"] for one in ("tell", "duty")] == ["done", "in_doubt"]
    times = {what: count for (what, _), count in on.deeds.done.items()}
    assert times == {"picture": 1, "text": 2, "call": 1}
    assert (await on.act("duty", target="84660000")).json()["type"].endswith("plan-step-moved-on")
    assert (await on.act("duty", "settle", words="问过值班室：接到了", happened=True)).status_code == 200
    assert (await on.step("duty"))["state"] == "done"
    log = await on.log()
    assert (log["plan-in-doubt", "system:plans"], log["plan-happened", "zhao"]) == (1, 1)


async def test_a_call_that_the_switch_is_in_doubt_about_is_not_rung_again(on: PlanDesk) -> None:
    await on.act("look")
    on.deeds.doubt = True
    await on.act("duty", target="84660000")
    await on.desk.on.room.plans.look()
    assert (await on.step("duty"))["state"] == "in_doubt"
    answer = await on.act("duty", "settle", words="没有响铃")
    assert answer.status_code == 200
    assert (await on.step("duty"))["state"] == "skipped"
    assert [count for (what, _), count in on.deeds.done.items() if what == "call"] == [1]


async def test_who_leads_no_plan_sees_and_starts_none(on: PlanDesk) -> None:
    assert (await on.desk(AGENT, "GET", on.path)).status_code == 403
    assert (await on.act("look", who=AGENT)).status_code == 403
    assert (await on.desk(ELSEWHERE, "GET", on.path)).status_code == 403
    assert (await on.act("look", who=ELSEWHERE)).status_code == 403
    assert (await on.desk.post(ELSEWHERE, on.path, plan_id="collapse")).status_code == 403
    await on.act("look", who=SUPERVISOR)
    await on.act("crew", who=SUPERVISOR)
    assert (await on.step("crew"))["state"] == "refused", "a supervisor gives no case to a unit"
    assert not on.deeds.said


async def test_a_case_that_is_over_has_no_further_steps(on: PlanDesk) -> None:
    cancelled = await on.desk.post(DISPATCHER, f"/cases/{on.case['case_id']}/cancel", note="误报")
    assert cancelled.status_code == 200, cancelled.text
    assert (await on.act("look")).json()["type"].endswith("wrong-step")
    assert not on.deeds.done


async def test_an_id_is_of_one_step_and_its_answer_for_who_sees_the_case(on: PlanDesk) -> None:
    same = {"op_id": str(uuid7())}

    async def again(path: str, who: Actor = DISPATCHER, **body: object) -> Any:
        return await on.desk(who, "POST", path, **same, **body)

    def of(run_id: str, step: str, act: str) -> str:
        return f"/plan-runs/{run_id}/steps/{step}/{act}"

    assert (await again(of(on.run_id, "look", "confirm"))).status_code == 200
    other = await filed(on.desk)
    second = (await on.desk.post(DISPATCHER, f"/cases/{other['case_id']}/plans", plan_id="collapse")).json()
    for path in (
        of(on.run_id, "tell", "confirm"), of(second["run_id"], "look", "confirm"),
        of(on.run_id, "tell", "skip"), of(on.run_id, "look", "settle"),
    ):  # fmt: skip
        assert (await again(path, words="w")).json()["type"].endswith("op-id-reused"), path
    assert list(on.deeds.done.values()) == [1]
    assert (await again(of(on.run_id, "look", "confirm"), who=ELSEWHERE)).status_code == 403
    for act, step in (("skip", "tell"), ("settle", "duty")):
        same["op_id"] = str(uuid7())
        if act == "settle":
            on.deeds.doubt = True
            await on.act(step, target="84660000")
            await on.desk.on.room.plans.look()
        assert (await again(of(on.run_id, step, act), words="w")).status_code == 200
        assert (await again(of(on.run_id, step, act), words="w")).status_code == 200
        assert (await again(of(on.run_id, "fence", act), words="w")).json()["type"].endswith("op-id-reused")
        assert (await again(of(on.run_id, step, act), who=ELSEWHERE, words="w")).status_code == 403


async def test_a_start_that_is_repeated_is_of_its_case(on: PlanDesk) -> None:
    other = await filed(on.desk)
    path, body = f"/cases/{other['case_id']}/plans", {"op_id": str(uuid7()), "plan_id": "collapse"}
    made = [(await on.desk(DISPATCHER, "POST", path, **body)).json()["run_id"] for _ in range(2)]
    assert made[0] == made[1]
    assert (await on.desk(ELSEWHERE, "POST", path, **body)).status_code == 403
    again = await on.desk(DISPATCHER, "POST", on.path, **body)
    assert again.json()["type"].endswith("op-id-reused")
