"""Whom a call may go to, and whether that telephone can be rung."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from core.actor import Actor
from hotline.agents.service import AgentRegistry
from hotline.control.answer import ControlParameters, Target
from hotline.control.errors import CallerIdNotAllowed, NoSuchTarget, PhoneBusy, PhoneUnreachable
from hotline.control.ports import ControlSwitch
from hotline.errors import NoTelephone

_NUMBER: Final = re.compile(r"\+?[0-9]{2,20}")
"""What is dialled; whether it may be is the dialplan's matter (routes, limits)."""


@dataclass(frozen=True, slots=True)
class Goal:
    """`name` is the desk's endpoint, the queue or the number."""

    kind: Literal["desk", "queue", "number"]
    name: str


class Targets:
    def __init__(self, registry: AgentRegistry, switch: ControlSwitch, *, queues: Collection[str]) -> None:
        self._registry = registry
        self._switch = switch
        self._queues = queues

    def desk_of(self, actor: Actor) -> str:
        """The endpoint of this person. Raises `NoTelephone`."""
        page = self._registry.ledger.agents.get(actor.id)
        if page is None:
            raise NoTelephone(remedy="have an admin assign a telephone to this person")
        return page.endpoint

    def desk_if_any(self, actor: Actor) -> str:
        page = self._registry.ledger.agents.get(actor.id)
        return "" if page is None else page.endpoint

    def goal(self, target: Target | None) -> Goal:
        """Raises `NoSuchTarget`."""
        if target is None:
            raise NoSuchTarget("no target was given", remedy="give agent_id, endpoint, queue or number")
        if target.agent_id is not None:
            page = self._registry.ledger.agents.get(target.agent_id)
            if page is None:
                raise NoSuchTarget("nobody has this agent_id", remedy="see /api/agents")
            return Goal("desk", page.endpoint)
        if target.endpoint is not None:
            if target.endpoint not in self._registry.desks:
                raise NoSuchTarget("no desk has this endpoint", remedy="see /api/agents")
            return Goal("desk", target.endpoint)
        if target.queue is not None:
            return Goal("queue", self.queue(target.queue))
        return Goal("number", self.number(target.number or ""))

    def colleague(self, wish: ControlParameters) -> str:
        """The desk that somebody calls by its person's name; empty for a call to a number. Raises
        `NoSuchTarget`.
        """
        if wish.first != "agent" or wish.target is None or wish.number:
            return ""
        goal = self.goal(wish.target)
        if goal.kind != "desk":
            raise NoSuchTarget("only a colleague is called without a number", remedy="give agent_id")
        return goal.name

    def queue(self, name: str) -> str:
        if name not in self._queues:
            raise NoSuchTarget("there is no such queue", remedy="see /api/queues")
        return name

    def number(self, text: str) -> str:
        dialled = re.sub(r"[\s()./-]", "", text)
        if not _NUMBER.fullmatch(dialled):
            raise NoSuchTarget(
                "that is no telephone number", remedy="give digits, with + for another country"
            )
        return dialled

    def caller_id(self, wanted: str, allowed: tuple[str, ...]) -> str:
        """The number that the outside sees; empty leaves it to the trunk. Raises `CallerIdNotAllowed`."""
        if not wanted:
            return allowed[0] if allowed else ""
        if wanted not in allowed:
            raise CallerIdNotAllowed(remedy="choose one of [hotline.control] caller_ids, or leave it out")
        return wanted

    async def free(self, endpoint: str) -> None:
        """Raises `PhoneUnreachable`, `PhoneBusy`: nothing is rung that cannot answer."""
        state = await self._switch.phone(endpoint)
        if state == "away":
            raise PhoneUnreachable(remedy="choose somebody else, or see that this telephone is registered")
        if state == "busy":
            raise PhoneBusy(remedy="choose somebody else, or wait until that talk is over")
