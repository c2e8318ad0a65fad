"""Imports, patches and their tasks in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import VerificationState
from core.storage import Transaction
from core.storage.dialect import insert_if_new, insert_missing
from sensing.patches.model import ChangePatch, PatchResult
from sensing.tables import patch_imports, patch_tasks, patches

ASKING: Final = "asking"
OVER: Final = "over"
AGAIN: Final = frozenset({ASKING, VerificationState.DECLINED.value, VerificationState.RECALLED.value})
"""States of a task in which another release asks again for the same places."""
ENDED: Final = frozenset({OVER, VerificationState.ANSWERED.value})


@dataclass(frozen=True, slots=True)
class PatchImport:
    """Counts are those of the whole file; `problems` are the first of its refused features."""

    import_id: UUID
    file: str
    sha256: str
    form: str
    crs: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    features: int = 0
    added: int = 0
    same: int = 0
    refused: int = 0
    problems: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True, slots=True)
class StoredPatch:
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
    outline: bytes
    near: Sequence[Mapping[str, str]]
    draft_id: UUID | None
    place: int
    result: str
    result_by: str
    result_at: datetime | None
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class PatchTask:
    """A task for an inspector; `task_id` is that of the verification task once there is one."""

    draft_id: UUID
    import_id: UUID
    beat: str
    op_id: UUID
    task_id: UUID | None
    unit_id: str
    unit_name: str
    state: str
    released_by: str
    released_at: datetime


@dataclass(frozen=True, slots=True)
class BeatCount:
    """Patches of an import in one beat; `waiting` have neither task nor result."""

    beat: str
    beat_name: str
    patches: int
    waiting: int
    real: int
    not_real: int
    cases: int


# --- imports ---------------------------------------------------------------------------------------


async def begin(transaction: Transaction, one: PatchImport) -> None:
    """Once for each id."""
    await insert_if_new(transaction.connection, patch_imports, asdict(one) | {"problems": []})


async def finish(transaction: Transaction, one: PatchImport) -> None:
    counted = {name: getattr(one, name) for name in ("features", "added", "same", "refused", "finished_at")}
    of_it = patch_imports.c.import_id == one.import_id
    await transaction.connection.execute(
        update(patch_imports).where(of_it).values(**counted, problems=list(one.problems))
    )


async def find_import(connection: AsyncConnection, import_id: UUID) -> PatchImport | None:
    row = (
        await connection.execute(select(patch_imports).where(patch_imports.c.import_id == import_id))
    ).first()
    return None if row is None else PatchImport(**row._mapping)  # noqa: SLF001


async def imports(connection: AsyncConnection, limit: int) -> list[PatchImport]:
    """The newest first."""
    wanted = select(patch_imports).order_by(patch_imports.c.started_at.desc()).limit(limit)
    return [PatchImport(**row._mapping) for row in await connection.execute(wanted)]  # noqa: SLF001


async def add(transaction: Transaction, import_id: UUID, found: Sequence[ChangePatch]) -> None:
    """Those that are not there yet."""
    rows = [
        {
            "patch_id": one.patch_id, "import_id": import_id, "number": one.number,
            "source_id": one.source_id, "kind": one.kind, "before": one.before, "after": one.after,
            "district": one.district, "cell": one.cell, "beat": one.beat, "beat_name": one.beat_name,
            "lon": one.lon, "lat": one.lat, "area_m2": one.area_m2, "outline": one.outline,
            "near": [{"case_id": str(near.case_id), "number": near.number} for near in one.near],
            "draft_id": None, "place": 0, "result": "", "result_by": "", "result_at": None, "case_id": None,
        }
        for one in sorted(found, key=lambda one: one.patch_id)
    ]  # fmt: skip
    await insert_missing(transaction.connection, patches, rows, keys=["patch_id"])


async def known(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these patches that are there, each with its import."""
    wanted = select(patches.c.patch_id, patches.c.import_id).where(patches.c.patch_id.in_(list(ids)))
    return {row.patch_id: row.import_id for row in await connection.execute(wanted)}


# --- patches ---------------------------------------------------------------------------------------


