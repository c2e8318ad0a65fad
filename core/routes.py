"""The routes of a room, analysed when they are first asked.

FastAPI analyses the parameters and types of an endpoint when its decorator runs, and again for each router
that includes its router. For several hundred operations that is most of a service's start, and of these a
service is asked for few soon. The published contract describes all: its tests find a route that cannot be
analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import compile_path, get_name

_OF_ITS_PATH: Final = frozenset({"path_format", "param_convertors"})


class _PathPattern:
    """A path's regular expression, compiled for the first path that begins as this one does."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._begin = path.partition("{")[0]
        self._compiled: re.Pattern[str] | None = None

    def match(self, path: str) -> re.Match[str] | None:
        if not path.startswith(self._begin):
            return None
        if self._compiled is None:
            self._compiled = compile_path(self._path)[0]
        return self._compiled.match(path)


class DeferredRoute(APIRoute):
    """Knows its path, methods and endpoint; it is analysed when something else of it is wanted."""

    _analysed = True

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """`options` as `APIRoute` takes them."""
        self._analysed = False
        self.options = options
        self.path = path
        self.endpoint = endpoint
        self.name = options.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.include_in_schema = options.get("include_in_schema", True)
        self.path_regex = _PathPattern(path)  # type: ignore[assignment]  # only `match` of it is asked

    def __getattr__(self, name: str) -> Any:
        """What is missing before the analysis. Raises FastAPI's error for an endpoint that it cannot read."""
        if name.startswith("__") or self._analysed:
            raise AttributeError(name)
        if name in _OF_ITS_PATH:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
        else:
            self._analysed = True
            try:
                super().__init__(self.path, self.endpoint, **self.options)
            except BaseException:
                self._analysed = False
                raise
        return getattr(self, name)


class RoomRouter(APIRouter):
    """The operations of a room."""

    def __init__(self, **options: Any) -> None:
        """`options` as `APIRouter` takes them."""
        options.setdefault("route_class", DeferredRoute)
        super().__init__(**options)


def add_routes(target: APIRouter, routes: APIRouter, prefix: str = "") -> None:
    """Have `target` serve these routes below `prefix`; those of a `RoomRouter` become its own."""
    if not isinstance(routes, RoomRouter):
        target.include_router(routes, prefix=prefix)
        return
    for route in routes.routes:
        if isinstance(route, DeferredRoute):
            options = {
                key: one for key, one in route.options.items() if key != "dependency_overrides_provider"
            }
            target.add_api_route(
                prefix + route.path, route.endpoint, route_class_override=type(route), **options
            )
        elif isinstance(route, APIWebSocketRoute):
            target.add_api_websocket_route(
                prefix + route.path, route.endpoint, route.name, dependencies=route.dependencies
            )
        else:
            raise TypeError(f"a room has no route like {route!r}")
