"""Routes of change patches."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from core.actor import Actor
from core.errors import Invalid
from core.models import Frozen
from core.operations import OperationRequest
from core.routes import RoomRouter
from sensing.patches.drawn import Box
from sensing.patches.drawn import drawn as drawn_outlines
from sensing.patches.importer import RefusedFeature
from sensing.patches.model import PatchResult
from sensing.patches.service import MOST_LISTED, ChangePatches, ShownImport
from sensing.patches.store import PatchImport, PatchTask, StoredPatch
from sensing.ports import CurrentUser


class PatchImportView(Frozen):
    """`problems` are the first of the refused features; without `finished_at` it was interrupted."""

    import_id: UUID
    file: str
    form: str
    crs: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    features: int
    added: int
    same: int
    refused: int
    problems: list[RefusedFeature] = Field(default_factory=list)


class PatchImportList(BaseModel):
    """The newest first, without problems."""

    imports: list[PatchImportView]


class PatchTaskView(Frozen):
    """`state` is that of the verification task; `asking`: there is none yet, `over`: its draft is decided."""

    draft_id: UUID
    beat: str
    task_id: UUID | None
    unit_id: str
    unit_name: str
    state: str
    released_by: str
    released_at: datetime


class PatchBeatView(Frozen):
    """Patches of one beat, `beat` empty for those of none; `waiting` have neither task nor result."""

    beat: str
    beat_name: str
    patches: int
    waiting: int
    real: int
    not_real: int
    cases: int
    tasks: list[PatchTaskView]


class PatchImportPage(BaseModel):
    found: PatchImportView
    beats: list[PatchBeatView]


class NearCaseView(Frozen):
    case_id: UUID
    number: str


class ChangePatchView(Frozen):
    """`outline` is GeoJSON in WGS-84 degrees; `near` are open cases near it when it was imported; `place` is
    its number in the inspector's list, 0 without a task.
    """

    patch_id: UUID
    import_id: UUID
    number: int
    source_id: str
    kind: str
    before: date | None
    after: date | None
    district: str
    cell: str
    beat: str
    beat_name: str
    lon: float
    lat: float
    area_m2: float
    outline: dict[str, Any]
    near: list[NearCaseView]
    draft_id: UUID | None
    place: int
    result: PatchResult
    result_by: str
    result_at: datetime | None
    case_id: UUID | None


class ChangePatchList(BaseModel):
    """`more`: there are others that are not in the list."""

    patches: list[ChangePatchView]
    more: bool


class ReleasePatches(OperationRequest):
    beat: str = Field(max_length=64)


class DecidePatch(BaseModel):
    real: bool


def patch_routes(patches: ChangePatches, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/change-patches", tags=["change-patches"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("")
    async def listed(
        actor: person,
        import_id: UUID | None = None,
        beat: Annotated[str | None, Query(max_length=64)] = None,
        west: Annotated[float | None, Query(ge=-180, le=180)] = None,
        south: Annotated[float | None, Query(ge=-90, le=90)] = None,
        east: Annotated[float | None, Query(ge=-180, le=180)] = None,
        north: Annotated[float | None, Query(ge=-90, le=90)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = MOST_LISTED,
        drawn: bool = False,
    ) -> ChangePatchList:
        """Patches of an import, of a beat, or within a box of degrees, of a box the undecided first. `drawn`:
        with outlines as a map of the box shows them.
        """
        box = None
        if west is not None and south is not None and east is not None and north is not None:
            box = (west, south, east, north)
        elif {west, south, east, north} != {None}:
            raise Invalid("a side of the box is missing", remedy="give west, south, east and north")
        if drawn and box is None:
            raise Invalid("no box", remedy="give west, south, east and north of what the map shows")
        found = await patches.listed(actor, import_id=import_id, beat=beat, box=box, limit=limit + 1)
        # Outlines are read beside the loop: calls go on meanwhile.
        shown = await asyncio.to_thread(patch_views, found[:limit], box if drawn else None)
        return ChangePatchList(patches=shown, more=len(found) > len(shown))

    @routes.get("/imports")
    async def imports(actor: person) -> PatchImportList:
        found = await patches.imports(actor)
        return PatchImportList(imports=[import_view(one, problems=False) for one in found])

    @routes.get("/imports/{import_id}")
    async def one(import_id: UUID, actor: person) -> PatchImportPage:
        """An import, and its patches counted by beat."""
        return page_of(await patches.one(actor, import_id))

    @routes.post("/imports/{import_id}/release", status_code=201)
    async def release(import_id: UUID, body: ReleasePatches, actor: person) -> PatchTaskView:
        """Have an inspector look at the next places of a beat; audited."""
        return _task(await patches.release(actor, import_id, body.beat, op_id=body.op_id))

    @routes.post("/{patch_id}/outcome")
    async def decide(patch_id: UUID, body: DecidePatch, actor: person) -> ChangePatchView:
        """Say whether it is real; audited."""
        decided = await patches.decide(actor, patch_id, real=body.real)
        (shown,) = await asyncio.to_thread(patch_views, [decided], None)
        return shown

    return routes


def page_of(shown: ShownImport) -> PatchImportPage:
    return PatchImportPage(
        found=import_view(shown.found, problems=True),
        beats=[
            PatchBeatView(
                beat=one.beat, beat_name=one.beat_name, patches=one.patches, waiting=one.waiting,
                real=one.real, not_real=one.not_real, cases=one.cases,
                tasks=[_task(task) for task in shown.tasks if task.beat == one.beat],
            )
            for one in shown.beats
        ],
    )  # fmt: skip


def import_view(one: PatchImport, *, problems: bool) -> PatchImportView:
    told = [RefusedFeature.model_validate(row) for row in one.problems] if problems else []
    return PatchImportView(
        import_id=one.import_id, file=one.file, form=one.form, crs=one.crs, started_at=one.started_at,
        finished_at=one.finished_at, started_by=one.started_by, features=one.features, added=one.added,
        same=one.same, refused=one.refused, problems=told,
    )  # fmt: skip


def patch_views(found: Sequence[StoredPatch], box: Box | None) -> list[ChangePatchView]:
    """With whole outlines; for a map that shows `box` the first of them as it draws them."""
    import shapely  # noqa: PLC0415  (takes half a second)

    if box is not None:
        outlines = drawn_outlines([one.outline for one in found], box)
    else:
        outlines = [shapely.geometry.mapping(shapely.from_wkb(bytes(one.outline))) for one in found]
    return [_patch(one, outline) for one, outline in zip(found, outlines, strict=False)]


def _patch(one: StoredPatch, outline: dict[str, Any]) -> ChangePatchView:
    return ChangePatchView(
        patch_id=one.patch_id, import_id=one.import_id, number=one.number, source_id=one.source_id,
        kind=one.kind, before=one.before, after=one.after, district=one.district, cell=one.cell,
        beat=one.beat, beat_name=one.beat_name, lon=one.lon, lat=one.lat, area_m2=one.area_m2,
        outline=outline,
        near=[NearCaseView.model_validate(near) for near in one.near],
        draft_id=one.draft_id, place=one.place, result=PatchResult(one.result), result_by=one.result_by,
        result_at=one.result_at, case_id=one.case_id,
    )  # fmt: skip


def _task(one: PatchTask) -> PatchTaskView:
    return PatchTaskView(
        draft_id=one.draft_id, beat=one.beat, task_id=one.task_id, unit_id=one.unit_id,
        unit_name=one.unit_name, state=one.state, released_by=one.released_by, released_at=one.released_at,
    )  # fmt: skip
