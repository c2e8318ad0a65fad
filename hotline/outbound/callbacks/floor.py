"""The centre as callbacks see it, read from calls and agents: who waits, who is ready, who is on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotline.agents.model import Agent
from hotline.agents.service import AgentRegistry
from hotline.calls.model import Call, CallsState
from hotline.events import AgentState
from hotline.outbound.callbacks.ports import AgentAtPhone
from hotline.outbound.callbacks.signals import Floor, ReadyAgent, WaitingCaller
from hotline.queue.model import QueuesState


def waiting_calls(calls: CallsState) -> Iterator[Call]:
    """Calls that have joined a queue and that no agent has answered yet. A caller who leaves his queue for a
    moment, to be told his place, still waits.
    """
    return (
        call
        for call in calls
        if call.inbound and call.queued_at is not None and call.answered_at is None and call.legs
    )


class CentreFloor:
    """`key` is the same for the same telephone number; `linked` is False while the switch is out of sight;
    `raised` says that a number's call was given a priority.
    """

    def __init__(
        self,
        *,
        calls: CallsState,
        queues: QueuesState,
        registry: AgentRegistry,
        key: Callable[[str], str],
        linked: Callable[[], bool],
        raised: Callable[[str], bool],
    ) -> None:
        self._calls = calls
        self._queues = queues
        self._registry = registry
        self._key = key
        self._linked = linked
        self._raised = raised

    def now(self) -> Floor:
        """Nobody is ready while nobody knows: then nothing is offered."""
        numbers = {self._key(call.caller) for call in self._calls if call.inbound and call.caller}
        return Floor(
            waiting=tuple(self._waiting()),
            ready=tuple(self._ready()) if self._linked() else (),
            on_line=frozenset(numbers - {""}),
        )

    def seat(self, agent_id: str) -> AgentAtPhone | None:
        page = self._registry.ledger.agents.get(agent_id)
        ready = page is not None and self._linked() and _is_ready(page)
        return AgentAtPhone(agent_id, page.endpoint) if page is not None and ready else None

    def on_line(self, number: str, *, but: Call) -> bool:
        """Whether this number is in a live inbound call, other than `but`."""
        key = self._key(number)
        return bool(key) and any(
            call.inbound and call is not but and call.id != but.id and self._key(call.caller) == key
            for call in self._calls
        )

    def _waiting(self) -> Iterator[WaitingCaller]:
        ahead = self._moved_up()
        for call in waiting_calls(self._calls):
            assert call.queued_at is not None, "only such calls wait"
            urgent = self._raised(call.caller) or any(leg in ahead for leg in call.legs)
            yield WaitingCaller(call.queued_at, call.queue, urgent)

    def _moved_up(self) -> set[str]:
        """Callers who stand before one who joined earlier: somebody gave them a better place."""
        found = set()
        for queue in self._queues.by_name.values():
            earliest = float("inf")
            for uniqueid, joined in reversed(queue.waiting.items()):
                if joined > earliest:
                    found.add(uniqueid)
                earliest = min(earliest, joined)
        return found

    def _ready(self) -> Iterator[ReadyAgent]:
        for page in self._registry.ledger.agents.values():
            if _is_ready(page):
                yield ReadyAgent(page.id, page.since, frozenset(self._registry.serves(page)))


def _is_ready(page: Agent) -> bool:
    return page.signed_in and page.shown is AgentState.READY and not page.owed
