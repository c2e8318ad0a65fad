"""The key of a patched telephone: it asks for the floor, keeps it with signs of life, and says by a tone what
has become of it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from radio_bridge.floor.ports import Result

Tone = Literal["begin", "granted", "queued", "denied", "over"]
"""`begin` is said in words: what it will hear, and by which keys it talks."""


@dataclass(frozen=True, slots=True)
class Key:
    """`op_id` is the request that is held now; `granted` that its sound is heard."""

    op_id: UUID | None = None
    granted: bool = False


# --- what happens ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Down:
    """Pressed; while it is down already, nothing."""

    op_id: UUID


@dataclass(frozen=True, slots=True)
class Up:
    """Let go, or the telephone has left."""


@dataclass(frozen=True, slots=True)
class Told:
    """What floor control says about the request."""

    op_id: UUID
    result: Result


@dataclass(frozen=True, slots=True)
class Alive:
    """Time for a sign of life."""


Signal = Down | Up | Told | Alive


# --- what follows ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    op_id: UUID


@dataclass(frozen=True, slots=True)
class LetGo:
    op_id: UUID


@dataclass(frozen=True, slots=True)
class Sound:
    """Let the telephone hear this tone."""

    tone: Tone


Effect = Ask | LetGo | Sound


def apply(key: Key, signal: Signal) -> tuple[Key, tuple[Effect, ...]]:
    """The key after the signal, and what follows, in order. Answers to older requests change nothing."""
    match signal:
        case Down(op_id):
            return (Key(op_id), (Ask(op_id),)) if key.op_id is None else (key, ())
        case Up():
            if key.op_id is None:
                return key, ()
            said = (LetGo(key.op_id), Sound("over")) if key.granted else (LetGo(key.op_id),)
            return Key(), said
        case Alive():
            return key, () if key.op_id is None else (Ask(key.op_id),)
        case Told(op_id, result) if op_id == key.op_id:
            return _told(key, result)
        case _:
            return key, ()


def _told(key: Key, result: Result) -> tuple[Key, tuple[Effect, ...]]:
    match result:
        case "granted":
            return (key, ()) if key.granted else (replace(key, granted=True), (Sound("granted"),))
        case "queued":
            return key, () if key.granted else (Sound("queued"),)
        case _:
            # Who is denied in mid-talk (a role that was started anew knows nothing of it) hears that too.
            return Key(), (Sound("over" if key.granted else "denied"),)
