"""What the operating mode needs of approvals. `gateway/wiring/operating_mode.py` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.actor import Actor
from core.second_person import ApprovalStatus, ApprovalWish, SecondPersonNeeded


@dataclass(frozen=True, slots=True)
class SecondPersonsWord:
    """Who has approved, and when."""

    by: str
    at: datetime


class ModeApprovals(Protocol):
    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        """As `core.second_person.OrdersApproved.order`."""
        ...

    async def word(self, act: str, version: str, mode: str, by: str) -> SecondPersonsWord | None:
        """The approval of a request of this act that is being done or was, whose parameters `version` and
        `mode` are these and that `by` has made; None without one. Raises `StorageAway`.
        """
        ...


class NoApprovals:
    """Where there is nobody to approve: the mode stays as it is."""

    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        del actor, wish, op_id
        raise SecondPersonNeeded("nobody approves here", remedy="ask the running service")

    async def word(self, act: str, version: str, mode: str, by: str) -> SecondPersonsWord | None:
        del act, version, mode, by
        return None
