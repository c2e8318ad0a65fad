"""JSON Schemas as TypeScript: types in a line, and definitions as `interface` or as a list of words. Pure."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence

from gateway.contracts.names import Place
from gateway.contracts.schemas import PREFIX, Schema, Schemas

WIDTH = 110
_PLAIN = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null",
}  # fmt: skip
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


class Types:
    """Writes types as seen from the file of `room`: a definition of another room has that room's name before
    it.
    """

    def __init__(self, schemas: Schemas, places: Mapping[str, Place], room: str = "") -> None:
        self._schemas = schemas
        self._places = places
        self._room = room
        self._open: list[str] = []
        self.rooms: set[str] = set()
        """Other rooms that were named so far."""

    def of(self, schema: Schema) -> str:
        """One line. `unknown` for what may be anything."""
        if "$ref" in schema:
            return self._reference(schema["$ref"].removeprefix(PREFIX))
        if "const" in schema:
            return json.dumps(schema["const"], ensure_ascii=False)
        if "enum" in schema:
            return _union(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return _union(self.of(one) for one in schema[several])
        if "allOf" in schema:
            return " & ".join(self.of(one) for one in schema["allOf"])
        return self._of_kind(schema)

    def fields(self, schema: Schema, leave: Collection[str] = ()) -> Iterator[str]:
        """The members of an object type, each with its comment; without those in `leave`."""
        required = set(schema.get("required", ()))
        for name, about in schema.get("properties", {}).items():
            if name in leave:
                continue
            yield from comment(about.get("description", ""), "  ")
            yield f"  {_key(name)}{'' if name in required else '?'}: {self.of(about)};"

    def _reference(self, key: str) -> str:
        place = self._places.get(key)
        if place is None:
            return self._inside(key)
        if place.room == self._room:
            return place.name
        self.rooms.add(place.room)
        return f"{place.room}.{place.name}"

    def _inside(self, key: str) -> str:
        """A definition that is no class is written out where it is used."""
        if key in self._open:
            return "unknown"
        self._open.append(key)
        made = self.of(self._schemas.definitions[key])
        self._open.pop()
        return made

    def _of_kind(self, schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            return _union(self.of({**schema, "type": one}) for one in kind)
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._object(schema)
        return _PLAIN.get(str(kind), "unknown")

    def _array(self, schema: Schema) -> str:
        if "prefixItems" in schema:
            return f"[{', '.join(self.of(one) for one in schema['prefixItems'])}]"
        item = self.of(schema.get("items", {}))
        return f"({item})[]" if " " in item and not item.endswith("}") else f"{item}[]"

    def _object(self, schema: Schema) -> str:
        if schema.get("properties"):
            return "{ " + " ".join(line.strip() for line in self.fields(schema)).rstrip(";") + " }"
        more = schema.get("additionalProperties", True)
        value = "unknown" if isinstance(more, bool) else self.of(more)
        if "propertyNames" in schema and (key := self.of(schema["propertyNames"])) not in {
            "string",
            "unknown",
        }:
            return f"Partial<Record<{key}, {value}>>"
        return f"Record<string, {value}>"


def definition(types: Types, name: str, schema: Schema, leave: Collection[str] = ()) -> str:
    """An enumeration is the list of its values and the type of one of them, under the same name."""
    lines = list(comment(str(schema.get("description", ""))))
    if "enum" in schema or "const" in schema:
        words = [json.dumps(one, ensure_ascii=False) for one in schema.get("enum", [schema.get("const")])]
        lines += _broken(f"export const {name} = [", words, "] as const;")
        lines.append(f"export type {name} = (typeof {name})[number];")
    elif schema.get("type") == "object" and "properties" in schema:
        fields = list(types.fields(schema, leave))
        lines += (
            [f"export interface {name} {{", *fields, "}"] if fields else [f"export type {name} = object;"]
        )
    else:
        lines.append(f"export type {name} = {types.of(schema)};")
    return "\n".join(lines)


def comment(words: str, indent: str = "") -> Iterator[str]:
    """The lines of a documentation comment; none where there are no words."""
    paragraphs = [" ".join(one.split()) for one in words.replace("*/", "* /").split("\n\n") if one.strip()]
    if not paragraphs:
        return
    if len(paragraphs) == 1 and len(paragraphs[0]) <= WIDTH - 8 - len(indent):
        yield f"{indent}/** {paragraphs[0]} */"
        return
    yield f"{indent}/**"
    for at, paragraph in enumerate(paragraphs):
        if at:
            yield f"{indent} *"
        yield from (f"{indent} * {line}" for line in textwrap.wrap(paragraph, WIDTH - 3 - len(indent)))
    yield f"{indent} */"


def record(entries: Mapping[str, str], indent: str = "  ") -> Iterator[str]:
    """Members of an interface whose names are no identifiers."""
    return (f"{indent}{_key(name)}: {what};" for name, what in entries.items())


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _union(types: Iterator[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _broken(begin: str, words: Sequence[str], end: str) -> list[str]:
    """On one line, or each on its own."""
    line = f"{begin}{', '.join(words)}{end}"
    return [line] if len(line) <= WIDTH else [begin, *(f"  {word}," for word in words), end]
