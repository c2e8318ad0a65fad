"""What must still be known of a call after it has ended: who took part, and what was said about it."""

from __future__ import annotations

from uuid import UUID

from hotline.events import DispositionKind


class RecentCalls:
    """The last `limit` ended calls, and the dispositions of as many calls, live or ended."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._agents: dict[UUID, frozenset[str]] = {}
        self._confidential: dict[UUID, None] = {}
        self._kinds: dict[UUID, DispositionKind] = {}

    def __contains__(self, call_id: UUID) -> bool:
        return call_id in self._agents

    def add(self, call_id: UUID, agents: frozenset[str], *, confidential: bool) -> None:
        self._agents[call_id] = agents
        if confidential:
            self._confidential[call_id] = None
        if len(self._agents) > self._limit:
            oldest = next(iter(self._agents))
            del self._agents[oldest]
            self._confidential.pop(oldest, None)

    def said(self, call_id: UUID, kind: DispositionKind) -> None:
        self._kinds[call_id] = kind
        if len(self._kinds) > self._limit:
            del self._kinds[next(iter(self._kinds))]

    def agents(self, call_id: UUID) -> frozenset[str]:
        """Who talked in it; nobody for a call that is too long ago."""
        return self._agents.get(call_id, frozenset())

    def confidential(self, call_id: UUID) -> bool:
        """Whether the call was marked confidential."""
        return call_id in self._confidential

    def kind(self, call_id: UUID) -> DispositionKind | None:
        """Its disposition; None while it has none."""
        return self._kinds.get(call_id)
