"""An entry of a trace, and the ids by which its entries are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

TraceSource = Literal["ledger", "case", "event", "audit", "log"]
SHORTEST_ID: Final = 6
"""Shorter words stand in any line."""


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """`what`: a word of the ledger, an act, an event's type, an audited action, the phrase of a log line."""

    at: datetime
    source: TraceSource
    what: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "source": self.source,
            "what": self.what,
            "detail": dict(self.detail),
        }


@dataclass(slots=True)
class TraceIds:
    """What hangs together: every name of the calls and cases, and of their parts."""

    calls: list[UUID] = field(default_factory=list)
    """With the names of calls that were merged."""
    cases: list[UUID] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Of all: ids, linkedids, uniqueids, channels, numbers of cases."""

    def add(self, words: Iterable[object]) -> None:
        self.words.update(text for one in words if len(text := str(one or "")) >= SHORTEST_ID)
