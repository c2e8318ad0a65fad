"""AMI messages for tests: recorded from a real Asterisk 22 (`streams/`), or written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

STREAMS = Path(__file__).parent / "streams"


@dataclass(frozen=True)
class Message:
    name: str
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        return self.headers.get(name, default)


@dataclass(frozen=True)
class Snapshot:
    epoch: int
    channels: Sequence[Message] = ()
    queues: Sequence[Message] = ()


def message(name: str, **headers: str) -> Message:
    return Message(name, headers)


def recorded(name: str) -> list[Message]:
    """The live events of a recording, in order; answers and list rows are left out."""
    return [one for one in _all(name) if one.name and "ActionID" not in one.headers]


def recorded_rows(name: str) -> list[Message]:
    """The rows of the snapshot that was taken in the middle of a recording."""
    return [one for one in _all(name) if one.headers.get("ActionID", "").startswith("snap")]


def recorded_in_order(name: str) -> list[Message]:
    """Live events and snapshot rows as they came, to know what was before and after the snapshot."""
    return [one for one in _all(name) if one.name]


def _all(name: str) -> list[Message]:
    frames = (STREAMS / f"{name}.txt").read_bytes().decode("utf-8", "replace").split("\r\n\r\n")
    return [_parse(frame) for frame in frames if frame.strip()]


def _parse(frame: str) -> Message:
    headers: dict[str, str] = {}
    for line in frame.split("\r\n"):
        key, _, value = line.partition(": ")
        headers.setdefault(key.rstrip(":"), value)
    return Message(headers.pop("Event", ""), headers)
