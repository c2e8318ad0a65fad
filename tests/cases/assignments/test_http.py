"""The routes of assignments: each act for its roles and departments, pages, what a department reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases import rights
from cases.assignments.model import Handler
from cases.events import AssignmentAction
from core.actor import Actor, Role
from core.events import MASK
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.assignments.people import (
    ACCEPTOR,
    ADMIN,
    DISPATCHER,
    EVERYBODY,
    HE,
    HOST,
    MA,
    NOBODYS,
    OTHER,
    SUPERVISOR,
    Office,
    office,
)
from tests.cases.rooms import AGENT
from tests.cases.web import Desk, desk_of

FAR = Actor("yuan", "远调度", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230102"})))
OF_GREENING = Actor("lv", "绿调度", frozenset({Role.DISPATCHER}), Scopes(departments=frozenset({OTHER})))
PEOPLE = (*EVERYBODY, FAR, OF_GREENING)
BY_PEOPLE = [one for one in AssignmentAction if rights.assignment_right(one) is not None]


async def at(desk: Desk) -> Office:
    return Office(desk.on, desk.on.storage.clock)  # type: ignore[arg-type]


async def test_every_act_is_refused_to_every_other_role(any_storage: Storage) -> None:
    """The table of rights, walked: a role without the right gets 403, one of another department 404."""
    office(any_storage)
    async with desk_of(any_storage, PEOPLE) as desk:
        case = await (await at(desk)).filed()
        one = (await (await at(desk)).of(case)).assignment
        for action in BY_PEOPLE:
            line = rights.assignment_right(action)
            assert line is not None
            path = f"/assignments/{one.assignment_id}/{action}"
            for who in EVERYBODY:
                if not line.allows(who):
                    assert (await desk.post(who, path, rev=1, text="如此")).status_code == 403
            for stranger in (HE, NOBODYS):
                expected = 404 if line.allows(stranger) else 403
                assert (await desk.post(stranger, path, rev=1, text="如此")).status_code == expected
            if line.allows(FAR):
                assert (await desk.post(FAR, path, rev=1, text="如此")).status_code == 403
                assert (await desk.post(OF_GREENING, path, rev=1, text="如此")).status_code == 404
        for action in set(AssignmentAction) - set(BY_PEOPLE):
            answer = await desk.post(DISPATCHER, f"/assignments/{one.assignment_id}/{action}", rev=1)
            assert answer.status_code == 422
        after = (await (await at(desk)).of(case)).assignment
        assert after == one, "a refusal changes nothing"


@pytest.mark.parametrize("confidential", [False, True])
async def test_a_department_reads_the_problem_and_the_citizen_unless_confidential(
    storage: Storage, *, confidential: bool
) -> None:
    office(storage)
    async with desk_of(storage, PEOPLE) as desk:
        case = await (await at(desk)).filed(confidential=confidential)
        page = (await desk(MA, "GET", "/assignments")).json()
        (item,) = page["assignments"]
        assert (item["case"]["callback"], item["case"]["address"]) == (None, "公滨路5号")
        assert item["may"] == [{"action": "sign", "reason": False}, {"action": "return", "reason": True}]
        path = f"/assignments/{item['assignment']['assignment_id']}"
        detail = (await desk(MA, "GET", path)).json()
        seen = (None, None) if confidential else ("垃圾没人清", MASK)
        assert (detail["case"]["description"], detail["case"]["callback"]) == seen
        assert [one["act"] for one in detail["acts"]] == ["dispatch"]
        contact = (await desk(MA, "GET", f"{path}?reveal=true")).json()["case"]["callback"]
        assert contact == (None if confidential else "13945671234")
        assert desk.on.looked.at[-1] == ("ma", "view-contact", f"case:{case.number}")
        of_centre = (await desk(DISPATCHER, "GET", path)).json()["case"]
        assert (of_centre["description"], of_centre["callback"]) == ("垃圾没人清", None)
        for who, code in ((HE, 404), (NOBODYS, 404), (FAR, 403), (AGENT, 403), (ADMIN, 403)):
            assert (await desk(who, "GET", path)).status_code == code
        of_case = f"/cases/{case.case_id}/assignments"
        assert (await desk(MA, "GET", of_case)).status_code == 403
        assert len((await desk(AGENT, "GET", of_case)).json()["assignments"]) == 2
        assert (await desk(ADMIN, "GET", of_case)).status_code == (403 if confidential else 200)


async def test_a_second_role_does_not_show_what_a_confidential_case_is_about(storage: Storage) -> None:
    office(storage)
    taker = replace(MA, id="fu", roles=MA.roles | {Role.AGENT})
    chief = replace(MA, id="bo", roles=MA.roles | {Role.SUPERVISOR})
    async with desk_of(storage, (*PEOPLE, taker, chief)) as desk:
        case = await (await at(desk)).filed(confidential=True)
        one = (await (await at(desk)).of(case)).assignment
        for who, seen in ((taker, None), (chief, "垃圾没人清")):
            detail = (await desk(who, "GET", f"/assignments/{one.assignment_id}")).json()
            assert detail["case"]["description"] == seen


async def test_a_list_goes_on_where_it_ended_and_says_what_waits(storage: Storage) -> None:
    office(storage)
    async with desk_of(storage, PEOPLE) as desk:
        work = await at(desk)
        cases = [await work.filed() for _ in range(5)]
        await work.act(MA, cases[3], "return", "不是我区的")
        found, cursor = [], ""
        while True:
            page = (await desk(MA, "GET", f"/assignments?limit=2&cursor={cursor}")).json()
            found += [one["assignment"]["case_number"] for one in page["assignments"]]
            if page["next"] is None:
                break
            cursor = page["next"]
        kept = [one.number for place, one in enumerate(cases) if place != 3]
        assert found == [*kept, cases[3].number], "what is paused comes last"
        (waits,) = (await desk(DISPATCHER, "GET", "/assignments?waiting=true")).json()["assignments"]
        assert waits["assignment"]["case_number"] == cases[3].number
        assert {one["action"] for one in waits["may"]} >= {"refuse_return", "reassign"}
        assert (await desk(DISPATCHER, "GET", "/assignments?overdue=true")).json()["assignments"] == []
        assert (await desk(DISPATCHER, "GET", f"/assignments?department={HOST}&state=waiting")).json()[
            "next"
        ] is None
        assert (await desk(MA, "GET", "/assignments?cursor=bm9uZQ")).status_code == 422
        assert (await desk(NOBODYS, "GET", "/assignments")).json() == {"assignments": [], "next": None}
        assert (await desk(FAR, "GET", "/assignments")).json()["assignments"] == []
        assert (await desk(AGENT, "GET", "/assignments")).status_code == 403


async def test_an_act_answers_with_what_is_possible_next_and_a_stale_one_with_who_came_first(
    storage: Storage,
) -> None:
    office(storage)
    async with desk_of(storage, PEOPLE) as desk:
        case = await (await at(desk)).filed()
        (item,) = (await desk(MA, "GET", "/assignments")).json()["assignments"]
        path = f"/assignments/{item['assignment']['assignment_id']}"
        op_id = str(uuid7())
        for _ in range(2):
            signed = await desk(MA, "POST", f"{path}/sign", op_id=op_id, rev=1)
            assert signed.status_code == 200
        assert {one["action"] for one in signed.json()["may"]} == {
            "answer", "return", "ask_extension", "ask_suspension", "ask_postponement", "delegate",
        }  # fmt: skip
        stale = await desk.post(DISPATCHER, f"{path}/remind", rev=1)
        assert (stale.status_code, stale.json()["act"], stale.json()["by"]) == (409, "sign", "ma")
        given = await desk.post(
            DISPATCHER, f"/cases/{case.case_id}/assignments", department_id=OTHER, must_answer=True
        )
        assert (given.status_code, given.json()["assignment"]["part"]) == (201, "assist")
        for who in (MA, AGENT, SUPERVISOR, ACCEPTOR, ADMIN):
            refused = await desk.post(who, f"/cases/{case.case_id}/assignments", department_id="gas")
            assert refused.status_code == 403
        table = (await desk(MA, "GET", "/workflow/assignments")).json()
        assert (table["name"], len(table["states"]), len(table["rows"])) == ("national", 13, 26)


async def test_a_department_reads_whom_it_may_choose_and_what_its_unit_reports(storage: Storage) -> None:
    office(storage)
    async with desk_of(storage, PEOPLE) as desk:
        desk.on.staff.of = {HOST: [Handler("ma", "马科长"), Handler("app:31", "一车", is_unit=True)]}
        case = await (await at(desk)).filed()
        one = (await (await at(desk)).act(MA, case, "sign")).assignment
        path = f"/assignments/{one.assignment_id}"
        offered = (await desk(MA, "GET", f"{path}/handlers")).json()["handlers"]
        assert offered == [
            {"id": "ma", "name": "马科长", "is_unit": False, "online": False, "on_duty_until": None},
            {"id": "app:31", "name": "一车", "is_unit": True, "online": False, "on_duty_until": None},
        ]
        for who, code in ((HE, 404), (DISPATCHER, 403), (AGENT, 403)):
            assert (await desk(who, "GET", f"{path}/handlers")).status_code == code
        missing = await desk.post(MA, f"{path}/delegate", rev=2)
        assert (missing.status_code, missing.json()["missing"]) == (422, "handler")
        given = (await desk.post(MA, f"{path}/delegate", rev=2, handler="app:31")).json()
        assert (given["assignment"]["handler"]["name"], given["job"]["step"]) == ("一车", "queued")
        refused = await desk.post(MA, f"{path}/return", rev=3, text="不属我局")
        assert (refused.status_code, refused.json()["unit"]) == (409, "一车")
        assert (await desk(MA, "GET", "/assignments?mine=true")).json()["assignments"] == []
        changed = await desk.post(MA, f"{path}/delegate", rev=3, handler="ma")
        assert changed.json()["job"] is None
        (mine,) = (await desk(MA, "GET", "/assignments?mine=true")).json()["assignments"]
        assert mine["assignment"]["case_number"] == case.number
