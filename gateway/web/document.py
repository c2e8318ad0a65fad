"""The OpenAPI document as FastAPI makes it, with the problem documents that any operation may answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from core.errors import Problem

PROBLEM = {
    "description": "Why it is not done, and what to do about it (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
NOT_OURS = ("HTTPValidationError", "ValidationError")
"""FastAPI's own refusals, which nobody gets."""


def install(app: FastAPI) -> None:
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = made()
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            for name in NOT_OURS:
                schemas.pop(name, None)
            for path in found.get("paths", {}).values():
                for about in path.values():
                    about["responses"].pop("422", None)
                    about["responses"] |= {"4XX": PROBLEM, "5XX": PROBLEM}
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way
