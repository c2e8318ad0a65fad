"""Who may do what: the form of one line of the table of rights, and the checks that are made from it.

Each room keeps its own lines in `rights.py`; `gateway/wiring/rights.py` joins them. A line names what is
done, who may, by which operations, and which scope and which rule of the room limit it further. The web edge
and the room check by the same line (decision 0180).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from core.actor import Actor, Role
from core.scopes import Scope

STAFF: Final = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR, Role.ADMIN)
"""Everybody at the centre."""
EVERYONE: Final = tuple(Role)
"""Whoever is signed in."""

Proof = Literal["session", "own", "none"]
"""How a caller shows who he is: by his session; by a proof of its own that the room checks (a password, a
ticket); or not at all.
"""
Others = Literal["all", "masked", "none"]
"""What of an object that is another's (`rule` says whose it is): all of it; it without what is personal or
secret; nothing, which is an answer 403, 404 or 409 or a list without it.
"""


@dataclass(frozen=True, slots=True)
class AccessRight:
    """One line. `operations` are `METHOD /path` as in the OpenAPI document, `WEBSOCKET /path` for a socket,
    and `METHOD /path name=value` where what a path parameter says decides who may. A line without operations
    is what the body of another line's operation may ask for beyond it.
    """

    what: str
    roles: tuple[Role, ...]
    operations: tuple[str, ...]
    scope: Scope | None = None
    others: Others = "all"
    rule: str = ""
    proof: Proof = "session"
    freely: tuple[Role, ...] = ()
    """The roles for which another's object is as an own one."""
    by_token: bool = True
    """Whether an API token may do it; otherwise only who has signed in himself."""

    def check(self, actor: Actor) -> None:
        """Raises `Forbidden`, which names the roles that would do."""
        actor.require(*self.roles)

    def allows(self, actor: Actor) -> bool:
        """Whether one of the actor's roles has it; the scope is checked elsewhere."""
        return actor.has(*self.roles)


def right(
    what: str,
    roles: tuple[Role, ...],
    *operations: str,
    scope: Scope | None = None,
    others: Others = "all",
    freely: tuple[Role, ...] = (),
    rule: str = "",
    by_token: bool = True,
) -> AccessRight:
    """A right of people who are signed in."""
    return AccessRight(
        what, roles, operations, scope=scope, others=others, freely=freely, rule=rule, by_token=by_token
    )


def open_to_all(what: str, *operations: str, proof: Proof = "none", rule: str = "") -> AccessRight:
    """What needs no session."""
    return AccessRight(what, (), operations, rule=rule, proof=proof)
