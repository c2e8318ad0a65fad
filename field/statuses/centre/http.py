"""Routes of the table of statuses: what is in force, its versions, a new one, which one counts."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from cases.events import CrewStep
from core.actor import Actor
from core.bounds import Count
from core.routes import RoomRouter
from field import rights
from field.statuses.centre.service import ActiveStatusTable, StatusTableService
from field.statuses.model import (
    ANY,
    MOST_CODE,
    MOST_COMMENT,
    MOST_RULES,
    Kind,
    StatusRule,
    StatusTableVersion,
    check,
)


class RuleView(BaseModel):
    network: str = Field(default=ANY, max_length=10)
    kind: Kind
    code: str = Field(max_length=MOST_CODE)
    step: CrewStep


class VersionView(BaseModel):
    number: int
    rules: list[RuleView]
    comment: str = ""
    made_by: str = ""
    made_at: datetime | None = None


class Statuses(BaseModel):
    """`in_force` is the number of the version whose `rules` these are; 0 is the built-in one."""

    in_force: int
    rules: list[RuleView]
    versions: list[VersionView]


class StatusTableBody(BaseModel):
    rules: list[RuleView] = Field(max_length=MOST_RULES)


class NewStatusTable(StatusTableBody):
    op_id: UUID
    comment: str = Field(default="", max_length=MOST_COMMENT)


class ActivateStatusTable(BaseModel):
    op_id: UUID
    number: Count
    expected: Count = Field(description="the version that is in force now")
    comment: str = Field(default="", max_length=MOST_COMMENT)


class ProblemView(BaseModel):
    line: int
    code: str
    zh: str
    en: str


class Problems(BaseModel):
    problems: list[ProblemView]


def router(desk: StatusTableService, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/dispatch-statuses", tags=["dispatches"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for this route

    @routes.get("")
    async def now(user: User) -> Statuses:
        return statuses_view(await desk.now(user))

    @routes.post("/check")
    async def check_table(body: StatusTableBody, user: User) -> Problems:
        rights.SEE_STATUSES.check(user)
        found = check([_rule(one) for one in body.rules])
        return Problems(problems=[ProblemView(line=p.line, code=p.code, zh=p.zh, en=p.en) for p in found])

    @routes.get("/{number}")
    async def version(number: Count, user: User) -> VersionView:
        return version_view(await desk.version(user, number))

    @routes.post("/versions", status_code=201)
    async def make(body: NewStatusTable, user: User) -> VersionView:
        rules = [_rule(one) for one in body.rules]
        return version_view(await desk.make(user, body.op_id, rules, body.comment))

    @routes.post("/activate")
    async def activate(body: ActivateStatusTable, user: User) -> Statuses:
        done = await desk.activate(
            user, body.op_id, body.number, expected=body.expected, comment=body.comment
        )
        return statuses_view(done)

    return routes


def statuses_view(found: ActiveStatusTable) -> Statuses:
    shown = version_view(found.version)
    return Statuses(
        in_force=shown.number, rules=shown.rules, versions=[version_view(one) for one in found.versions]
    )


def version_view(version: StatusTableVersion) -> VersionView:
    """The answer for a version of the status table."""
    return VersionView(
        number=version.number,
        rules=[RuleView(network=r.network, kind=r.kind, code=r.code, step=r.step) for r in version.rules],
        comment=version.comment,
        made_by=version.made_by,
        made_at=version.made_at,
    )


def _rule(given: RuleView) -> StatusRule:
    return StatusRule(given.network, given.kind, given.code, given.step)
