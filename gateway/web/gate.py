"""The gate before every route: each request is admitted by a line of the table of rights, or refused.

The gate runs as a dependency of the whole application, before a body is validated. What the table does not
name is refused, and `check` prevents the start of a service with such a route, so that nobody meets it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, WebSocketException
from fastapi.routing import APIRoute, APIWebSocketRoute, RouteContext, iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.routing import Mount

from core.actor import Actor
from core.errors import Forbidden, SonghuaError, Unauthenticated
from core.rights import AccessRight
from core.scopes import Scope

POLICY_VIOLATION: Final = 1008
TRY_AGAIN_LATER: Final = 1013
WEBSOCKET: Final = "WEBSOCKET"
_UNASKED: Final = frozenset({"HEAD", "OPTIONS"})
"""What Starlette adds to a GET by itself."""
_NAMED_BY: Final[Mapping[Scope, Sequence[str]]] = {Scope.TALKGROUP: ("talkgroup", "tg_id")}
"""Path parameters that name something of a scope."""

Viewer = Callable[[HTTPConnection], Awaitable[Actor]]


class RightsIncomplete(SonghuaError):
    """Prevents the start."""

    kind = "rights-incomplete"
    title = "Routes and the table of rights differ"


@dataclass(frozen=True, slots=True)
class GuardedOperation:
    """`METHOD /path`, where a path parameter may have to have a value."""

    method: str
    path: str
    parameter: str = ""
    value: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Method and path as the table of rights has them."""
        return self.method, self.path

    def fits(self, parameters: Mapping[str, Any]) -> bool:
        """Whether the rule is about a request with these path parameters."""
        return not self.parameter or str(parameters.get(self.parameter)) == self.value


def operation(text: str) -> GuardedOperation:
    """Parse an operation from its form in the table."""
    method, path, *condition = text.split(" ")
    parameter, _, value = condition[0].partition("=") if condition else ("", "", "")
    return GuardedOperation(method, path, parameter, value)


class AccessGate:
    """`viewer` gives who is signed in; it raises `Unauthenticated`."""

    def __init__(self, rights: Iterable[AccessRight], viewer: Viewer) -> None:
        self._viewer = viewer
        self._lines: dict[tuple[str, str], list[tuple[GuardedOperation, AccessRight]]] = {}
        self._admitted: dict[tuple[Any, str], list[tuple[GuardedOperation, AccessRight]]] = {}
        for line in rights:
            for text in line.operations:
                one = operation(text)
                self._lines.setdefault(one.key, []).append((one, line))

    async def admit(self, connection: HTTPConnection) -> None:
        """The dependency. Raises `Unauthenticated`, `Forbidden`, `OutOfScope`; a socket is closed."""
        if connection.scope["type"] == "websocket":
            try:
                await self._admit(connection, WEBSOCKET)
            except Unauthenticated as error:
                raise WebSocketException(POLICY_VIOLATION, "sign in first") from error
            except Forbidden as error:
                raise WebSocketException(POLICY_VIOLATION, "your role may not") from error
            except SonghuaError as error:
                raise WebSocketException(TRY_AGAIN_LATER, error.title) from error
        else:
            await self._admit(connection, connection.scope["method"])

    async def _admit(self, connection: HTTPConnection, method: str) -> None:
        lines = self._admitted.get((connection.scope.get("endpoint"), method), ())
        found = next(((one, line) for one, line in lines if one.fits(connection.path_params)), None)
        if found is not None and found[1].proof != "session":
            return
        actor = await self._viewer(connection)
        if found is None:
            raise Forbidden("no line of the table of rights allows this", remedy="see docs/rights.md")
        one, line = found
        line.check(actor)
        if actor.token and not line.by_token:
            raise Forbidden("no API token may do this", remedy="sign in and do it in person")
        actor.require_operation(*one.key)
        if line.scope is not None:
            for name in _NAMED_BY.get(line.scope, ()):
                actor.require_within(line.scope, connection.path_params.get(name))

    def check(self, app: FastAPI) -> None:
        """Compare the application's routes with the table, and learn which line admits to which.

        Raises `RightsIncomplete`, which names every route without a line, and every one that is not FastAPI's
        and that the table does not open to all.
        """
        wrong: list[str] = []
        for context in iter_route_contexts(app.routes):
            guarded = isinstance(context.original_route, APIRoute | APIWebSocketRoute)
            for key in _keys(context):
                lines = self._lines.get(key)
                if lines is None:
                    wrong.append(f"{' '.join(key)} has no line")
                elif guarded:
                    self._admitted[context.endpoint, key[0]] = lines
                elif any(line.proof == "session" for _, line in lines):
                    wrong.append(f"{' '.join(key)} is not served by FastAPI: the gate cannot guard it")
        if wrong:
            raise RightsIncomplete(
                "; ".join(wrong), remedy="add a line to rights.py of the room (docs/decisions: 0180)"
            )


def _keys(context: RouteContext) -> list[tuple[str, str]]:
    route = context.original_route
    path = context.path or ""
    if isinstance(route, APIWebSocketRoute):
        return [(WEBSOCKET, path)]
    if isinstance(route, Mount):
        return [("GET", path)]
    methods = context.methods or set()
    asked = methods - _UNASKED if "GET" in methods else methods
    return [(method, path) for method in sorted(asked)]
