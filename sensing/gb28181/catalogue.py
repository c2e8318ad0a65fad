"""The list of cameras behind a device, which comes in parts (GB/T 28181, 9.5): parts to a whole. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from sensing.cameras.model import CameraKind, RegisteredCamera, gb_fault
from sensing.gb28181.ids import CAMERA_TYPES, address_of, is_id, parts_of
from sensing.gb28181.manscdp import XmlElement

MOST_CHANNELS: Final = 20_000
_DIRECTIONS: Final = {1: 90.0, 2: 270.0, 3: 180.0, 4: 0.0, 5: 135.0, 6: 45.0, 7: 225.0, 8: 315.0}
"""`DirectionType`: east, west, south, north, south-east, north-east, south-west, north-west."""
_EIGHTH: Final = 90.0
"""Degrees that a camera of such a direction is taken to see: half of it is the error of eight directions."""
_TURNING: Final = frozenset({1, 4})
"""`PTZType` of a dome and of a camera on a pan head."""


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """A camera as its device lists it; degrees, WGS-84."""

    channel: str
    name: str
    owner: str
    up: bool
    lon: float | None
    lat: float | None
    turns: bool
    azimuth: float | None


class CatalogueParts:
    """Collects the parts of one answer. Parts may come twice and in any order."""

    def __init__(self) -> None:
        self._total: int | None = None
        self._seen: set[str] = set()
        self._items: dict[str, CatalogueItem] = {}

    def add(self, part: XmlElement) -> list[CatalogueItem] | None:
        """The cameras, as soon as every entry has come; None until then. Raises `ValueError` for a number of
        entries that cannot be.
        """
        total = part.number("SumNum")
        if total is None or not 0 <= total <= MOST_CHANNELS or total != int(total):
            raise ValueError("SumNum is out of range")
        if self._total not in {None, int(total)}:
            raise ValueError("SumNum differs between parts")
        self._total = int(total)
        listed = part.child("DeviceList")
        for one in listed.children if listed is not None else ():
            self._entry(one)
        return list(self._items.values()) if len(self._seen) >= self._total else None

    def _entry(self, entry: XmlElement) -> None:
        channel = entry.said("DeviceID", 32)
        if entry.name != "Item" or len(self._seen) >= MOST_CHANNELS:
            return
        # Groups, organisations and alarm inputs count as entries, and are no cameras.
        self._seen.add(channel)
        if is_id(channel) and channel[10:13] in CAMERA_TYPES:
            self._items[channel] = _item(channel, entry)


def _item(channel: str, entry: XmlElement) -> CatalogueItem:
    lon, lat = entry.number("Longitude"), entry.number("Latitude")
    placed = lon is not None and lat is not None and (lon, lat) != (0, 0)
    info = entry.child("Info") or XmlElement("Info")
    turns = (entry.number("PTZType") or info.number("PTZType")) in _TURNING
    direction = entry.number("DirectionType") or info.number("DirectionType") or 0
    return CatalogueItem(
        channel=channel,
        name=entry.said("Name", 80) or channel,
        owner=entry.said("Owner", 120),
        up=entry.said("Status").upper() in {"ON", "OK", "ONLINE"},
        lon=lon if placed else None,
        lat=lat if placed else None,
        turns=turns,
        azimuth=_DIRECTIONS.get(int(direction)),
    )


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """What a catalogue changes in the register. `without_place` were left out: a camera needs a position;
    `too_many` because the device has as many as it may have.
    """

    cameras: tuple[RegisteredCamera, ...]
    added: int
    changed: int
    without_place: int
    too_many: int


def change_of(
    device: str, items: list[CatalogueItem], present: Mapping[str, RegisteredCamera], most: int
) -> CatalogueChange:
    """Cameras that are new, and those that came from a catalogue and are other than they were. What somebody
    imported by a table stays as it is, and a camera of another device is that one's. The device has at most
    `most` cameras in the register, those of tables among them.
    """
    taken = {one.gb_id for one in present.values() if one.gb_id and one.code != one.gb_id}
    reached = [parts for one in present.values() if (parts := parts_of(one.address))]
    taken |= {channel for other, channel in reached if other != device}
    room = most - sum(other == device for other, _ in reached)
    made, added, without, too_many = [], 0, 0, 0
    for item in items:
        known = present.get(item.channel)
        if item.channel in taken or (known is not None and known.address != address_of(device, item.channel)):
            continue
        camera = _camera(device, item, known)
        if camera is None:
            without += 1
        elif known is None and added >= room:
            too_many += 1
        elif known is None or camera != known:
            made.append(camera)
            added += known is None
    return CatalogueChange(tuple(made), added, len(made) - added, without, too_many)


def _camera(device: str, item: CatalogueItem, known: RegisteredCamera | None) -> RegisteredCamera | None:
    """None for one without a position that can be."""
    if gb_fault(item.channel):
        return None
    told: dict[str, Any] = {"name": item.name, "owner": item.owner, "lon": item.lon, "lat": item.lat}
    if known is None:
        fixed = not item.turns and item.azimuth is not None
        told |= {
            "code": item.channel, "gb_id": item.channel, "address": address_of(device, item.channel),
            "kind": CameraKind.PTZ if item.turns else CameraKind.FIXED,
            "azimuth": item.azimuth if fixed else None, "view_angle": _EIGHTH if fixed else 360.0,
        }  # fmt: skip
    elif item.lon is None:
        del told["lon"], told["lat"]
    try:
        return RegisteredCamera.model_validate({**({} if known is None else known.model_dump()), **told})
    except ValidationError:
        return None
