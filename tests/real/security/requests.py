"""For each operation of the OpenAPI document the smallest request that its schema accepts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

TEXTS = {
    "uuid": lambda: f"{uuid4()}",
    "date": lambda: f"{datetime.now(UTC):%Y-%m-%d}",
    "date-time": lambda: f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
}
PATTERNS = {r"^\d{6}$": "230102"}


class Examples:
    """`known` are values by the name of a parameter or property, before whatever a schema asks for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def of(
        self, method: str, path: str, known: Mapping[str, Any], *, forced: bool = False
    ) -> tuple[str, dict[str, Any], Any]:
        """The path, the query and the body. `forced`: what is known stands also where it does not fit."""
        about = self._document["paths"].get(path, {}).get(method.lower(), {})
        query: dict[str, Any] = {}
        for one in about.get("parameters", ()):
            name, given = one["name"], one["schema"]
            if one["in"] == "path":
                # A number in a path is a version's, in a body a telephone's.
                used = {} if given.get("type") == "integer" and not forced else known
                path = path.replace(f"{{{name}}}", str(used.get(name, self._value(given, known))))
            elif one["in"] == "query" and one.get("required"):
                query[name] = known.get(name, self._value(given, known))
        content = about.get("requestBody", {}).get("content", {})
        body = (
            self._value(content["application/json"]["schema"], known)
            if "application/json" in content
            else None
        )
        return path, query, body

    def properties(self, method: str, path: str) -> list[str]:
        """Names that the body may have, at its top."""
        about = self._document["paths"][path][method.lower()]
        schema = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return list(schema.get("properties", ()))

    def _value(self, schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:  # noqa: PLR0911  # a kind each
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._value(schema[choice][0], known)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                required = schema.get("required", ())
                return {
                    name: known.get(name, self._value(schema["properties"][name], known)) for name in required
                }
            case "array":
                return [self._value(schema["items"], known) for _ in range(schema.get("minItems", 0))]
            case "boolean":
                return True
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case _:
                return self._text(schema)

    def _text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") in TEXTS:
            return TEXTS[schema["format"]]()
        if schema.get("pattern") in PATTERNS:
            return PATTERNS[schema["pattern"]]
        return "app-1"[: schema.get("maxLength", 5)].ljust(schema.get("minLength", 1), "1")
