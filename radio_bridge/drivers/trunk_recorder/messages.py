"""What trunk-recorder's MQTT status plugin publishes: topics and JSON in, objects out. Pure.

Only what the room needs is read: who talks, who is there. What is not of it is None; what pretends to be and
is not is `Malformed`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from core.malformed import Malformed

MOST_BYTES: Final = 262_144
MOST_CALLS: Final = 1_000
MOST_NUMBER: Final = 2**24 - 1


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """`unit` is None where the recorder does not know who talks."""

    call_id: str
    system: str
    tg: int
    unit: int | None
    emergency: bool


@dataclass(frozen=True, slots=True)
class CallStarted:
    call: RecordedCall


@dataclass(frozen=True, slots=True)
class RecordedCallEnded:
    call: RecordedCall


@dataclass(frozen=True, slots=True)
class CallsActive:
    """All that there are now."""

    calls: tuple[RecordedCall, ...]


@dataclass(frozen=True, slots=True)
class UnitHeard:
    """A radio has said something on the control channel, or talked."""

    system: str
    unit: int


@dataclass(frozen=True, slots=True)
class UnitGone:
    """It has signed off."""

    system: str
    unit: int


@dataclass(frozen=True, slots=True)
class RecorderAlive:
    """The recorder listens."""


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """Whether the plugin is connected to the broker; its last will says when it is not."""

    connected: bool


Message = (
    CallStarted | RecordedCallEnded | CallsActive | UnitHeard | UnitGone | RecorderAlive | RecorderStatus
)

HEARD_KINDS: Final = frozenset({"on", "join", "call", "data", "ackresp", "ans_req", "location"})
"""Each says that the radio is there now. `end` comes when a call was over some time ago."""
GONE_KIND: Final = "off"


def of_recorder(kind: str, payload: bytes) -> Message | None:
    """A message below `topic`; `kind` is what stands behind it. Raises `Malformed`."""
    match kind:
        case "call_start":
            return CallStarted(_call(_object(_json(payload), "call")))
        case "call_end":
            return RecordedCallEnded(_call(_object(_json(payload), "call")))
        case "calls_active":
            calls = _json(payload).get("calls")
            if not isinstance(calls, list) or len(calls) > MOST_CALLS:
                raise Malformed("calls is no list")
            return CallsActive(tuple(_call(one) for one in calls))
        case "trunk_recorder/status":
            return RecorderStatus(_text(_json(payload), "status") == "connected")
        case "rates" | "recorders":
            _json(payload)
            return RecorderAlive()
    return None


def of_unit(kind: str, payload: bytes) -> Message | None:
    """A message below `unit_topic` and the system's name. Raises `Malformed`."""
    if kind not in HEARD_KINDS and kind != GONE_KIND:
        return None
    said = _object(_json(payload), kind)
    unit = _unit(said)
    if unit is None:
        return None
    system = _text(said, "sys_name")
    return UnitGone(system, unit) if kind == GONE_KIND else UnitHeard(system, unit)


def _json(payload: bytes) -> dict[str, Any]:
    if len(payload) > MOST_BYTES:
        raise Malformed(f"{len(payload)} bytes")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(found, dict):
        raise Malformed("no object")
    return found


def _object(found: dict[str, Any], name: str) -> dict[str, Any]:
    inner = found.get(name)
    if not isinstance(inner, dict):
        raise Malformed(f"{name} is no object")
    return inner


def _call(found: Any) -> RecordedCall:
    if not isinstance(found, dict):
        raise Malformed("a call is no object")
    tg = _number(found, "talkgroup")
    if tg is None or tg <= 0:
        raise Malformed("a call without a talkgroup")
    emergency = found.get("emergency")
    return RecordedCall(
        _text(found, "id"), _text(found, "sys_name"), tg, _unit(found), emergency is True or emergency == 1
    )


def _unit(found: dict[str, Any]) -> int | None:
    """Whom the recorder does not know is -1 or 0."""
    unit = _number(found, "unit")
    return unit if unit is not None and unit > 0 else None


def _number(found: dict[str, Any], name: str) -> int | None:
    """A whole number of at most 24 bits; others are none."""
    value = found.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -1 <= value <= MOST_NUMBER:
        return None
    return value


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:
        raise Malformed(f"{name} is no text")
    return value
