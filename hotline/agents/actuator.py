"""Makes the switch's queues follow the ledger. One task for each telephone at most; a failed action is tried
again a few times, and after that the comparison with the switch finds the drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.tasks import Tasks
from hotline.agents.membership import FALLBACK_PENALTY, Plan, QueueMembership, target, wanted
from hotline.agents.model import Agent
from hotline.ports import QueueSwitch
from hotline.settings import HotlineSettings

_log = logger("hotline")
_failed = counter("hotline_queue_actions_failed", "Queue actions that the switch did not do", ["action"])

MOST_TRIES = 5
RETRY_S = 1.0

Told = dict[str, QueueMembership]


class Actuator:
    """`told` is what the switch was last told or seen to hold, by endpoint and queue."""

    def __init__(
        self, settings: HotlineSettings, plan: Plan, switch: QueueSwitch, clock: Clock, tasks: Tasks
    ) -> None:
        self._technology = settings.technology
        self._plan = plan
        self._switch = switch
        self._clock = clock
        self._tasks = tasks
        self._told: dict[str, Told] = {}
        self._own: dict[str, Told] = {}
        """Members of the operator's configuration as they were before an agent signed in at them."""
        self._busy: set[str] = set()
        self._pages: dict[str, Agent] = {}
        self._registry: dict[str, str] = {}

    def follow(self, agent: Agent) -> None:
        """Bring the switch in line with this agent's page; returns at once."""
        self._pages[agent.endpoint] = agent
        left = self._registry.get(agent.id, agent.endpoint)
        self._registry[agent.id] = agent.endpoint
        if left != agent.endpoint:
            self._start(left)
        self._start(agent.endpoint)

    def change_plan(self, plan: Plan) -> None:
        """What the queues need from now on; who `follow`s is told by it."""
        self._plan = plan

    def believe(self, endpoint: str, told: Mapping[str, QueueMembership]) -> None:
        """The switch has been seen like this: what differs from it is told again."""
        self._told[endpoint] = dict(told)
        page = self._pages.get(endpoint)
        taken = page is not None and page.signed_in and page.endpoint == endpoint
        for queue, member in told.items():
            if member.static:
                # Found with an agent signed in (a restart): as `fallback_members` are rendered.
                fallback = replace(member, paused=False, reason="", penalty=FALLBACK_PENALTY)
                self._own.setdefault(endpoint, {}).setdefault(queue, fallback if taken else member)

    def busy(self, endpoint: str) -> bool:
        """The switch is being told something about this telephone."""
        return endpoint in self._busy

    def _start(self, endpoint: str) -> None:
        if endpoint in self._busy or not self._open(endpoint):
            return
        self._busy.add(endpoint)
        if not self._tasks.spawn("queue-member", partial(self._work, endpoint)):
            self._busy.discard(endpoint)

    def _open(self, endpoint: str) -> list[tuple[str, QueueMembership | None, QueueMembership | None]]:
        """(queue, told, should) where the switch must still be told something."""
        page = self._pages.get(endpoint)
        want = {} if page is None or page.endpoint != endpoint else wanted(page, self._plan)
        told = self._told.get(endpoint, {})
        found: list[tuple[str, QueueMembership | None, QueueMembership | None]] = []
        for queue in self._plan:
            known, should = told.get(queue), want.get(queue)
            should = target(known, should, self._own.get(endpoint, {}).get(queue))
            if known is not should and not (should is not None and should.same(known)):
                found.append((queue, known, should))
        return found

    async def _work(self, endpoint: str) -> None:
        try:
            for _ in range(MOST_TRIES):
                while to_do := self._open(endpoint):
                    queue, told, should = to_do[0]
                    if not await self._tell(endpoint, queue, told, should):
                        break
                else:
                    return
                await self._clock.sleep(RETRY_S)
        finally:
            self._busy.discard(endpoint)

    async def _tell(
        self, endpoint: str, queue: str, told: QueueMembership | None, should: QueueMembership | None
    ) -> bool:
        """One action; what it did is remembered at once, so that a failure later repeats nothing."""
        interface = f"{self._technology}/{endpoint}"
        action = "remove"
        done: QueueMembership | None = should
        try:
            if told is not None and (should is None or not (told.static or told.member == should.member)):
                # The switch refuses to add an interface that is there: a new name needs a new member.
                await self._switch.queue_remove(queue, interface)
                done = None
            elif should is None:
                return True
            elif told is None:
                action = "add"
                await self._switch.queue_add(
                    queue,
                    interface,
                    member=should.member,
                    paused=should.paused,
                    reason=should.reason,
                    penalty=should.penalty,
                )
            elif (told.paused, told.reason) != (should.paused, should.reason):
                action = "pause"
                await self._switch.queue_pause(queue, interface, paused=should.paused, reason=should.reason)
                done = QueueMembership(told.member, should.paused, should.reason, told.penalty, told.static)
            else:
                action = "penalty"
                await self._switch.queue_penalty(queue, interface, should.penalty)
        except Exception as error:  # noqa: BLE001  # counted, tried again, and compared with the switch
            _failed.labels(action).inc()
            _log.warning("queue action failed", action=action, endpoint=endpoint, error=type(error).__name__)
            return False
        mine = self._told.setdefault(endpoint, {})
        if done is None:
            mine.pop(queue, None)
        else:
            mine[queue] = done
        return True
