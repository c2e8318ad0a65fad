"""Routes by which cases are merged, split and related, and by which that is undone."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from cases.drafting.model import FieldName
from cases.events import CaseView, RelationKind
from cases.merging.service import CaseMerging
from cases.ports import CurrentUser
from cases.privacy import shown
from cases.relations.service import CaseRelations, SplitWish
from core.actor import Actor
from core.answers import answers
from core.bounds import Count
from core.operations import OperationRequest
from core.routes import RoomRouter

MOST_CHOSEN = 50
_Text = Annotated[str, Field(max_length=1000)]
_FieldText = Annotated[str, Field(max_length=600)]
_Chosen = Annotated[list[UUID], Field(max_length=MOST_CHOSEN)]


class ReasonedRequest(OperationRequest):
    """`version` is the case's as the person saw it."""

    version: Count
    reason: _Text


class MergeRequest(ReasonedRequest):
    """`into` is the case that goes on; `into_version` its version."""

    into: UUID
    into_version: Count


class SplitRequest(ReasonedRequest):
    """`fields` of the new case as a draft has them; without a place it has that of the first one."""

    fields: dict[FieldName, _FieldText | None] = Field(max_length=len(FieldName))
    call_ids: _Chosen = Field(default_factory=list)
    report_ids: _Chosen = Field(default_factory=list)
    condition: str = Field(default="", max_length=200)


class RelateRequest(ReasonedRequest):
    other_id: UUID
    kind: Literal[RelationKind.CAUSE, RelationKind.SAME_PLACE, RelationKind.FOLLOWS]


def relation_routes(merging: CaseMerging, relations: CaseRelations, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/cases/{case_id}", tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/merge", **answers(CaseView))
    async def merge(case_id: UUID, body: MergeRequest, actor: person) -> dict[str, Any]:
        """The case `into` goes on for this one."""
        case = await merging.merge(
            case_id, body.into, version=body.version, into_version=body.into_version, reason=body.reason,
            op_id=body.op_id, actor=actor,
        )  # fmt: skip
        return shown(actor, case)

    @routes.post("/unmerge", **answers(CaseView))
    async def unmerge(case_id: UUID, body: ReasonedRequest, actor: person) -> dict[str, Any]:
        """The case is again what it was."""
        case = await merging.unmerge(
            case_id, version=body.version, reason=body.reason, op_id=body.op_id, actor=actor
        )
        return shown(actor, case)

    @routes.post("/split", **answers(CaseView, 201))
    async def split(case_id: UUID, body: SplitRequest, actor: person) -> dict[str, Any]:
        """File a case of its own for another problem; the answer is the new case."""
        wish = SplitWish(body.fields, body.call_ids, body.report_ids, body.condition)
        case = await relations.split(
            case_id, wish, version=body.version, reason=body.reason, op_id=body.op_id, actor=actor
        )
        return shown(actor, case)

    @routes.post("/relations", **answers(CaseView))
    async def relate(case_id: UUID, body: RelateRequest, actor: person) -> dict[str, Any]:
        case = await relations.relate(
            case_id, body.other_id, RelationKind(body.kind), version=body.version, reason=body.reason,
            op_id=body.op_id, actor=actor,
        )  # fmt: skip
        return shown(actor, case)

    @routes.post("/relations/{relation_id}/undo", **answers(CaseView))
    async def undo(case_id: UUID, relation_id: UUID, body: ReasonedRequest, actor: person) -> dict[str, Any]:
        case = await relations.undo(
            case_id, relation_id, version=body.version, reason=body.reason, op_id=body.op_id, actor=actor
        )
        return shown(actor, case)

    return routes
