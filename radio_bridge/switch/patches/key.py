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
class TelephoneKey:
    """`op_id` is the request that is held now; `granted` that its sound is heard."""

    op_id: UUID | None = None
    granted: bool = False


# --- what happens ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyDown:
    """Pressed; while it is down already, nothing."""

    op_id: UUID


@dataclass(frozen=True, slots=True)
class KeyUp:
    """Let go, or the telephone has left."""


@dataclass(frozen=True, slots=True)
class FloorDecision:
    """What floor control says about the request."""

    op_id: UUID
    result: Result


@dataclass(frozen=True, slots=True)
class KeyAlive:
    """Time for a sign of life."""


Signal = KeyDown | KeyUp | FloorDecision | KeyAlive


# --- what follows ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestFloor:
    op_id: UUID


@dataclass(frozen=True, slots=True)
class ReleaseFloor:
    op_id: UUID


@dataclass(frozen=True, slots=True)
class PlayTone:
    """Let the telephone hear this tone."""

    tone: Tone


Effect = RequestFloor | ReleaseFloor | PlayTone


def apply(key: TelephoneKey, signal: Signal) -> tuple[TelephoneKey, tuple[Effect, ...]]:
    """The key after the signal, and what follows, in order. Answers to older requests change nothing."""
    match signal:
        case KeyDown(op_id):
            return (TelephoneKey(op_id), (RequestFloor(op_id),)) if key.op_id is None else (key, ())
        case KeyUp():
            if key.op_id is None:
                return key, ()
            said = (ReleaseFloor(key.op_id), PlayTone("over")) if key.granted else (ReleaseFloor(key.op_id),)
            return TelephoneKey(), said
        case KeyAlive():
            return key, () if key.op_id is None else (RequestFloor(key.op_id),)
        case FloorDecision(op_id, result) if op_id == key.op_id:
            return _told(key, result)
        case _:
            return key, ()


def _told(key: TelephoneKey, result: Result) -> tuple[TelephoneKey, tuple[Effect, ...]]:
    match result:
        case "granted":
            return (key, ()) if key.granted else (replace(key, granted=True), (PlayTone("granted"),))
        case "queued":
            return key, () if key.granted else (PlayTone("queued"),)
        case _:
            # Who is denied in mid-talk (a role that was started anew knows nothing of it) hears that too.
            return TelephoneKey(), (PlayTone("over" if key.granted else "denied"),)
