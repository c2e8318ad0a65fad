"""The port by which a room has an act approved by a second person before it is done (decision 0189)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from core.actor import Actor
from core.errors import Conflict

WAITING: Final = "waiting"


@dataclass(frozen=True, slots=True)
class ApprovalWish:
    """`act` is done to what `parameters` name, and to nothing else. `why` stays, so it names no person.
    `alone`: nobody else is there now; the act is done at once, and the second person follows within a time.
    """

    act: str
    parameters: Mapping[str, str]
    why: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """Where a request stands: `waiting` for a second person until `until`, or how it ended. `outcome` is what
    the act answered, once it was done.
    """

    number: int
    state: str
    until: datetime
    outcome: str = ""

    def told(self) -> dict[str, Any]:
        """The status as JSON for who asked."""
        return {
            "number": self.number,
            "state": self.state,
            "until": self.until.isoformat(timespec="seconds"),
            "outcome": self.outcome,
        }


class SecondPersonNeeded(Conflict):
    """The act needs an approval that nobody has given yet. `number` is the request's, where there is one."""

    kind = "second-person-needed"
    title = "A second person has to approve this"


Perform = Callable[[Actor, Mapping[str, str], str], Awaitable[str]]
"""Do the act for who asked, with these parameters and this reason; what it answers is told. Doing it twice
must be doing it once: after a crash it is done again.
"""


class SecondPerson(Protocol):
    """For an act that its caller performs. Every method may raise `StorageAway`."""

    async def go(self, actor: Actor, wish: ApprovalWish) -> int:
        """The number of the approved request by which the caller does this act now; `done` ends it. An act of
        several steps is one until then. Raises `SecondPersonNeeded`.
        """
        ...

    async def done(self, number: int, outcome: str, *, failed: bool = False) -> None:
        """The act that `go` allowed is over."""
        ...


class OrdersApproved(SecondPerson, Protocol):
    """Also for acts that the service performs."""

    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        """Ask for an act that the service performs once it is approved. The same `op_id` is the same request.
        Raises `StorageAway`.
        """
        ...
