"""The actor of an operation: a person with roles, or a part of the system."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import Forbidden
from core.scopes import NO_LIMIT, Scope, Scopes


class OutOfScope(Forbidden):
    kind = "out-of-scope"
    title = "This is outside your scope"


class Role(StrEnum):
    """Roles of people; rights are decided from these alone. `department`: who works for a department that
    handles cases, outside the centre; his scope says for which.
    """

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    DISPATCHER = "dispatcher"
    ACCEPTOR = "acceptor"
    DEPARTMENT = "department"
    UNIT = "unit"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is a user name, `unit:<unit id>` or `system:<part>`; `name` is what a colleague reads. `scopes`
    limit what the roles allow. A program acts by an API token: `token` is its id, and `operations`, where
    there are any, are all that it may do: `METHOD /path` as in the table of rights, or `METHOD *`.
    """

    id: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    scopes: Scopes = NO_LIMIT
    token: str = ""
    operations: frozenset[str] = frozenset()

    def has(self, *roles: Role) -> bool:
        """Whether one of these roles is among the actor's."""
        return any(role in self.roles for role in roles)

    def require(self, *roles: Role) -> None:
        """Pass if the actor has one of `roles`; an admin does not get others' rights by being one.

        Raises `Forbidden` and names the roles that would do.
        """
        if not self.has(*roles):
            wanted = ", ".join(sorted(roles))
            raise Forbidden(f"needs one of: {wanted}", remedy="ask an admin for the role")

    def require_operation(self, method: str, path: str) -> None:
        """Raises `Forbidden` when the actor's token is not for this operation."""
        if self.operations and self.operations.isdisjoint((f"{method} *", f"{method} {path}")):
            raise Forbidden(
                f"this token is not for {method} {path}", remedy="create one that is: songhua token create"
            )

    def within(self, scope: Scope, name: str | None) -> bool:
        """Whether something with this attribute is within the actor's scopes."""
        return self.scopes.holds(scope, name)

    def require_within(self, scope: Scope, name: str | None) -> None:
        """Raises `OutOfScope`."""
        if not self.within(scope, name):
            raise OutOfScope(f"your {scope}s do not include it", remedy="ask an admin: songhua user scope")


def system(part: str) -> Actor:
    """The actor for what the service does by itself, for example `system:cel-import`."""
    return Actor(id=f"system:{part}", name=part)
