"""Reads an event from a source's own JSON, by the paths of its settings. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from pydantic import ValidationError

from core.datum import DatumPoint
from sensing.feeds.errors import FeedContentRefused
from sensing.feeds.model import FIELDS, FeedEvent
from sensing.feeds.settings import FeedSettings

MILLISECONDS: Final = 100_000_000_000
"""A number of seconds is smaller until the year 5138, one of milliseconds larger since 1973."""
MOST_FOUND: Final = 16


def event_of(settings: FeedSettings, body: bytes) -> FeedEvent:
    """The event in these bytes. Raises `FeedContentRefused` for anything else."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        found = {name: _at(document, settings.fields.get(name, name).split(".")) for name in FIELDS}
        return FeedEvent.model_validate(_with_place(_read(found, settings), settings))
    except (ValidationError, ValueError, OverflowError, RecursionError) as error:
        # Without what it says: that repeats what was sent.
        raise FeedContentRefused from error


def _no_number(_text: str) -> float:
    raise ValueError("no number")


def _at(node: Any, path: list[str]) -> Any:
    """What stands there, None for nothing; `*` stands for each of a list."""
    for position, name in enumerate(path):
        if name == "*" and isinstance(node, list):
            return [_at(one, path[position + 1 :]) for one in node[:MOST_FOUND]]
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isascii() and name.isdigit():
            node = node[int(name)] if len(name) < 4 and int(name) < len(node) else None
        else:
            return None
    return node


def _read(found: Mapping[str, Any], settings: FeedSettings) -> dict[str, Any]:
    read = {name: value for name, value in found.items() if value is not None}
    for name in ("event_id", "kind", "text", "place", "plate"):
        if isinstance(read.get(name), int | float) and not isinstance(read[name], bool):
            read[name] = str(read[name])
    for name in ("lon", "lat"):
        if isinstance(read.get(name), str):
            read[name] = float(read[name]) if read[name].strip() else None
    if "occurred_at" in read:
        read["occurred_at"] = _time(read["occurred_at"], settings.utc_offset_h)
    pictures = read.get("pictures", [])
    listed = pictures if isinstance(pictures, list) else [pictures]
    read["pictures"] = [one for one in listed if one not in (None, "")]
    return read


def _time(value: object, offset_h: float) -> datetime:
    """ISO 8601, or seconds or milliseconds since 1970."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 15:
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= MILLISECONDS else value
        return datetime.fromtimestamp(seconds, UTC)
    at = datetime.fromisoformat(str(value).strip())
    return at if at.tzinfo else at.replace(tzinfo=timezone(timedelta(hours=offset_h)))


def _with_place(read: dict[str, Any], settings: FeedSettings) -> dict[str, Any]:
    """In WGS-84; a point of which one half is missing, or 0° 0°, is none."""
    lon, lat = read.get("lon"), read.get("lat")
    if lon is None or lat is None or (lon == 0 and lat == 0):
        return {**read, "lon": None, "lat": None}
    if settings.datum == "WGS-84" or not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return read
    point = DatumPoint(float(lon), float(lat), settings.datum).wgs84()
    return {**read, "lon": point.lon, "lat": point.lat}
