"""The present as people see it: calls, agents and queues, and who may see what of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from core.actor import Actor
from core.scopes import Scope
from hotline.agents.model import Agent
from hotline.agents.service import AgentRegistry
from hotline.calls.model import Call, CallsState
from hotline.calls.view import agents_of
from hotline.calls.view import view as call_view
from hotline.errors import NoSuchLiveCall
from hotline.events import AgentView, CallbackCall, CallerContext, CallView, HandoverView, HelpView, QueueView
from hotline.privacy import EVERYTHING, may_see, shown, sight
from hotline.queue.model import Queue, QueuesState
from hotline.queue.service import QueueViews
from hotline.queue.view import view as queue_view
from hotline.recent import RecentCalls


class Board:
    """Reads the room's state and never changes it."""

    def __init__(
        self,
        *,
        calls: CallsState,
        queues: QueuesState,
        registry: AgentRegistry,
        recent: RecentCalls,
        contexts: Mapping[UUID, CallerContext],
        lines: QueueViews,
    ) -> None:
        self._calls = calls
        self._queues = queues
        self._registry = registry
        self._recent = recent
        self._contexts = contexts
        self._lines = lines
        self.helps: Mapping[UUID, HelpView] = {}
        """Calls for help by call."""
        self.handovers: Mapping[UUID, HandoverView] = {}
        """The last hand-over by call."""
        self.callback_of: Callable[[UUID], CallbackCall | None] = lambda _: None
        """The callback that a live call was placed for."""

    def call(self, call_id: UUID) -> CallView:
        """Raises `NoSuchLiveCall` when it is not live."""
        call = self._calls.by_id.get(call_id)
        if call is None:
            raise NoSuchLiveCall
        return self.of_call(call)

    def calls(self) -> list[CallView]:
        return [self.of_call(call) for call in self._calls]

    def agent(self, agent_id: str) -> AgentView | None:
        page = self._registry.ledger.agents.get(agent_id)
        return None if page is None else self.of_agent(page)

    def agents(self) -> list[AgentView]:
        return [self.of_agent(page) for page in self._registry.ledger.agents.values()]

    def queues(self, viewer: Actor | None = None) -> list[QueueView]:
        """All, or those within the viewer's scopes."""
        found = self._queues.by_name.values()
        return [
            self.of_queue(queue)
            for queue in found
            if viewer is None or viewer.within(Scope.QUEUE, queue.name)
        ]

    def of_call(self, call: Call) -> CallView:
        return call_view(
            call,
            self._registry.ledger.agent_at,
            self._recent.kind(call.id),
            self.helps.get(call.id),
            self.handovers.get(call.id),
            self.callback_of(call.id),
        )

    def of_agent(self, page: Agent) -> AgentView:
        return self._registry.view(page)

    def of_queue(self, queue: Queue) -> QueueView:
        return queue_view(
            queue, self._registry.serving(queue.name), self._registry.watch.differing(queue.name)
        )

    def figures(self, uniqueid: str) -> tuple[int, float, int]:
        """A caller's position from 1, expected wait in seconds, and how many wait in his queue.

        (0, 0.0, 0) for a channel that does not and did not wait.
        """
        return self._lines.figures(uniqueid)

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        """Who takes or took part in a live or lately ended call."""
        call = self._calls.by_id.get(call_id)
        if call is not None:
            return frozenset(agents_of(call, self._registry.ledger.agent_at))
        return self._recent.agents(call_id)

    def is_confidential(self, call_id: UUID) -> bool:
        call = self._calls.by_id.get(call_id)
        return self._recent.confidential(call_id) if call is None else call.confidential

    def desk_snapshot(self, viewer: Actor) -> dict[str, Any]:
        """`{"calls", "agents", "queues", "contexts"}`, JSON-ready and masked for this viewer.

        `contexts` are callers' histories by call id, for the calls of which the viewer may see everything.
        """
        calls = [call for call in self.calls() if may_see(viewer, call)]
        return {
            "calls": [shown(call, viewer) for call in calls],
            "agents": [one.model_dump(mode="json") for one in self.agents()],
            "queues": [one.model_dump(mode="json") for one in self.queues(viewer)],
            "contexts": {
                str(call.call_id): self._contexts[call.call_id].model_dump(mode="json")
                for call in calls
                if call.call_id in self._contexts and sight(viewer, call.agent_ids) is EVERYTHING
            },
        }
