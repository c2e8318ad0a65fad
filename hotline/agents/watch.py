"""Finds where the switch differs from the ledger, has it put right, and counts both.

Each second the queues as live events show them are compared with the ledger: that costs the switch nothing.
Every few seconds QueueStatus is asked once, never two at a time, for what an event that was lost would have
told. A difference is drift when it stays for `SETTLED_S` while nobody is telling the switch about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from hotline.agents.actuator import Actuator
from hotline.agents.membership import Plan, drift, seen
from hotline.agents.model import Agent, AgentsState
from hotline.signals import MemberSeen

_log = logger("hotline")
_found = counter("hotline_queue_drift", "Queue members that differed from the ledger", ["what"])
_repaired = counter("hotline_queue_drift_repaired", "Queue members that came right again", ["what"])
_standing = gauge("hotline_queue_drift_now", "Queue members that differ from the ledger now")

SETTLED_S = 0.9
AGAIN_S = 5.0
"""Between two repairs of the same member: a switch that refuses is not pressed."""
PHONE_S = 3.0
RESYNC_EVERY_S = 30.0
_FREE = 1
_IN_USE = frozenset({2, 3, 6, 7, 8})

Members = Mapping[str, Mapping[str, MemberSeen]]
Key = tuple[str, str, str]


class MembershipWatch:
    """`resync` asks for a fresh snapshot of everything."""

    def __init__(
        self,
        ledger: AgentsState,
        plan: Plan,
        actuator: Actuator,
        *,
        technology: str,
        clock: Clock,
        resync: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._plan = plan
        self._actuator = actuator
        self._technology = technology
        self._clock = clock
        self._resync = resync
        self._since: dict[Key, float] = {}
        self._told: dict[Key, float] = {}
        self._resynced = float("-inf")
        self._phones: dict[str, float] = {}

    @property
    def standing(self) -> Mapping[Key, float]:
        """What differs and was not right yet after it was told: (queue, endpoint, what), since when."""
        return {key: self._since[key] for key in self._told if key in self._since}

    def differing(self, queue: str) -> int:
        """How many memberships of the queue differ from the agents' states."""
        return sum(key[0] == queue for key in self.standing)

    def forget(self) -> None:
        """The link is down: nothing is known."""
        self._since.clear()
        self._told.clear()
        self._phones.clear()
        _standing.set(0)

    def at_snapshot(self, members: Members) -> None:
        """All members were just seen: believe that, count what differs, and tell the switch."""
        self.forget()
        now = self._clock.monotonic()
        for key in drift(self._ledger, self._plan, members, self._technology):
            self._since[key] = now
            self._count(key, now)
        for endpoint, page in list(self._ledger.by_endpoint.items()):
            self.believe(endpoint, members)
            self._actuator.follow(page)

    def compare(self, members: Members) -> None:
        """Once a second, with the members as the last events left them."""
        now = self._clock.monotonic()
        present = set(drift(self._ledger, self._plan, members, self._technology))
        for key in [key for key in self._since if key not in present]:
            del self._since[key]
            if self._told.pop(key, None) is not None:
                _repaired.labels(key[2]).inc()
        pages = self._ledger.by_endpoint
        for key in present:
            began = self._since.setdefault(key, now)
            endpoint = key[1]
            if now - began < SETTLED_S or self._actuator.busy(endpoint):
                continue
            if now - self._told.get(key, float("-inf")) < AGAIN_S:
                continue
            self._count(key, now)
            self.believe(endpoint, members)
            self._actuator.follow(pages[endpoint])
        _standing.set(len(self.standing))
        self._compare_phones(members, now)

    def believe(self, endpoint: str, members: Members) -> None:
        interface = f"{self._technology}/{endpoint}"
        found = {queue: members.get(queue, {}).get(interface) for queue in self._plan}
        self._actuator.believe(
            endpoint, {queue: seen(member) for queue, member in found.items() if member is not None}
        )

    def _count(self, key: Key, now: float) -> None:
        queue, endpoint, what = key
        if key not in self._told:
            _found.labels(what).inc()
            _log.warning("queue member differs from the ledger", queue=queue, endpoint=endpoint, what=what)
        self._told[key] = now

    def _compare_phones(self, members: Members, now: float) -> None:
        """A telephone that the switch shows free while the ledger has it talk, or the other way round.

        Then events were lost: a snapshot of everything ends what is no longer there.
        """
        stuck = []
        for agent in self._ledger.agents.values():
            if not agent.signed_in or not self._differs(agent, members):
                self._phones.pop(agent.id, None)
                continue
            if now - self._phones.setdefault(agent.id, now) >= PHONE_S:
                stuck.append(agent)
        if not stuck or now - self._resynced < RESYNC_EVERY_S:
            return
        self._resynced = now
        for agent in stuck:
            _found.labels("phone").inc()
            _log.warning("a telephone does something else than the ledger says", endpoint=agent.endpoint)
        self._phones.clear()
        self._resync()

    def _differs(self, agent: Agent, members: Members) -> bool:
        interface = f"{self._technology}/{agent.endpoint}"
        for queue in self._plan:
            member = members.get(queue, {}).get(interface)
            if member is not None:
                idle = agent.phone.doing == "idle"
                return member.status in _IN_USE if idle else member.status == _FREE
        return False
