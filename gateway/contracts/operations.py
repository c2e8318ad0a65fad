"""The operations of the application, as its routes declare them: what goes in and what comes out of each.

The OpenAPI document is made from the same declarations; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi import params as kinds
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

PREFIX = "/api"
FIRST_REFUSAL = 300


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """`method` is in lower case, `path` below `/api`. `body` is None where nothing is read; `answers` are the
    types by status, None for an empty one and `Any` where the code says no type.
    """

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Any
    body_required: bool
    answers: Mapping[int, Any]


def operations(app: FastAPI) -> list[Operation]:
    """Sorted by method and path."""
    found = [
        operation
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        if route.original_route.include_in_schema and str(route.path).startswith(PREFIX)
        for operation in _of_route(route)
    ]
    return sorted(found, key=lambda one: (one.method, one.path))


def _of_route(route: RouteContext) -> Iterator[Operation]:
    parameters = tuple(
        Parameter(one.alias, one.field_info.annotation, one.field_info.is_required())
        for one in get_flat_params(route.dependant)
        if isinstance(one.field_info, kinds.Path | kinds.Query)
    )
    body = route.body_field
    for method in sorted(route.methods or ()):
        yield Operation(
            method.lower(),
            str(route.path).removeprefix(PREFIX),
            parameters,
            None if body is None else body.field_info.annotation,
            body is not None and body.field_info.is_required(),
            _answers(route),
        )


def _answers(route: RouteContext) -> dict[int, Any]:
    usual = route.status_code or HTTPStatus.OK
    empty = usual in {HTTPStatus.NO_CONTENT, HTTPStatus.SEE_OTHER}
    found = {int(usual): None if empty else route.response_model or Any}
    for status, about in route.responses.items():
        if "model" in about and int(status) < FIRST_REFUSAL:
            found[int(status)] = about["model"]
    return found
