"""Routes of pictures that cameras take."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from core.actor import Actor
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.ports import CurrentUser
from sensing.snapshots.pairs import SnapshotPairs
from sensing.snapshots.service import CameraSnapshots
from sensing.snapshots.store import CameraSnapshot, SnapshotMoment


class SnapshotRequest(OperationRequest):
    """`case_number` is empty for a look that is of no case."""

    case_number: str = Field(default="", max_length=32)


class SnapshotMark(Frozen):
    """Empty: neither."""

    moment: SnapshotMoment


class SnapshotView(Frozen):
    """`sha256` is of the stored picture; `moment`: before the work, after it, or empty."""

    snapshot_id: UUID
    code: str
    case_id: UUID | None
    case_number: str
    taken_at: datetime
    taken_by: str
    sha256: str
    size: int
    moment: SnapshotMoment


class SnapshotList(Frozen):
    snapshots: list[SnapshotView]


def snapshot_routes(snapshots: CameraSnapshots, pairs: SnapshotPairs, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["cameras"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/cameras/{code}/snapshots", status_code=201)
    async def take(code: str, body: SnapshotRequest, actor: person) -> SnapshotView:
        """A picture of now, stored as a photo of the case; audited."""
        return _view(await snapshots.take(actor, code, body.case_number, op_id=body.op_id))

    @routes.get("/snapshots")
    async def listed(case_id: UUID, actor: person) -> SnapshotList:
        """What cameras took for a case, the newest first."""
        return SnapshotList(snapshots=[_view(one) for one in await snapshots.of_case(actor, case_id)])

    @routes.get("/snapshots/{snapshot_id}", response_class=Response)
    async def look(snapshot_id: UUID, actor: person) -> Response:
        """The picture; audited."""
        kind, data = await snapshots.look(actor, snapshot_id)
        name = f"{snapshot_id}.{'png' if kind == 'image/png' else 'jpg'}"
        return Response(data, media_type=kind, headers={"Content-Disposition": f"inline; filename={name}"})

    @routes.post("/snapshots/{snapshot_id}/moment")
    async def mark(snapshot_id: UUID, body: SnapshotMark, actor: person) -> SnapshotView:
        """It is the picture of its case before or after the work; another one is no longer. Audited."""
        return _view(await pairs.mark(actor, snapshot_id, body.moment))

    return routes


def _view(one: CameraSnapshot) -> SnapshotView:
    return SnapshotView(
        snapshot_id=one.snapshot_id, code=one.code, case_id=one.case_id, case_number=one.case_number,
        taken_at=one.taken_at, taken_by=one.taken_by, sha256=one.sha256, size=one.size,
        moment=one.moment,
    )  # fmt: skip
