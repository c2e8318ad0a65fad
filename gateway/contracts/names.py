"""Where a definition stands and what it is called there: the room of its class, the name of its class.

Classes of one room with the same name have the folder of their subject before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.contracts.schemas import INPUT, MODULE, NAME, Schema


class SameName(ValueError):
    """Two classes of one folder have the same name: rename one of them."""


@dataclass(frozen=True, slots=True)
class Place:
    room: str
    name: str


def places(definitions: Mapping[str, Schema]) -> dict[str, Place]:
    """The place of each definition by its key. Raises `SameName`."""
    marked = {key: schema for key, schema in definitions.items() if MODULE in schema}
    found = _named(marked, lambda _key, schema: schema[NAME])
    twice = {place for place, count in Counter(found.values()).items() if count > 1}
    longer = _named({key: one for key, one in marked.items() if found[key] in twice}, _with_folder)
    found |= longer
    for place, count in Counter(found.values()).items():
        if count > 1:
            raise SameName(f"{count} classes are called {place.name} in {place.room}")
    return found


def _named(definitions: Mapping[str, Schema], name: Callable[[str, Schema], str]) -> dict[str, Place]:
    return {
        key: Place(
            str(schema[MODULE]).split(".", maxsplit=1)[0],
            name(key, schema) + ("Input" if key.endswith(INPUT) else ""),
        )
        for key, schema in definitions.items()
    }


def _with_folder(_key: str, schema: Schema) -> str:
    folders = str(schema[MODULE]).split(".")[1:-1]
    words = [word for folder in folders for word in folder.split("_")]
    return "".join(word.capitalize() for word in words) + str(schema[NAME])
