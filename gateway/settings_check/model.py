"""A mistake in the settings, and what a rule knows when it looks for one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from gateway.settings import Settings

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys of tables and numbers of list entries, from 0: `("asterisk", "queues", 0, "name")`."""
Weight = Literal["fault", "warning"]
"""A fault keeps something from working or lets strangers in; a warning may be meant."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Where, what is wrong, and what to do about it. Neither text repeats a secret."""

    path: KeyPath
    what: str
    remedy: str
    weight: Weight = "fault"


@dataclass(frozen=True, slots=True)
class PlacedMistake:
    """A mistake with the file and line to edit; `line` is None where the key is not written in a file."""

    key: str
    file: str
    line: int | None
    what: str
    remedy: str
    weight: Weight

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.what}" if self.key else f"{place}: {self.what}"


@dataclass(frozen=True, slots=True)
class CheckedSettings:
    """The settings without the values that were refused, and what was told by file and environment. `file` is
    the settings file, `in_file` the path there of a path in `settings`.
    """

    settings: Settings
    told: Mapping[str, Any]
    file: Path | None
    in_file: Callable[[KeyPath], KeyPath] = tuple

    def says(self, path: KeyPath) -> bool:
        """Whether this key is written somewhere, and not the default."""
        return value_at(self.told, path) is not None


SettingsRule: TypeAlias = Callable[[CheckedSettings], Iterator[Mistake]]
ToldRule: TypeAlias = Callable[[Mapping[str, Any]], Iterator[Mistake]]
"""Looks at what was told before it is known to have the right types."""


def key_of(path: KeyPath) -> str:
    """As people write it: `asterisk.queues[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def path_of(key: str) -> KeyPath:
    """The path of a key without list entries: `web.tls.key`."""
    return tuple(key.split("."))


def value_at(told: Any, path: KeyPath) -> Any:
    """What stands there; None where nothing does."""
    here = told
    for part in path:
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list | tuple) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            return None
    return here


def entries(told: Any, *path: str) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """The tables of a list, each with its path."""
    found = value_at(told, path)
    if isinstance(found, list | tuple):
        for number, one in enumerate(found):
            if isinstance(one, Mapping):
                yield (*path, number), one
