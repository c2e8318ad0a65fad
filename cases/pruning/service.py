"""Deletes what stands beside cases that are long over, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.pruning import store
from cases.pruning.ports import CaseHolds, PhotosOfTask
from cases.pruning.settings import CasePruningSettings
from core.log import logger
from core.metrics import counter
from core.storage import Storage

_log = logger("cases")
_pruned = counter("case_pruned", "What went because its case is long over", ["kind"])
PAGE: Final = 200


class OfCase(Protocol):
    @property
    def case_id(self) -> UUID | None: ...


R = TypeVar("R", bound=OfCase)


@dataclass(slots=True)
class CasePruningReport:
    """How many of each went, or would go; `held` are tasks and orders that are old and under a legal hold."""

    dry_run: bool
    verifications: int = 0
    orders: int = 0
    reconciliations: int = 0
    held: int = 0


class CasePruning:
    def __init__(
        self, storage: Storage, settings: CasePruningSettings, holds: CaseHolds, photos: PhotosOfTask
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._holds = holds
        self._photos = photos

    async def run_once(self, *, dry_run: bool = False) -> CasePruningReport:
        """Look at all that may be old. Interrupted, it goes on where it was. Raises `StorageAway`."""
        report = CasePruningReport(dry_run)
        now = self._storage.clock.now()
        await self._tasks(now - timedelta(days=self._settings.verifications_days), report)
        await self._orders(now - timedelta(days=self._settings.orders_days), report)
        await self._comparisons(now - timedelta(days=self._settings.reconciliations_days), report)
        if not dry_run and (report.verifications or report.orders or report.reconciliations):
            _log.info(
                "old tasks and orders of cases went", verifications=report.verifications,
                orders=report.orders, reconciliations=report.reconciliations, held=report.held,
            )  # fmt: skip
        return report

    async def _tasks(self, before: datetime, report: CasePruningReport) -> None:
        last: UUID | None = None
        while True:
            async with self._storage.read() as connection:
                page = await store.old_tasks(connection, before, last, PAGE)
            if not page:
                return
            last = page[-1].task_id
            # A task with photos stays: by it they are known as an inspector's, and are not shown to others.
            bare = [one for one in page if not await self._photos.of_task(one.task_id)]
            async with self._storage.write() as transaction:
                free = await self._free(transaction.connection, bare, before, report)
                if not report.dry_run:
                    await store.drop_tasks(transaction.connection, [one.task_id for one in free])
            report.verifications += self._counted("verifications", len(free), report)

    async def _orders(self, before: datetime, report: CasePruningReport) -> None:
        last = ""
        while True:
            async with self._storage.read() as connection:
                page = await store.old_orders(connection, before, last, PAGE)
            if not page:
                return
            last = page[-1].reference
            async with self._storage.write() as transaction:
                free = await self._free(transaction.connection, page, before, report)
                if not report.dry_run:
                    await store.drop_orders(transaction.connection, [one.reference for one in free])
            report.orders += self._counted("orders", len(free), report)

    async def _comparisons(self, before: datetime, report: CasePruningReport) -> None:
        last = ""
        while True:
            async with self._storage.write() as transaction:
                connection = transaction.connection
                page = await store.old_comparisons(connection, before.date(), last, PAGE)
                if not page:
                    return
                last = page[-1].day.isoformat()
                named = frozenset[str]().union(*(one.references for one in page))
                still = await store.open_orders(connection, named)
                free = [one.day for one in page if not one.references & still]
                if not report.dry_run:
                    await store.drop_comparisons(connection, free)
            report.reconciliations += self._counted("reconciliations", len(free), report)

    async def _free(
        self, connection: AsyncConnection, rows: Sequence[R], before: datetime, report: CasePruningReport
    ) -> list[R]:
        """Those of no case, or of one that is over and under no hold; within the transaction that deletes."""
        known = {one.case_id for one in rows if one.case_id is not None}
        over = await store.finished(connection, known, before)
        old = [one for one in rows if one.case_id is None or one.case_id in over]
        held = set(await self._holds.held(connection, over)) if over else set()
        free = [one for one in old if one.case_id not in held]
        report.held += len(old) - len(free)
        return free

    @staticmethod
    def _counted(kind: str, many: int, report: CasePruningReport) -> int:
        if many and not report.dry_run:
            _pruned.labels(kind).inc(many)
        return many
