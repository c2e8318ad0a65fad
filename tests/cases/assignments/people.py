"""People of departments and of the centre, and what they do about a filed case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cases.assignments.service import AskedAct, AssignedCase
from cases.assignments.store import AssignmentFilter
from cases.drafting.model import FieldName
from cases.events import AssignmentAction, AssignmentChanged, CaseView
from cases.paper.service import PaperCase
from core.actor import Actor, Role
from core.clock import ManualClock
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.rooms import AGENT, Stage, stage

NINE = datetime(2026, 11, 30, 1, tzinfo=UTC)
"""A Monday, nine o'clock in the city."""
WASTE = "gbt30428.2@2013/E0110"
"""Four working hours."""
HOST = "district-230110"
ASSISTS = "sanitation"
OTHER = "greening"


def of_department(name: str, *departments: str) -> Actor:
    scopes = Scopes(departments=frozenset(departments))
    return Actor(name, f"{name}科长", frozenset({Role.DEPARTMENT}), scopes)


MA = of_department("ma", HOST)
HE = of_department("he", OTHER)
NOBODYS = of_department("lin")
DISPATCHER = Actor("zhao", "赵调度", frozenset({Role.DISPATCHER}))
SECOND_DISPATCHER = Actor("qian", "钱调度", frozenset({Role.DISPATCHER}))
SUPERVISOR = Actor("gao", "高班长", frozenset({Role.SUPERVISOR}))
ACCEPTOR = Actor("li", "李验收", frozenset({Role.ACCEPTOR}))
ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
EVERYBODY = (MA, HE, NOBODYS, DISPATCHER, SECOND_DISPATCHER, SUPERVISOR, ACCEPTOR, ADMIN, AGENT)


class Office:
    """A filed case, and one act after the other on the assignment of its host department."""

    def __init__(self, on: Stage, clock: ManualClock) -> None:
        self.on = on
        self.clock = clock
        self.service = on.room.assignments

    async def filed(
        self, *, confidential: bool = False, category: str = WASTE, urgency: str | None = None
    ) -> CaseView:
        fields = {
            FieldName.CATEGORY: category, FieldName.ADDRESS: "公滨路5号", FieldName.DISTRICT: "230110",
            FieldName.DESCRIPTION: "垃圾没人清", FieldName.CALLBACK: "13945671234",
        }  # fmt: skip
        fields |= {} if urgency is None else {FieldName.URGENCY: urgency}
        written = PaperCase(fields, self.clock.now(), "王", confidential=confidential)
        return await self.on.room.paper.enter(written, op_id=uuid7(), actor=AGENT)

    async def of(self, case: CaseView, department: str = HOST) -> AssignedCase:
        """The newest assignment of a department."""
        found = await self.service.of_case(DISPATCHER, case.case_id)
        return [one for one in found if one.assignment.department_id == department][-1]

    async def act(
        self, who: Actor, case: CaseView, action: str, text: str = "", *, department: str = HOST, **more: Any
    ) -> AssignedCase:
        seen = (await self.of(case, department)).assignment
        asked = AskedAct(AssignmentAction(action), more.pop("rev", seen.rev), text, **more)
        return await self.service.act(seen.assignment_id, asked, op_id=uuid7(), actor=who)

    async def mine(self, who: Actor, **wanted: Any) -> list[AssignedCase]:
        """What this person sees of the host's and the other department's assignments."""
        found = (await self.service.find(who, AssignmentFilter(**wanted), None, 50))[0]
        return [one for one in found if one.assignment.department_id != ASSISTS]

    async def told(self) -> list[str]:
        """The acts that were told of all but the department that assists."""
        return [
            one.act
            for one in await self.on.emitted()
            if isinstance(one, AssignmentChanged) and one.assignment.department.id != ASSISTS
        ]


def office(storage: Storage) -> Office:
    storage.clock = clock = ManualClock(NINE)
    return Office(stage(storage), clock)
