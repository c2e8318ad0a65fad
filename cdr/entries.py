"""Stores filings of other rooms in the ledger, a whole batch in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cdr.agents import store as agent_states
from cdr.agents.store import AgentStateRow
from cdr.calls import store as calls
from cdr.cel import store as cel
from cdr.filings import store as filings
from cdr.filings.store import FilingRecord
from cdr.reports import marks
from core.storage import Transaction


class Entries:
    """Writes entries; a record that is in the ledger already is not written again."""

    def __init__(self, transaction: Transaction, system_name: str, now: datetime) -> None:
        self._transaction = transaction
        self._system_name = system_name
        self._now = now
        self._figures: set[UUID] = set()

    async def finish(self) -> None:
        """Mark the calls whose figures have changed. `Ledger.entries` does this last, once and in order: on
        PostgreSQL two who mark would else wait for each other in a circle.
        """
        await marks.on_call(self._transaction, self._figures, self._now)

    async def file(self, handed_in: Sequence[FilingRecord]) -> int:
        """How many were new."""
        new = await filings.add(self._transaction, handed_in, self._now)
        self._figures |= marks.of_filings((filing.kind, filing.call_ids) for filing in new)
        return len(new)

    async def link(self, subject: str, call_id: UUID) -> None:
        """A thing that is filed already belongs to this call too. `subject` is `kind:id`."""
        await filings.link(self._transaction.connection, subject, call_id)

    async def agent_states(self, rows: Sequence[AgentStateRow]) -> int:
        """How many were new."""
        new = await agent_states.add(self._transaction, rows, self._now)
        self._figures |= await marks.on_agent_states(self._transaction, new)
        return len(new)

    async def join(self, linkedids: Sequence[str]) -> None:
        """These linkedids are one call, whatever the lines say; the first gave it its id."""
        connection = self._transaction.connection
        if await calls.join(connection, self._system_name, linkedids, self._now):
            await cel.mark(connection, self._system_name, linkedids[:1], self._now)

    async def confidential(self, marked: Mapping[UUID, bool], by: str) -> None:
        """Set or lift the marks of these calls; no change is no entry."""
        await calls.mark_confidential(self._transaction, marked, by, self._now)
