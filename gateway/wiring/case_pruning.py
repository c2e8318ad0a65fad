"""Fills what pruning of cases needs: legal holds of the ledger, and which photos inspectors took."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.pruning.service import CasePruning
from cases.settings import CasesSettings
from cdr.filings.cases import held_cases
from core.storage import Storage
from gateway.wiring.inspectors import KeptOfTasks


class HoldsOfCases:
    """Fills `cases.pruning.ports.CaseHolds`."""

    async def held(self, connection: AsyncConnection, case_ids: Collection[UUID]) -> Collection[UUID]:
        return await held_cases(connection, case_ids)


def case_pruning(storage: Storage, settings: CasesSettings) -> CasePruning:
    """For a command: without the service."""
    return CasePruning(storage, settings.pruning, HoldsOfCases(), KeptOfTasks(storage))
