"""Routes of warnings."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from core.actor import Actor
from core.csv_table import whole_body
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from warning import rights
from warning.banners import MOST_SHOWN, RunningWarnings, WarningBanners
from warning.cap.checks import Effect
from warning.cap.errors import NotCap, RefusalReason
from warning.cap.model import CapArea, CapSeverity, CapStatus, CapType
from warning.channels import WarningChannel
from warning.ledger.drafting import WarningDraft
from warning.ledger.model import RecordedWarning, WarningOrigin, WarningState
from warning.ledger.service import CheckedMessage, WarningLedger
from warning.ports import CurrentUser
from warning.sending.service import WarningSending
from warning.shapes import WarningShapesList
from warning.words import headline_of, severity_of, text_of


class DraftWarningRequest(OperationRequest):
    """`refers_to` is the warning that an Update or a Cancel is about."""

    draft: WarningDraft
    refers_to: UUID | None = None


class ReleaseWarningRequest(OperationRequest):
    pass


class CancelWarningRequest(OperationRequest):
    why: str = Field(min_length=1, max_length=400)


class WarningChannelView(Frozen):
    """As `warning.sending.service.ChannelCounts`."""

    channel: WarningChannel
    total: int
    waiting: int
    reached: int
    acknowledged: int
    refused: int
    failed: int
    dropped: int


class WarningView(Frozen):
    """`text` as it is told; `people` must release it, `first_by` has and `released_by` was the last."""

    warning_id: UUID
    identifier: str
    sender: str
    sent: datetime
    status: CapStatus
    msg_type: CapType
    severity: CapSeverity
    headline: str
    text: str
    areas: list[CapArea]
    origin: WarningOrigin
    signed: bool
    channels: list[WarningChannel]
    state: WarningState
    people: int
    made_by: str
    made_at: datetime
    first_by: str
    first_at: datetime | None
    released_by: str
    released_at: datetime | None
    expires: datetime | None
    ends_at: datetime | None
    over_by: str
    over_at: datetime | None
    over_why: str


class WarningList(Frozen):
    warnings: list[WarningView]


class WarningDetail(Frozen):
    """`audience`: whom it would tell now, while it is not released; `counts`: what became of it."""

    warning: WarningView
    audience: dict[WarningChannel, int]
    counts: list[WarningChannelView]


class CheckedView(Frozen):
    """What the message would do. Of bytes that are no message there is `refusals` alone."""

    identifier: str = ""
    sender: str = ""
    status: CapStatus | None = None
    msg_type: CapType | None = None
    headline: str = ""
    signed: bool = False
    effect: Effect = "nothing"
    people: int = 0
    refusals: list[RefusalReason]


def warning_routes(ledger: WarningLedger, sending: WarningSending, user: CurrentUser) -> APIRouter:
    """What is shown."""
    routes = RoomRouter(tags=["warnings"])
    person = Annotated[Actor, Depends(user)]
    banners = WarningBanners(ledger.running, ledger.storage.clock)

    @routes.get("/warnings")
    async def listed(actor: person) -> WarningList:
        """The newest hundred."""
        return WarningList(warnings=[view(one) for one in await ledger.listed(actor)])

    @routes.get("/warnings/running", response_model=RunningWarnings)
    async def running(actor: person) -> Response:
        """What desks and wallboards show."""
        rights.SEE_WARNINGS.check(actor)
        return _json(await banners.shown(WarningChannel.DESK))

    @routes.get("/warnings/areas", response_model=WarningShapesList)
    async def areas(actor: person) -> Response:
        """Where the running warnings hold, for a map."""
        rights.SEE_WARNINGS.check(actor)
        return _json(await banners.shapes())

    @routes.get("/citizen/warnings", response_model=RunningWarnings)
    async def public() -> Response:
        """What the citizens' page shows."""
        return _json(await banners.shown(WarningChannel.CITIZENS))

    @routes.get("/warnings/{warning_id}")
    async def one(warning_id: UUID, actor: person) -> WarningDetail:
        """A warning, whom it would tell, and how many it has reached."""
        return await detail(actor, warning_id, ledger, sending)

    @routes.get("/warnings/{warning_id}/cap", response_class=Response)
    async def export(warning_id: UUID, actor: person) -> Response:
        """A released warning as a signed CAP message."""
        data = await ledger.export(actor, warning_id)
        name = f'attachment; filename="{warning_id}.cap.xml"'
        return Response(data, media_type="application/cap+xml", headers={"Content-Disposition": name})

    return routes


