"""What the steps of a plan need of other rooms. `gateway/wiring/plans.py` fills it."""

from __future__ import annotations

from typing import Literal, Protocol
from uuid import UUID

from core.actor import Actor
from core.errors import Unavailable


class PlanDeeds(Protocol):
    """Each act is done once for each `op_id`, with the rights of who confirmed it. A refusal is an error of
    `core.errors`, and nothing was done.
    """

    async def person(self, user_id: str) -> Actor | None:
        """Who may sign in under this id, as he is now."""
        ...

    async def text(self, actor: Actor, op_id: UUID, talkgroup: str, words: str) -> int:
        """Queue a text for each unit of the talkgroup; for how many."""
        ...

    async def call(self, actor: Actor, op_id: UUID, number: str) -> Literal["done", "in_doubt"]:
        """Ring the person's own telephone, then the number. Never repeated."""
        ...

    async def picture(self, actor: Actor, op_id: UUID, case_id: UUID, case_number: str) -> str:
        """A picture for the case by the nearest camera that sees its place and answers; its name."""
        ...


class NoDeeds:
    """Where no other room is: these steps are refused."""

    async def person(self, user_id: str) -> Actor | None:
        del user_id
        return None

    async def text(self, actor: Actor, op_id: UUID, talkgroup: str, words: str) -> int:
        del actor, op_id, talkgroup, words
        raise Unavailable

    async def call(self, actor: Actor, op_id: UUID, number: str) -> Literal["done", "in_doubt"]:
        del actor, op_id, number
        raise Unavailable

    async def picture(self, actor: Actor, op_id: UUID, case_id: UUID, case_number: str) -> str:
        del actor, op_id, case_id, case_number
        raise Unavailable
