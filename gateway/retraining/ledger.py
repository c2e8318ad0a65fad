"""Fills `cases.learning.ports.CallLedger`: erased data of a call, and whether it is confidential."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.learning.ports import CallRetention
from cdr.calls import store as calls
from cdr.filings.secrecy import calls_of_confidential_cases
from cdr.retention.model import RetentionKind
from cdr.retention.store import done

_PAGE = 400


class LedgerCallStates:
    async def kept(
        self, connection: AsyncConnection, wanted: Collection[UUID]
    ) -> Mapping[UUID, CallRetention]:
        """Under any of its ids: a call that was merged is one call."""
        out: dict[UUID, CallRetention] = {}
        ids = sorted(wanted)
        for at in range(0, len(ids), _PAGE):
            out |= await self._page(connection, ids[at : at + _PAGE])
        return out

    async def _page(self, connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, CallRetention]:
        now = await _leads_to(connection, ids)
        names: dict[UUID, set[UUID]] = {one: {one, now.get(one, one)} for one in ids}
        alias = calls.aliases.c
        for row in await connection.execute(
            select(alias.alias, alias.call_id).where(alias.call_id.in_(list(set(now.values()))))
        ):
            for one in ids:
                if now.get(one) == row.call_id:
                    names[one].add(row.alias)
        every = list({name for found in names.values() for name in found})
        kinds: dict[UUID, set[str]] = defaultdict(set)
        for row in await connection.execute(
            select(done.c.call_id, done.c.kind).where(done.c.call_id.in_(every))
        ):
            kinds[row.call_id].add(row.kind)
        marked = await connection.execute(
            select(calls.marks.c.call_id).where(calls.marks.c.call_id.in_(every), calls.marks.c.confidential)
        )
        confidential = set(marked.scalars())
        confidential |= set((await connection.execute(calls_of_confidential_cases(every))).scalars())
        out: dict[UUID, CallRetention] = {}
        for one, found in names.items():
            erased = {kind for name in found for kind in kinds.get(name, ())}
            kept = CallRetention(
                confidential=not found.isdisjoint(confidential),
                words_gone=RetentionKind.TRANSCRIPTS.value in erased,
                erased=RetentionKind.PERSONAL.value in erased,
            )
            if kept != CallRetention():
                out[one] = kept
        return out


async def _leads_to(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    alias = calls.aliases.c
    found = await connection.execute(select(alias.alias, alias.call_id).where(alias.alias.in_(list(ids))))
    return {row.alias: row.call_id for row in found}
