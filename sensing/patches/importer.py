"""Imports a file with change patches: the good ones, once, however often it is repeated or interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from pydantic import Field

from core.actor import Actor
from core.audit import TransactionAudit
from core.metrics import counter
from core.models import Frozen
from core.storage import Storage
from sensing import rights
from sensing.patches import store
from sensing.patches.check import PatchCheck, PatchLimits
from sensing.patches.model import ChangePatch, PatchProblem, RawFeature, import_id_of
from sensing.patches.ports import CityOfPatches
from sensing.patches.reading.files import digest_of, opened
from sensing.patches.reading.limits import OpenedPatches, PatchesUnreadable
from sensing.patches.store import PatchImport
from sensing.settings import SensingSettings

CHUNK: Final = 2_000
MOST_TOLD: Final = 1_000
MOST_KEPT: Final = 200
_imported = counter("sensing_patches", "Change patches of imports by what became of them", ["fate"])


class RefusedFeature(Frozen):
    """`feature` counts from 1, in the order of the file."""

    feature: int
    source_id: str
    cause: str
    remedy: str


class PatchImportReport(Frozen):
    """`problems` are the first 1,000 of the `refused`. `same`: they were imported before. `already`: so was
    the whole file, and nothing was looked at.
    """

    import_id: UUID
    file: str
    form: str
    crs: str
    features: int
    added: int
    same: int
    refused: int
    applied: bool
    already: bool = False
    problems: list[RefusedFeature] = Field(default_factory=list)


class PatchImporter:
    """`city` says where patches lie and which cases are near."""

    def __init__(
        self, storage: Storage, audit: TransactionAudit, city: CityOfPatches, settings: SensingSettings
    ) -> None:
        self._storage = storage
        self._audit = audit
        self._city = city
        self._most_bytes = settings.patch_file_mb << 20
        self._limits = PatchLimits(
            settings.patch_area_km2 * 1e6, settings.patch_vertices, settings.patch_near_m
        )

    async def import_file(
        self, actor: Actor, path: Path, *, crs: str = "", dry_run: bool = False
    ) -> PatchImportReport:
        """Raises `Forbidden`, `PatchesUnreadable`, `StorageAway`."""
        rights.IMPORT_PATCHES.check(actor)
        if not self._city.has_cells:
            raise PatchesUnreadable("the city has no cells", remedy="make them: songhua grid build")
        sha256 = await asyncio.to_thread(digest_of, path)
        import_id = import_id_of(sha256, crs)
        async with self._storage.read() as connection:
            before = await store.find_import(connection, import_id)
        if before is not None and before.finished_at is not None:
            return _already(before)
        source = await asyncio.to_thread(opened, path, most_bytes=self._most_bytes, crs=crs)
        began = PatchImport(
            import_id, path.name[:200], sha256, source.form, str(source.crs.name)[:120],
            self._storage.clock.now(), None, actor.id,
        )  # fmt: skip
        if not dry_run:
            async with self._storage.write() as transaction:
                await store.begin(transaction, began)
        counted, problems = await self._chunks(source, began, dry_run=dry_run)
        if not dry_run:
            await self._finish(actor, counted, problems)
        told = [RefusedFeature(**asdict(one)) for one in problems[:MOST_TOLD]]
        return _report(counted, told, applied=not dry_run)

    async def _chunks(
        self, source: OpenedPatches, began: PatchImport, *, dry_run: bool
    ) -> tuple[PatchImport, list[PatchProblem]]:
        """What is good is stored chunk by chunk: an interrupted import goes on where it was."""
        cases = await self._city.open_cases()
        today = self._storage.clock.now().date()
        check = PatchCheck(source.crs, self._limits, self._city.place_at, cases, today)
        features = iter(source.features)
        problems: list[PatchProblem] = []
        counted = began
        seen: set[UUID] = set()
        while chunk := await asyncio.to_thread(_next, features):
            good, refused = await asyncio.to_thread(check.check, chunk)
            problems += refused
            new, same = await self._keep(began.import_id, good, seen, dry_run=dry_run)
            counted = replace(
                counted,
                features=counted.features + len(chunk),
                added=counted.added + new,
                same=counted.same + same,
                refused=counted.refused + len(refused),
            )
        return counted, problems

    async def _keep(
        self, import_id: UUID, good: list[ChangePatch], seen: set[UUID], *, dry_run: bool
    ) -> tuple[int, int]:
        """How many are this import's, and how many another's or stand twice in the file."""
        unique = {one.patch_id: one for one in reversed(good) if one.patch_id not in seen}
        seen.update(unique)
        if dry_run:
            async with self._storage.read() as connection:
                held = await store.known(connection, unique)
        else:
            async with self._storage.write() as transaction:
                held = await store.known(transaction.connection, unique)
                new = [one for patch_id, one in unique.items() if patch_id not in held]
                await store.add(transaction, import_id, new)
        own = sum(held.get(patch_id, import_id) == import_id for patch_id in unique)
        return own, len(good) - own

    async def _finish(self, actor: Actor, counted: PatchImport, problems: list[PatchProblem]) -> None:
        done = replace(
            counted,
            finished_at=self._storage.clock.now(),
            problems=[asdict(one) for one in problems[:MOST_KEPT]],
        )
        counts = {name: getattr(done, name) for name in ("features", "added", "same", "refused")}
        async with self._storage.write() as transaction:
            await store.finish(transaction, done)
            about = f"patches:{done.import_id}"
            await self._audit.record_in(
                transaction, actor, "patches.import", about, {"file": done.file, **counts}
            )
        for fate in ("added", "same", "refused"):
            _imported.labels(fate).inc(counts[fate])


def _next(features: Iterator[RawFeature]) -> list[RawFeature]:
    return list(islice(features, CHUNK))


def _already(before: PatchImport) -> PatchImportReport:
    told = [RefusedFeature.model_validate(one) for one in before.problems]
    return _report(replace(before, added=0, same=before.added + before.same), told, applied=False).model_copy(
        update={"already": True}
    )


def _report(one: PatchImport, problems: list[RefusedFeature], *, applied: bool) -> PatchImportReport:
    return PatchImportReport(
        import_id=one.import_id, file=one.file, form=one.form, crs=one.crs, features=one.features,
        added=one.added, same=one.same, refused=one.refused, applied=applied, problems=problems,
    )  # fmt: skip
