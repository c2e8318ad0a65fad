"""Routes of mass incidents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from cases import rights
from cases.drafting.model import FieldName
from cases.events import IncidentView
from cases.incidents.service import IncidentService, IncidentTold, IncidentWish
from cases.ports import CurrentUser
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter

Prompt = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$")]
_Text = Annotated[str, Field(max_length=600)]


class StartIncident(OperationRequest):
    """From an open case, from a draft, or from the fields of a new case. `prompt` is what waiting callers
    hear; empty: nothing.
    """

    title: str = Field(min_length=1, max_length=120)
    words: _Text = ""
    prompt: Prompt = ""
    case_id: UUID | None = None
    draft_id: UUID | None = None
    fields: dict[FieldName, _Text | None] = Field(default_factory=dict, max_length=18)

    @model_validator(mode="after")
    def _one_beginning(self) -> "StartIncident":
        if self.case_id is not None and (self.draft_id is not None or self.fields):
            raise ValueError("a case is given: neither a draft nor fields with it")
        return self


class AnnounceIncident(OperationRequest):
    prompt: Prompt


class AttachCall(OperationRequest):
    """`draft_id` is the draft that becomes no case of its own."""

    call_id: UUID
    draft_id: UUID | None = None
    despite: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=20)


class DetachCall(OperationRequest):
    call_id: UUID


class IncidentList(BaseModel):
    incidents: list[IncidentView]


class IncidentAnnounced(BaseModel):
    """`callers` are played the announcement now; null: the switch was not reached and is told later."""

    incident: IncidentView
    callers: int | None


def incident_routes(incidents: IncidentService, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/incidents", tags=["incidents"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("")
    async def latest(actor: person) -> IncidentList:
        """Open and ended ones, the newest first."""
        rights.SEE_INCIDENTS.check(actor)
        return IncidentList(incidents=await incidents.latest())

    @routes.post("", status_code=201)
    async def start(body: StartIncident, actor: person) -> IncidentAnnounced:
        wish = IncidentWish(body.title, body.words, body.prompt, body.case_id, body.draft_id, body.fields)
        return _said(await incidents.start(wish, op_id=body.op_id, actor=actor))

    @routes.post("/{incident_id}/announce")
    async def announce(incident_id: UUID, body: AnnounceIncident, actor: person) -> IncidentAnnounced:
        return _said(await incidents.announce(incident_id, body.prompt, op_id=body.op_id, actor=actor))

    @routes.post("/{incident_id}/end")
    async def end(incident_id: UUID, body: OperationRequest, actor: person) -> IncidentAnnounced:
        return _said(await incidents.end(incident_id, op_id=body.op_id, actor=actor))

    @routes.post("/{incident_id}/attach")
    async def attach(incident_id: UUID, body: AttachCall, actor: person) -> IncidentView:
        """The call belongs to the incident."""
        return await incidents.attach(
            incident_id,
            body.call_id,
            draft_id=body.draft_id,
            op_id=body.op_id,
            actor=actor,
            despite=body.despite,
        )

    @routes.post("/{incident_id}/detach")
    async def detach(incident_id: UUID, body: DetachCall, actor: person) -> IncidentView:
        """It does not after all."""
        return await incidents.detach(incident_id, body.call_id, op_id=body.op_id, actor=actor)

    return routes


def _said(told: IncidentTold) -> IncidentAnnounced:
    return IncidentAnnounced(incident=told.incident, callers=told.callers)
