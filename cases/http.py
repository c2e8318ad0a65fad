"""Routes of drafts, cases, dispatches, catalogue and gazetteer. Rights are checked where the act is done."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from cases import rights
from cases.catalogue.model import Catalogue, Catalogues, Category
from cases.closing.model import ClosingTable
from cases.dispatch.service import DispatchService
from cases.drafting.access import DraftAccess
from cases.drafting.model import FieldName
from cases.drafting.service import DraftService
from cases.events import CaseView, DispatchView, DraftView
from cases.gazetteer.lookup import Gazetteer
from cases.gazetteer.model import GazetteerPlace
from cases.life.model import CaseAction
from cases.life.service import CaseService
from cases.ports import CallDirectory, CurrentUser
from cases.privacy import require_call, require_district, shown, timeline
from cases.responsibility.model import DepartmentLevel, ResponsibleDepartment
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.answers import answers
from core.bounds import Count
from core.operations import OperationRequest
from core.routes import RoomRouter

MAX_QUERY = 80
MOST_CONDITION = 200


class DraftList(BaseModel):
    drafts: list[DraftView]


class CaseList(BaseModel):
    cases: list[CaseView]


class PlaceHits(BaseModel):
    places: list[GazetteerPlace]


class FieldEdit(OperationRequest):
    field: FieldName
    value: str | None = Field(default=None, max_length=2000)
    rev: Count


class Confirmation(OperationRequest):
    """`despite` are people who may be typing in it: who files knows of them, and they are told. `condition`
    is one of the class (`conditions` in `/api/catalogue`), by its Chinese words; without it the strictest
    limit counts.
    """

    confidential: bool = False
    despite: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=20)
    condition: str = Field(default="", max_length=MOST_CONDITION)


class CaseStepRequest(OperationRequest):
    """`condition` is the id of the closing condition that was met (`closings` in `/api/catalogue`); closing
    alone needs it. `by_camera`: verified by the case's pictures before and after the work.
    """

    by_camera: bool = False
    condition: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=2000)


class SendTo(OperationRequest):
    unit_id: str = Field(min_length=1, max_length=64)


class RecallDispatch(OperationRequest):
    reason: str = Field(max_length=2000)


class Reassign(RecallDispatch):
    unit_id: str = Field(min_length=1, max_length=64)
    at_once: bool = False


class AdditionalProblemRequest(OperationRequest):
    category: str = Field(min_length=1, max_length=80)


class DepartmentChoice(OperationRequest):
    department_id: str = Field(min_length=1, max_length=64)
    reason: str = Field(max_length=2000)


class LinkCall(OperationRequest):
    call_id: UUID


class Confidentiality(OperationRequest):
    confidential: bool


def draft_routes(
    drafts: DraftService,
    cases: CaseService,
    calls: CallDirectory,
    user: CurrentUser,
    view_audit: CaseViewAudit,
) -> APIRouter:
    """A draft is what somebody said: for the agents of its call, and supervisors, who read it until they take
    it over.
    """
    routes = RoomRouter(tags=["drafts"])
    person = Annotated[Actor, Depends(user)]

    access = DraftAccess(drafts, calls)

    @routes.get("/calls/{call_id}/drafts")
    async def of_call(call_id: UUID, actor: person) -> DraftList:
        rights.DRAFT.check(actor)
        await require_call(calls, actor, call_id)
        await view_audit.at_draft(actor, call_id)
        return DraftList(drafts=await drafts.of_call(call_id))

    @routes.post("/calls/{call_id}/drafts", status_code=201)
    async def create(call_id: UUID, body: OperationRequest, actor: person) -> DraftView:
        rights.DRAFT.check(actor)
        await require_call(calls, actor, call_id)
        return await drafts.create(call_id, op_id=body.op_id, actor=actor)

    @routes.get("/drafts/{draft_id}")
    async def one(draft_id: UUID, actor: person) -> DraftView:
        await access.read(actor, draft_id)
        found = await drafts.get(draft_id)
        if found.call_id is not None:
            await view_audit.at_draft(actor, found.call_id)
        else:
            await view_audit.at_report(actor, str(draft_id))
        return found

    @routes.patch("/drafts/{draft_id}")
    async def edit(draft_id: UUID, body: FieldEdit, actor: person) -> DraftView:
        await access.edit(actor, draft_id)
        return await drafts.edit(
            draft_id, op_id=body.op_id, name=body.field, value=body.value, rev=body.rev, actor=actor
        )

    @routes.post("/drafts/{draft_id}/additional-problems", status_code=201)
    @routes.post("/drafts/{draft_id}/further", status_code=201, deprecated=True)
    async def open_additional_problem(
        draft_id: UUID, body: AdditionalProblemRequest, actor: person
    ) -> DraftView:
        await access.edit(actor, draft_id)
        return await drafts.open_additional_problem(draft_id, body.category, op_id=body.op_id, actor=actor)

    @routes.post("/drafts/{draft_id}/confirm", **answers(CaseView))
    async def confirm(draft_id: UUID, body: Confirmation, actor: person) -> dict[str, Any]:
        await access.edit(actor, draft_id)
        case = await cases.confirm(
            draft_id, op_id=body.op_id, actor=actor, confidential=body.confidential, despite=body.despite,
            condition=body.condition,
        )  # fmt: skip
        return shown(actor, case)

    return routes


def case_routes(cases: CaseService, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/{case_id}", **answers(CaseView))
    async def one(case_id: UUID, actor: person) -> dict[str, Any]:
        rights.SEE_CASES.check(actor)
        found = await cases.get(case_id)
        require_district(actor, found)
        await view_audit.at_case(actor, found)
        return shown(actor, found)

    @routes.get("/cases/{case_id}/history")
    async def history(case_id: UUID, actor: person) -> dict[str, Any]:
        rights.SEE_HISTORY.check(actor)
        found = await cases.get(case_id)
        require_district(actor, found)
        await view_audit.at_case(actor, found)
        return {"history": timeline(actor, await cases.history(case_id))}

    @routes.post("/cases/{case_id}/calls", **answers(CaseView))
    async def link(case_id: UUID, body: LinkCall, actor: person) -> dict[str, Any]:
        case = await cases.link_call(case_id, body.call_id, op_id=body.op_id, actor=actor)
        return shown(actor, case)

    @routes.post("/cases/{case_id}/confidential", **answers(CaseView))
    async def set_confidential(case_id: UUID, body: Confidentiality, actor: person) -> dict[str, Any]:
        case = await cases.set_confidential(
            case_id, confidential=body.confidential, op_id=body.op_id, actor=actor
        )
        return shown(actor, case)

    @routes.post("/cases/{case_id}/department", **answers(CaseView))
    async def choose_department(case_id: UUID, body: DepartmentChoice, actor: person) -> dict[str, Any]:
        case = await cases.choose_department(
            case_id, body.department_id, op_id=body.op_id, actor=actor, reason=body.reason
        )
        return shown(actor, case)

    @routes.post("/cases/{case_id}/{act}", **answers(CaseView))
    async def take_step(
        case_id: UUID,
        act: Literal[
            CaseAction.VERIFY,
            CaseAction.CLOSE,
            CaseAction.CANCEL,
            CaseAction.REOPEN,
            CaseAction.REOPEN_CLOSED,
            CaseAction.DONE,
        ],
        body: CaseStepRequest,
        actor: person,
    ) -> dict[str, Any]:
        case = await cases.take_step(
            case_id,
            CaseAction(act),
            op_id=body.op_id,
            actor=actor,
            reason=body.note,
            condition=body.condition,
            by_camera=body.by_camera,
        )
        return shown(actor, case)

    return routes


def dispatch_routes(dispatches: DispatchService, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["dispatches"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/cases/{case_id}/dispatch", status_code=201)
    async def send(case_id: UUID, body: SendTo, actor: person) -> DispatchView:
        return await dispatches.send(case_id, op_id=body.op_id, unit_id=body.unit_id, actor=actor)

    @routes.post("/dispatches/{dispatch_id}/recall")
    async def recall(dispatch_id: UUID, body: RecallDispatch, actor: person) -> DispatchView:
        return await dispatches.recall(dispatch_id, op_id=body.op_id, reason=body.reason, actor=actor)

    @routes.post("/dispatches/{dispatch_id}/reassign", status_code=201)
    async def reassign(dispatch_id: UUID, body: Reassign, actor: person) -> DispatchView:
        """Give it to another unit; who has it keeps it until the other has accepted, but for `at_once`."""
        return await dispatches.reassign(
            dispatch_id,
            op_id=body.op_id,
            unit_id=body.unit_id,
            reason=body.reason,
            at_once=body.at_once,
            actor=actor,
        )

    return routes


class DistrictRow(BaseModel):
    code: str
    name_zh: str
    name_en: str


class ConditionRow(BaseModel):
    """A condition of a class with its time limit, as the city writes it."""

    condition_zh: str
    condition_en: str
    limit: str


class ClosingRow(BaseModel):
    """A condition under which a case of the class may be closed."""

    id: str
    condition_zh: str
    condition_en: str


class CategoryRow(BaseModel):
    """`id` is `scheme@version/code`: what a draft's category field holds. `limits` are time limits as
    cities write them. `handover` is the emergency number that such a report is handed over to: its case is a
    record, without dispatch and without clock.
    """

    id: str
    scheme: str
    version: str
    code: str
    kind: Literal["part", "event"]
    name_zh: str
    name_en: str
    major_zh: str
    major_en: str
    confidence: str
    source: str
    limits: list[str]
    conditions: list[ConditionRow] = []
    closings: list[ClosingRow] = []
    handover: str = ""


class DepartmentRow(BaseModel):
    """A department of the city. `place` is the district or street that it is for; empty for the city."""

    id: str
    name_zh: str
    name_en: str
    level: DepartmentLevel
    place: str


class DepartmentList(BaseModel):
    departments: list[DepartmentRow]


class CatalogueAnswer(BaseModel):
    """`closings` are the closing conditions of a class that is not among `rows`."""

    scheme: str
    version: str
    standard: str
    rows: list[CategoryRow]
    districts: list[DistrictRow]
    closings: list[ClosingRow] = []


def reference_routes(
    catalogues: Catalogues,
    gazetteer: Gazetteer,
    departments: Sequence[ResponsibleDepartment],
    closing: ClosingTable,
    user: CurrentUser,
) -> APIRouter:
    routes = RoomRouter(tags=["reference"])
    person = Annotated[Actor, Depends(user)]
    districts = [DistrictRow(code=d.code, name_zh=d.name_zh, name_en=d.name_en) for d in gazetteer.districts]

    @routes.get("/catalogue")
    async def catalogue(
        actor: person, q: Annotated[str, Query(max_length=MAX_QUERY)] = ""
    ) -> CatalogueAnswer:
        rights.LOOK_UP.check(actor)
        chosen = catalogues.default
        return CatalogueAnswer(
            scheme=chosen.scheme,
            version=chosen.version,
            standard=chosen.standard,
            rows=[_category(catalogues.of(row), row, closing) for row in catalogues.find(q)],
            districts=districts,
            closings=_closings(closing, ""),
        )

    @routes.get("/departments")
    async def of_city(actor: person) -> DepartmentList:
        rights.LOOK_UP.check(actor)
        return DepartmentList(
            departments=[
                DepartmentRow(
                    id=one.department_id, name_zh=one.name_zh, name_en=one.name_en, level=one.level,
                    place=one.place,
                )
                for one in departments
            ]
        )  # fmt: skip

    @routes.get("/gazetteer/search")
    async def search(actor: person, q: Annotated[str, Query(max_length=MAX_QUERY)]) -> PlaceHits:
        rights.LOOK_UP.check(actor)
        return PlaceHits(places=gazetteer.search(q))

    return routes


def _closings(closing: ClosingTable, category: str) -> list[ClosingRow]:
    return [
        ClosingRow(id=one.condition_id, condition_zh=one.condition_zh, condition_en=one.condition_en)
        for one in closing.of(category)
    ]


def _category(catalogue: Catalogue, row: Category, closing: ClosingTable) -> CategoryRow:
    major_zh, major_en = catalogue.majors[row.major]
    return CategoryRow(
        id=row.ref,
        scheme=row.scheme,
        version=row.version,
        code=row.code,
        kind=row.kind,
        name_zh=row.name_zh,
        name_en=row.name_en,
        major_zh=major_zh,
        major_en=major_en,
        confidence=row.confidence,
        source=row.source,
        handover=row.handover,
        closings=_closings(closing, row.ref),
        limits=[f"{limit.condition_zh}: {limit.text}" for limit in catalogue.limits_of(row.code)],
        conditions=[
            ConditionRow(condition_zh=one.condition_zh, condition_en=one.condition_en, limit=one.text)
            for one in catalogue.limits_of(row.code)
        ],
    )
