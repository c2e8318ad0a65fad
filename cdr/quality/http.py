"""The routes of quality: scoring forms, scorecards, calibrations, marks on recordings."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from cdr.ports import CurrentActor
from cdr.quality.forms import ScoringForms
from cdr.quality.model import MOST_QUESTIONS, ScoringAnswer, ScoringForm
from cdr.quality.service import MOST_CARDS, CallScoring, CardWish
from cdr.quality.views import (
    CalibrationList,
    CalibrationView,
    RecordingMarkList,
    RecordingMarkView,
    ScorecardPage,
    ScorecardView,
    ScorerList,
    ScoringFormList,
    ScoringFormView,
)
from core.actor import Actor
from core.bounds import Count
from core.operations import OperationRequest
from core.routes import RoomRouter

_Person = Annotated[str, Field(min_length=1, max_length=64)]
_Note = Annotated[str, Field(max_length=1_000)]


class SaveForm(OperationRequest):
    content: ScoringForm


class ChangeForm(SaveForm):
    """`base` is the version that was changed."""

    base: Count


class RetireForm(OperationRequest):
    retired: bool = True


class ScoreCall(OperationRequest):
    """`number` is the version of the form; `calibration_id` makes it one's blind card of that calibration."""

    call_id: UUID
    agent: _Person
    form_id: UUID
    number: Count
    answers: dict[str, ScoringAnswer] = Field(max_length=MOST_QUESTIONS)
    note: _Note = ""
    calibration_id: UUID | None = None


class OpenCalibration(OperationRequest):
    """One scores it oneself; `second` is the other scorer."""

    call_id: UUID
    agent: _Person
    form_id: UUID
    second: _Person


class PlaceMark(OperationRequest):
    """`at_s`: seconds from the beginning of the call's sound."""

    call_id: UUID
    at_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
    note: Annotated[str, Field(min_length=1, max_length=1_000)]


def routers(forms: ScoringForms, scoring: CallScoring, current: CurrentActor) -> Sequence[APIRouter]:
    """`current` is the dependency that gives the signed-in person."""
    return (
        _form_routes(forms, current),
        _card_routes(scoring, current),
        _calibration_routes(scoring, current),
        _mark_routes(scoring, current),
    )


def _form_routes(forms: ScoringForms, current: CurrentActor) -> APIRouter:
    routes = RoomRouter(tags=["quality"])
    person = Annotated[Actor, Depends(current)]

    @routes.get("/quality/forms")
    async def list_forms(actor: person, retired: bool = False) -> ScoringFormList:
        return ScoringFormList(forms=await forms.all(actor, retired=retired))

    @routes.get("/quality/forms/{form_id}/versions")
    async def versions(form_id: UUID, actor: person) -> ScoringFormList:
        return ScoringFormList(forms=await forms.versions(actor, form_id))

    @routes.post("/quality/forms", status_code=201)
    async def create(body: SaveForm, actor: person) -> ScoringFormView:
        return await forms.create(actor, body.op_id, body.content)

    @routes.post("/quality/forms/{form_id}/versions", status_code=201)
    async def change(form_id: UUID, body: ChangeForm, actor: person) -> ScoringFormView:
        return await forms.change(actor, form_id, body.op_id, body.content, body.base)

    @routes.post("/quality/forms/{form_id}/retire")
    async def retire(form_id: UUID, body: RetireForm, actor: person) -> ScoringFormView:
        return await forms.retire(actor, form_id, retired=body.retired)

    return routes


def _card_routes(scoring: CallScoring, current: CurrentActor) -> APIRouter:
    routes = RoomRouter(tags=["quality"])
    person = Annotated[Actor, Depends(current)]

    @routes.get("/quality/scorecards")
    async def cards(
        actor: person,
        agent: Annotated[str, Query(max_length=64)] = "",
        call_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_CARDS)] = 50,
        after: Annotated[str, Query(max_length=120)] = "",
    ) -> ScorecardPage:
        return await scoring.cards(actor, agent=agent, call_id=call_id, limit=limit, after=after)

    @routes.post("/quality/scorecards", status_code=201)
    async def score(body: ScoreCall, actor: person) -> ScorecardView:
        return await scoring.score(actor, CardWish(**{name: getattr(body, name) for name in _WISH}))

    return routes


def _calibration_routes(scoring: CallScoring, current: CurrentActor) -> APIRouter:
    routes = RoomRouter(tags=["quality"])
    person = Annotated[Actor, Depends(current)]

    @routes.get("/quality/scorers")
    async def scorers(actor: person) -> ScorerList:
        return ScorerList(scorers=await scoring.scorers(actor))

    @routes.get("/quality/calibrations")
    async def calibrations(actor: person) -> CalibrationList:
        return CalibrationList(calibrations=await scoring.calibrations(actor))

    @routes.post("/quality/calibrations", status_code=201)
    async def open_calibration(body: OpenCalibration, actor: person) -> CalibrationView:
        return await scoring.open_calibration(
            actor,
            body.op_id,
            call_id=body.call_id,
            agent=body.agent,
            form_id=body.form_id,
            second=body.second,
        )

    @routes.get("/quality/calibrations/{calibration_id}")
    async def calibration(calibration_id: UUID, actor: person) -> CalibrationView:
        return await scoring.calibration(actor, calibration_id)

    return routes


def _mark_routes(scoring: CallScoring, current: CurrentActor) -> APIRouter:
    routes = RoomRouter(tags=["quality"])
    person = Annotated[Actor, Depends(current)]

    @routes.get("/calls/{call_id}/marks")
    async def marks(call_id: UUID, actor: person) -> RecordingMarkList:
        return RecordingMarkList(marks=await scoring.marks(actor, call_id))

    @routes.post("/quality/marks", status_code=201)
    async def mark(body: PlaceMark, actor: person) -> RecordingMarkView:
        return await scoring.mark(actor, body.op_id, call_id=body.call_id, at_s=body.at_s, note=body.note)

    @routes.post("/quality/marks/{mark_id}/remove", status_code=204)
    async def unmark(mark_id: UUID, actor: person) -> None:
        await scoring.unmark(actor, mark_id)

    return routes


_WISH = ("op_id", "call_id", "agent", "form_id", "number", "answers", "note", "calibration_id")
