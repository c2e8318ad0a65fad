"""What the OwnTracks apps say, as on the wire: any bytes are a message that is known, one that is not ours to
take, or `Malformed`.

Topics `owntracks/{user}/{device}` with `/event` for transitions; the user is the unit's name. JSON with
`_type` (OwnTracks booklet, "JSON"): `tst` in seconds since 1970 by the device's clock, `vel` in km/h,
`batt` in percent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from core.malformed import Malformed
from core.models import Frozen
from field.contract.names import is_uid
from field.units.model import is_device
from field.units.places.model import PositionFix

ROOT: Final = "owntracks"
BEARER: Final = "owntracks"
MAX_BYTES: Final = 8_192
FILTERS: Final = (f"{ROOT}/+/+", f"{ROOT}/+/+/event")
_OTHERS: Final = frozenset(
    {
        "beacon", "card", "cmd", "configuration", "dump", "encrypted", "request", "status", "steps",
        "waypoint", "waypoints",
    }
)  # fmt: skip
_UNKNOWN_ACCURACY_M: Final = 500.0
"""For an app that does not say how accurate it is."""

_Seconds = Annotated[int, Field(gt=0, le=4_102_444_800)]
_Number = Annotated[float, Field(allow_inf_nan=False)]


class AppLocation(Frozen):
    """`acc` is negative or 0 on some devices that have no fix."""

    type: Literal["location"] = Field(alias="_type")
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    tst: _Seconds
    acc: _Number | None = None
    alt: _Number | None = None
    vel: _Number | None = None
    cog: _Number | None = None
    batt: _Number | None = None


class AppWill(Frozen):
    """Published by the broker for an app that is gone; `tst` is when it had connected."""

    type: Literal["lwt"] = Field(alias="_type")


class AppTransition(Frozen):
    """The device entered or left a region of its own; with a position where it was measured."""

    type: Literal["transition"] = Field(alias="_type")
    event: Literal["enter", "leave"]
    tst: _Seconds
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    acc: _Number | None = None


Message = AppLocation | AppWill | AppTransition
_KNOWN: Final[dict[str, type[Message]]] = {
    "location": AppLocation,
    "lwt": AppWill,
    "transition": AppTransition,
}


@dataclass(frozen=True, slots=True)
class OwnTracksTopic:
    """Whose app it is: the unit, and the device that it was enrolled with."""

    unit_id: str
    device: str


def topic(unit_id: str, device: str) -> str:
    """Where a unit's location app publishes."""
    return f"{ROOT}/{unit_id}/{device}"


def parse(topic_name: str) -> OwnTracksTopic:
    """Raises `Malformed` for what is no topic of a unit's app."""
    match topic_name.split("/"):
        case ["owntracks", user, device] | ["owntracks", user, device, "event"] if is_uid(user) and is_device(
            device
        ):
            return OwnTracksTopic(user, device)
    raise Malformed("not a topic of a location app")


def decode(payload: bytes) -> Message | None:
    """The message; None for a kind that is known and not ours to take. Raises `Malformed`."""
    if len(payload) > MAX_BYTES:
        raise Malformed("too long")
    try:
        whole = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    kind = whole.get("_type") if isinstance(whole, dict) else None
    if not isinstance(kind, str):
        raise Malformed("no kind")
    if kind in _OTHERS:
        return None
    model = _KNOWN.get(kind)
    if model is None:
        raise Malformed("unknown kind")
    try:
        return model.model_validate(whole)
    except ValidationError as error:
        raise Malformed(f"{error.error_count()} faults") from error


def fix_of(message: AppLocation | AppTransition, device: str, received_at: datetime) -> PositionFix | None:
    """The position in it, None where a transition has none."""
    if message.lat is None or message.lon is None:
        return None
    more = message if isinstance(message, AppLocation) else None
    return PositionFix(
        lon=message.lon,
        lat=message.lat,
        accuracy_m=_UNKNOWN_ACCURACY_M if message.acc is None else message.acc,
        source=f"{BEARER}/{device}"[:40],
        device_at=datetime.fromtimestamp(message.tst, UTC),
        received_at=received_at,
        altitude_m=more.alt if more else None,
        speed_mps=_within(more.vel / 3.6, 0, 150) if more and more.vel is not None else None,
        heading_deg=_within(more.cog, 0, 360) if more else None,
        battery_pct=_percent(more.batt) if more else None,
    )


def _within(value: float | None, least: float, most: float) -> float | None:
    """A value that cannot be is left out; the position may be right all the same."""
    return value if value is not None and least <= value <= most else None


def _percent(value: float | None) -> int | None:
    found = _within(value, 0, 100)
    return None if found is None else round(found)
