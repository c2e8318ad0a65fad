"""Routes of follow-ups: the agents' list, who is not satisfied, the rates, and the reporter's own rating."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from citizen.followup.calling import answer_lost
from citizen.followup.model import (
    MOST_NOTE,
    ConcernState,
    FollowUp,
    FollowUpAnswer,
    FollowUpState,
    Satisfaction,
)
from citizen.followup.service import FollowUps
from citizen.ports import CurrentReader
from core.actor import Actor
from core.routes import RoomRouter


class FollowUpView(BaseModel):
    """`number` is there for who has taken it. `category` is `scheme@version/code`. `answer_lost`: he answered
    an automatic call, and that could not be kept. `connected`: he talked with a person after he pressed 0,
    and what he said is not entered yet.
    """

    follow_up_id: UUID
    case_id: UUID
    case_number: str
    number: str
    source: str
    district: str
    category: str
    way: str
    state: FollowUpState
    due_at: datetime
    attempts: int
    answer_lost: bool
    connected: bool
    taken_by: str
    closed_at: datetime
    contacted: bool | None
    solved: bool | None
    satisfaction: int | None
    note: str
    answered_by: str
    answered_at: datetime | None
    concern: ConcernState


class FollowUpOfCase(BaseModel):
    """A follow-up as the page of its case shows it."""

    follow_up_id: UUID
    state: FollowUpState
    way: str
    attempts: int
    closed_at: datetime
    contacted: bool | None
    solved: bool | None
    satisfaction: int | None
    note: str
    answered_by: str
    answered_at: datetime | None
    concern: ConcernState
    concern_note: str
    concern_by: str
    connected_at: datetime | None


class FollowUpList(BaseModel):
    """The longest due first."""

    follow_ups: list[FollowUpView]


class FollowUpOutcome(BaseModel):
    """`reached` false: nobody answered, and the rest is empty."""

    op_id: UUID
    reached: bool
    satisfaction: Satisfaction | None = None
    contacted: bool | None = None
    solved: bool | None = None
    note: str = Field(default="", max_length=MOST_NOTE)

    @model_validator(mode="after")
    def _answered(self) -> "FollowUpOutcome":
        if self.reached and self.satisfaction is None and self.solved is None:
            raise ValueError("who was reached said whether it is solved, or how satisfied he is")
        return self


class ConcernSettled(BaseModel):
    """`note` says what was found."""

    result: Literal[ConcernState.REOPENED, ConcernState.EXPLAINED, ConcernState.NO_ACTION]
    note: str = Field(min_length=1, max_length=MOST_NOTE)


class RatesView(BaseModel):
    """Shares of those who answered the question, None where nobody did; docs/citizens.md has the formulas."""

    group: str
    asked: int
    answered: int
    response: float | None
    resolution: float | None
    satisfaction: float | None
    dissatisfied: int
    open_concerns: int


class RatesList(BaseModel):
    since: datetime
    until: datetime
    by: str
    rates: list[RatesView]


def follow_up_routes(service: FollowUps, user: CurrentReader) -> APIRouter:
    routes = RoomRouter(tags=["citizen"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/follow-ups")
    async def to_call(actor: person) -> FollowUpList:
        """Reporters of closed cases whom an agent is to call now."""
        return FollowUpList(follow_ups=[_view(one, actor) for one in await service.to_call(actor)])

    @routes.post("/follow-ups/{follow_up_id}/take")
    async def take(follow_up_id: UUID, actor: person) -> FollowUpView:
        """Take one to call the reporter: the number is shown."""
        return _view(await service.take(actor, follow_up_id), actor)

    @routes.post("/follow-ups/{follow_up_id}/outcome")
    async def outcome(follow_up_id: UUID, body: FollowUpOutcome, actor: person) -> FollowUpView:
        """What came of the call."""
        answer = FollowUpAnswer(body.satisfaction, body.contacted, body.solved) if body.reached else None
        return _view(await service.outcome(actor, follow_up_id, body.op_id, answer, body.note), actor)

    @routes.get("/follow-ups/concerns")
    async def concerns(actor: person) -> FollowUpList:
        """Reporters who are not satisfied, and whom nobody has looked at yet."""
        return FollowUpList(follow_ups=[_view(one, actor) for one in await service.concerns(actor)])

    @routes.post("/follow-ups/{follow_up_id}/settle")
    async def settle(follow_up_id: UUID, body: ConcernSettled, actor: person) -> FollowUpView:
        """Enter what was made of a reporter who is not satisfied."""
        return _view(await service.settle(actor, follow_up_id, ConcernState(body.result), body.note), actor)

    @routes.get("/follow-ups/rates")
    async def rates(
        since: AwareDatetime,
        until: AwareDatetime,
        actor: person,
        by: Annotated[Literal["", "district", "category", "source", "department"], Query()] = "",
    ) -> RatesList:
        """Response, resolution and satisfaction of cases that were closed in a time."""
        found = await service.rates(actor, since, until, by)
        return RatesList(
            since=since, until=until, by=by,
            rates=[
                RatesView(
                    group=group, asked=one.asked, answered=one.answered, response=one.response,
                    resolution=one.resolution, satisfaction=one.satisfaction,
                    dissatisfied=one.dissatisfied, open_concerns=one.open_concerns,
                )
                for group, one in found.items()
            ],
        )  # fmt: skip

    return routes


def _view(one: FollowUp, actor: Actor) -> FollowUpView:
    return FollowUpView(
        follow_up_id=one.follow_up_id, case_id=one.case_id, case_number=one.case_number,
        number=one.number if one.taken_by == actor.id and one.state is FollowUpState.CALL else "",
        source=one.source, district=one.district, category=one.category, way=one.way, state=one.state,
        due_at=one.due_at, attempts=one.attempts, answer_lost=answer_lost(one),
        connected=one.connected_at is not None and one.state is FollowUpState.CALL, taken_by=one.taken_by,
        closed_at=one.closed_at,
        contacted=one.contacted, solved=one.solved, satisfaction=one.satisfaction, note=one.note,
        answered_by=one.answered_by, answered_at=one.answered_at, concern=one.concern,
    )  # fmt: skip


def follow_up_of_case(one: FollowUp) -> FollowUpOfCase:
    return FollowUpOfCase(
        follow_up_id=one.follow_up_id, state=one.state, way=one.way,
        attempts=one.attempts, closed_at=one.closed_at,
        contacted=one.contacted, solved=one.solved, satisfaction=one.satisfaction, note=one.note,
        answered_by=one.answered_by, answered_at=one.answered_at, concern=one.concern,
        concern_note=one.concern_note, concern_by=one.concern_by, connected_at=one.connected_at,
    )  # fmt: skip
