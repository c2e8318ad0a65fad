"""What was read, as fields with units: for people and for programs that look at captured frames."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

_UNITS: Final = {"_mps": "m/s", "_m": "m", "_s": "s", "_deg": "°"}
_DEGREES: Final = frozenset({"lon", "lat"})
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
MEANT: Final = (
    "fixed", "emergency", "failed", "received", "request_id", "interval_s", "place", "info", "at_most_s",
)  # fmt: skip
"""Properties that say what the fields mean."""


@dataclasses.dataclass(frozen=True, slots=True)
class FrameField:
    """`path` are the names from the outside in; `unit` is empty for codes, numbers and texts."""

    path: tuple[str, ...]
    value: str | int | float | bool
    unit: str


def tree(read: Any) -> dict[str, Any]:
    """As JSON can hold it: with `kind`, the name of what it is; what is not there is None."""
    found: dict[str, Any] = {"kind": _CAPITAL.sub(" ", type(read).__name__).lower()}
    found.update({one.name: _plain(getattr(read, one.name)) for one in dataclasses.fields(read)})
    meant = (name for name in MEANT if isinstance(getattr(type(read), name, None), property))
    found.update({name: _plain(getattr(read, name)) for name in meant})
    return found


def fields(read: Any) -> Iterator[FrameField]:
    """What is there, in order."""
    yield from _fields((), tree(read))


def unit(name: str) -> str:
    """By the end of the field's name."""
    if name in _DEGREES:
        return "°"
    return next((word for end, word in _UNITS.items() if name.endswith(end)), "")


def _fields(path: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[FrameField]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _fields((*path, name), value)
        elif isinstance(value, list):
            for place, one in enumerate(value, 1):
                inside = one if isinstance(one, dict) else {"value": one}
                yield from _fields((*path, f"{name}[{place}]"), inside)
        elif value is not None and value != "" and (name != "kind" or not path):
            yield FrameField((*path, name), value, unit(name))


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.name.lower().replace("_", " ")
        case bytes():
            return value.hex()
        case datetime():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case _ if dataclasses.is_dataclass(value):
            return tree(value)
    return value
