"""Which calls are over: what is said to come of them later makes nothing that stays in memory."""

from __future__ import annotations

from uuid import UUID

MOST = 4_096
"""Calls that are remembered, the last ones: their last words come within seconds."""


class EndedCalls:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._calls: dict[UUID, None] = {}

    def __contains__(self, call_id: UUID) -> bool:
        return call_id in self._calls

    def add(self, call_id: UUID) -> None:
        """Note that the call is over; the oldest are forgotten beyond a limit."""
        self._calls[call_id] = None
        if len(self._calls) > self._most:
            del self._calls[next(iter(self._calls))]
