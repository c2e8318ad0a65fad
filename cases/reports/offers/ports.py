"""What offers of reports need of the telephone; `gateway/wiring/report_agents.py` supplies it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cases.reports.offers.model import FreeAgent


class ReportAgents(Protocol):
    def free(self) -> Sequence[FreeAgent]:
        """Agents whom no call needs: ready at an open desk, reserved for nothing, and nobody waits in a queue
        that they serve. Without `holds`.
        """
        ...

    def queue(self, name: str) -> str:
        """The queue of this name; for an empty one the first of the centre."""
        ...


class NoReportAgents:
    """Without a telephone nobody is known to be free: reports stay in their queue."""

    def free(self) -> Sequence[FreeAgent]:
        return ()

    def queue(self, name: str) -> str:
        return name
