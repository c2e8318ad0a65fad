"""The ledger's tables whose records are in the hash chain."""

from __future__ import annotations

from cdr.agents.store import AGENT_STATES
from cdr.calls.store import CALLS, LEGS, MARKS
from cdr.chain.erase import ERASURES
from cdr.chain.records import SealedTable
from cdr.filings.store import FILINGS
from cdr.recordings.store import RECORDINGS
from cdr.retention.store import LEGAL_HOLDS
from cdr.transcripts.store import GAPS, SEGMENTS
from cdr.transmissions.store import TALKS

SEALED: tuple[SealedTable, ...] = (
    CALLS,
    LEGS,
    RECORDINGS,
    SEGMENTS,
    GAPS,
    FILINGS,
    MARKS,
    AGENT_STATES,
    LEGAL_HOLDS,
    TALKS,
    ERASURES,
)