async def beats(connection: AsyncConnection, import_id: UUID, districts: Collection[str]) -> list[BeatCount]:
    """Those with patches of these districts (none: all), by name of the beat."""

    def number(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    result = patches.c.result
    waits = patches.c.draft_id.is_(None) & (result == "")
    wanted = select(
        patches.c.beat, func.max(patches.c.beat_name), func.count(), number(waits),
        number(result == PatchResult.REAL.value), number(result == PatchResult.NOT_REAL.value),
        number(result == PatchResult.CASE.value),
    ).where(patches.c.import_id == import_id)  # fmt: skip
    rows = await connection.execute(_within(wanted, districts).group_by(patches.c.beat))
    return sorted(
        (BeatCount(*row) for row in rows), key=lambda one: (one.beat == "", one.beat_name, one.beat)
    )


async def listed(
    connection: AsyncConnection,
    *,
    import_id: UUID | None = None,
    beat: str | None = None,
    box: tuple[float, float, float, float] | None = None,
    districts: Collection[str] = (),
    limit: int,
) -> list[StoredPatch]:
    """By import and number, of a `box` (west, south, east, north) the undecided first."""
    wanted = _within(select(patches), districts)
    if import_id is not None:
        wanted = wanted.where(patches.c.import_id == import_id)
    if beat is not None:
        wanted = wanted.where(patches.c.beat == beat)
    if box is not None:
        west, south, east, north = box
        wanted = wanted.where(patches.c.lat.between(south, north), patches.c.lon.between(west, east))
    decided = [] if box is None else [case((patches.c.result == PatchResult.OPEN.value, 0), else_=1)]
    ordered = wanted.order_by(*decided, patches.c.import_id, patches.c.number)
    return [_patch(row) for row in await connection.execute(ordered.limit(limit))]


async def find(connection: AsyncConnection, patch_id: UUID, *, lock: bool = False) -> StoredPatch | None:
    wanted = select(patches).where(patches.c.patch_id == patch_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).first()
    return None if row is None else _patch(row)


async def waiting(
    connection: AsyncConnection, import_id: UUID, beat: str, districts: Collection[str], limit: int
) -> list[StoredPatch]:
    """Without task and result, by number."""
    wanted = select(patches).where(
        patches.c.import_id == import_id, patches.c.beat == beat, patches.c.draft_id.is_(None),
        patches.c.result == "",
    )  # fmt: skip
    rows = await connection.execute(_within(wanted, districts).order_by(patches.c.number).limit(limit))
    return [_patch(row) for row in rows]


async def of_task(connection: AsyncConnection, draft_id: UUID) -> list[StoredPatch]:
    """By their place in the list."""
    wanted = select(patches).where(patches.c.draft_id == draft_id).order_by(patches.c.place)
    return [_patch(row) for row in await connection.execute(wanted)]


async def put_into_task(transaction: Transaction, draft_id: UUID, ids: Sequence[UUID]) -> None:
    for place, patch_id in enumerate(ids, start=1):
        of_it = patches.c.patch_id == patch_id
        await transaction.connection.execute(
            update(patches).where(of_it).values(draft_id=draft_id, place=place)
        )


async def decide(
    transaction: Transaction,
    patch_id: UUID,
    result: PatchResult,
    by: str,
    at: datetime,
    case_id: UUID | None = None,
) -> None:
    values: dict[str, Any] = {"result": result.value, "result_by": by[:80], "result_at": at}
    if case_id is not None:
        values["case_id"] = case_id
    await transaction.connection.execute(
        update(patches).where(patches.c.patch_id == patch_id).values(**values)
    )


# --- tasks -----------------------------------------------------------------------------------------


async def add_task(transaction: Transaction, one: PatchTask) -> None:
    await insert_if_new(transaction.connection, patch_tasks, asdict(one))


async def tasks(connection: AsyncConnection, import_id: UUID, beat: str | None = None) -> list[PatchTask]:
    """The oldest first."""
    wanted = select(patch_tasks).where(patch_tasks.c.import_id == import_id)
    if beat is not None:
        wanted = wanted.where(patch_tasks.c.beat == beat)
    rows = await connection.execute(wanted.order_by(patch_tasks.c.released_at))
    return [PatchTask(**row._mapping) for row in rows]  # noqa: SLF001


async def task_of(
    connection: AsyncConnection,
    *,
    draft_id: UUID | None = None,
    op_id: UUID | None = None,
    locked: bool = False,
) -> PatchTask | None:
    """`locked`: until the transaction ends."""
    of_it = patch_tasks.c.draft_id == draft_id if draft_id is not None else patch_tasks.c.op_id == op_id
    query = select(patch_tasks).where(of_it)
    row = (await connection.execute(query.with_for_update() if locked else query)).first()
    return None if row is None else PatchTask(**row._mapping)  # noqa: SLF001


async def save_task(transaction: Transaction, one: PatchTask) -> None:
    of_it = patch_tasks.c.draft_id == one.draft_id
    await transaction.connection.execute(update(patch_tasks).where(of_it).values(**asdict(one)))


def _within(wanted: Select[Any], districts: Collection[str]) -> Select[Any]:
    return wanted.where(patches.c.district.in_(sorted(districts))) if districts else wanted


def _patch(row: Row[Any]) -> StoredPatch:
    return StoredPatch(**row._mapping)  # noqa: SLF001