def warning_acts(ledger: WarningLedger, user: CurrentUser) -> APIRouter:
    """What people do."""
    routes = RoomRouter(tags=["warnings"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/warnings", status_code=201)
    async def draft(body: DraftWarningRequest, actor: person) -> WarningView:
        """Draft a warning; people release it."""
        return view(await ledger.draft(actor, body.draft, body.refers_to, body.op_id))

    @routes.post("/warnings/check")
    async def check(request: Request, actor: person) -> CheckedView:
        """What the CAP message in the body would do, and why it is refused; nothing is changed."""
        rights.DRAFT_WARNINGS.check(actor)
        try:
            return checked_view(await ledger.check(actor, await whole_body(request.stream())))
        except NotCap as error:
            return CheckedView(refusals=[error.reason])

    @routes.post("/warnings/cap", status_code=201)
    async def take(request: Request, op_id: UUID, actor: person) -> WarningView:
        """The body is a CAP message; it becomes a draft that people release."""
        return view(await ledger.take(actor, await whole_body(request.stream()), op_id))

    @routes.post("/warnings/{warning_id}/release")
    async def release(warning_id: UUID, body: ReleaseWarningRequest, actor: person) -> WarningView:
        """Release it: an actual one runs when a second person has."""
        return view(await ledger.release(actor, warning_id, body.op_id))

    @routes.post("/warnings/{warning_id}/cancel")
    async def cancel(warning_id: UUID, body: CancelWarningRequest, actor: person) -> WarningView:
        """Withdraw a draft, or stop what runs: nobody further is told."""
        return view(await ledger.cancel(actor, warning_id, body.why, body.op_id))

    return routes


async def detail(
    actor: Actor, warning_id: UUID, ledger: WarningLedger, sending: WarningSending
) -> WarningDetail:
    """Raises `NoSuchWarning`."""
    found = await ledger.one(actor, warning_id)
    audience = {} if found.released_at or found.over_at else await sending.audience(found)
    counts = [
        WarningChannelView.model_validate(one, from_attributes=True)
        for one in await sending.counts(warning_id)
    ]
    return WarningDetail(warning=view(found), audience=dict(audience), counts=counts)


def view(one: RecordedWarning) -> WarningView:
    message = one.message
    return WarningView(
        warning_id=one.warning_id, identifier=message.identifier, sender=message.sender, sent=message.sent,
        status=message.status, msg_type=message.msg_type, severity=severity_of(message),
        headline=headline_of(message), text=text_of(message, (), most=MOST_SHOWN), areas=list(message.areas),
        origin=one.origin, signed=one.signed, channels=list(one.channels), state=one.state, people=one.people,
        made_by=one.made_by, made_at=one.made_at, first_by=one.first_by, first_at=one.first_at,
        released_by=one.released_by, released_at=one.released_at, expires=message.expires,
        ends_at=one.ends_at, over_by=one.over_by, over_at=one.over_at, over_why=one.over_why,
    )  # fmt: skip


def checked_view(one: CheckedMessage) -> CheckedView:
    message, verdict = one.message, one.verdict
    return CheckedView(
        identifier=message.identifier, sender=message.sender, status=message.status,
        msg_type=message.msg_type, headline=headline_of(message), signed=one.signed, effect=verdict.effect,
        people=verdict.people, refusals=list(verdict.refusals),
    )  # fmt: skip


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
