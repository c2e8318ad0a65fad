"""Makes the switch's queues follow the ledger. One task for each agent at most; a failed action is tried
again a few times, and after that the next snapshot shows the drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.tasks import Tasks
from hotline.agents.membership import Membership, wanted
from hotline.agents.model import Agent
from hotline.ports import Switch
from hotline.settings import HotlineSettings

_log = logger("hotline")
_failed = counter("hotline_queue_actions_failed", "Queue actions that the switch did not do", ["action"])

MOST_TRIES = 5
RETRY_S = 1.0


class Actuator:
    """`told` is what the switch was last told, by endpoint; None: not a member."""

    def __init__(self, settings: HotlineSettings, switch: Switch, clock: Clock, tasks: Tasks) -> None:
        self._settings = settings
        self._switch = switch
        self._clock = clock
        self._tasks = tasks
        self._told: dict[str, Membership | None] = {}
        self._busy: set[str] = set()
        self._pages: dict[str, Agent] = {}
        self._seats: dict[str, str] = {}

    def follow(self, agent: Agent) -> None:
        """Bring the switch in line with this agent's page; returns at once."""
        self._pages[agent.endpoint] = agent
        left = self._seats.get(agent.id, agent.endpoint)
        self._seats[agent.id] = agent.endpoint
        if left != agent.endpoint:
            self._start(left)
        self._start(agent.endpoint)

    def believe(self, endpoint: str, told: Membership | None) -> None:
        """The switch has been seen like this: what differs from it is told again."""
        self._told[endpoint] = told

    def _start(self, endpoint: str) -> None:
        if endpoint in self._busy or self._told.get(endpoint) == self._wanted(endpoint):
            return
        self._busy.add(endpoint)
        if not self._tasks.spawn("queue-member", partial(self._work, endpoint)):
            self._busy.discard(endpoint)

    def _wanted(self, endpoint: str) -> Membership | None:
        page = self._pages.get(endpoint)
        return None if page is None or page.endpoint != endpoint else wanted(page)

    async def _work(self, endpoint: str) -> None:
        try:
            for _ in range(MOST_TRIES):
                while (should := self._wanted(endpoint)) != self._told.get(endpoint):
                    if not await self._tell(endpoint, self._told.get(endpoint), should):
                        break
                    self._told[endpoint] = should
                else:
                    return
                await self._clock.sleep(RETRY_S)
        finally:
            self._busy.discard(endpoint)

    async def _tell(self, endpoint: str, told: Membership | None, should: Membership | None) -> bool:
        interface = f"{self._settings.technology}/{endpoint}"
        action = "remove" if should is None else ("add" if told is None else "pause")
        queues: Sequence[str] = self._settings.queues
        try:
            for queue in queues:
                if should is None:
                    await self._switch.queue_remove(queue, interface)
                elif told is None or told.member != should.member:
                    await self._switch.queue_add(queue, interface, member=should.member, paused=should.paused)
                else:
                    await self._switch.queue_pause(
                        queue, interface, paused=should.paused, reason=should.reason
                    )
        except Exception as error:  # noqa: BLE001  # counted, tried again, and compared at the next snapshot
            _failed.labels(action).inc()
            _log.warning("queue action failed", action=action, endpoint=endpoint, error=type(error).__name__)
            return False
        return True
