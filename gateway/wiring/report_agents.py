"""Fills `cases.reports.offers.ports.ReportAgents` from the hotline: whom a report may be offered to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cases.reports.offers.model import FreeAgent
from hotline.agents.model import Agent
from hotline.events import AgentState
from hotline.outbound.callbacks.floor import waiting_calls
from hotline.service import Hotline


class AgentsForReports:
    """The hotline is made after the cases are. With the switch out of sight nobody is free: nobody knows who
    is in a call.
    """

    def __init__(self, hotline: Callable[[], Hotline]) -> None:
        self._hotline = hotline

    def free(self) -> Sequence[FreeAgent]:
        hotline = self._hotline()
        if not hotline.link.up():
            return ()
        waited_for = {call.queue for call in waiting_calls(hotline.calls)}
        found = []
        for page in hotline.registry.ledger.agents.values():
            queues = frozenset(hotline.registry.serves(page)) if _may_have_one(page) else frozenset()
            if queues and not queues & waited_for:
                found.append(FreeAgent(page.id, page.since, queues))
        return found

    def queue(self, name: str) -> str:
        return name or self._hotline().settings.queues[0]


def _may_have_one(page: Agent) -> bool:
    """Ready at an open desk, with nothing left to write down, and no callback is kept for him."""
    ready = page.signed_in and page.shown is AgentState.READY and not page.owed
    return ready and page.page == "here" and not page.reserved
