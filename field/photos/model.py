"""A photo on its way to the centre: pure. It is announced with its size and SHA-256; pieces follow in order,
each at the offset that the centre names; only what has the announced digest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from core.place import Position

MOST_BYTES = 16 * 1024 * 1024
MOST_PIECE = 512 * 1024
MOST_PIXELS = 64_000_000
"""Phones make fewer unless they are told to. Who opens a picture needs four bytes for each: 256 MB."""
PLAIN_PIXELS = 12_000_000
"""Of so many a screen of one colour may be made, which is a few bytes; of more only what a camera saw."""
PIXELS_OF_BYTE = 100
"""A larger picture of which a byte holds more pixels was made to be opened at somebody's cost."""
OF_DEPARTMENT = "department:"
"""Begins the `unit_id` of what a department brought with its answer; no network has this name."""
OF_CAMERA = "camera:"
"""Begins the `unit_id` of what a camera took; no network has this name either."""
TRIES = 3
"""So often may all of it come and have another digest; then it is refused."""


class PhotoState(StrEnum):
    COMING = "coming"
    KEPT = "kept"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Photo:
    """`photo_id` is the terminal's name for it. `unit_id` is who brought it: a unit,
    `department:ID` or `camera:CODE`. `received` bytes of `size` are here. `dispatch_id` is a job
    of this unit, `case_id` its case, once the photo is kept.

    `taken_at` and `place` are the terminal's own word, by the centre's clock; `shown_*` what the picture
    itself says (EXIF), kept as evidence. `path` and `key_id` say where it is kept, also of an erased one
    until its file is gone; `token` what a piece must show (SHA-256 of it).
    """

    photo_id: UUID
    unit_id: str
    size: int
    sha256: str
    announced_at: datetime
    taken_at: datetime
    state: PhotoState = PhotoState.COMING
    received: int = 0
    tries: int = 0
    token: str = ""
    dispatch_id: UUID | None = None
    case_id: UUID | None = None
    place: Position | None = None
    shown_lon: float | None = None
    shown_lat: float | None = None
    shown_at: str = ""
    kind: str = ""
    path: str = ""
    key_id: str = ""
    why: str = ""
    kept_at: datetime | None = None
    erased_at: datetime | None = None
    erased_by: str = ""

    @property
    def department_id(self) -> str | None:
        """The department that brought it with its answer; None for a unit's."""
        return self.unit_id.removeprefix(OF_DEPARTMENT) if self.unit_id.startswith(OF_DEPARTMENT) else None

    @property
    def camera_code(self) -> str | None:
        """The camera that took it; None for what people brought."""
        return self.unit_id.removeprefix(OF_CAMERA) if self.unit_id.startswith(OF_CAMERA) else None

    @property
    def is_of_unit(self) -> bool:
        """Whether a unit brought it."""
        return not self.unit_id.startswith((OF_DEPARTMENT, OF_CAMERA))

    @property
    def by(self) -> str:
        """Who brought it, as a case's timeline names him: `unit:ID`, `department:ID`, `camera:CODE`."""
        return f"unit:{self.unit_id}" if self.is_of_unit else self.unit_id


@dataclass(frozen=True, slots=True)
class Announced:
    """What a terminal says of a photo before it brings it; `taken_at` by the centre's clock, `msg_id` of the
    message that says it.
    """

    photo_id: UUID
    unit_id: str
    size: int
    sha256: str
    taken_at: datetime
    msg_id: UUID
    dispatch_id: UUID | None = None
    place: Position | None = None


@dataclass(frozen=True, slots=True)
class PhotoChunk:
    """`length` bytes that begin at `offset`."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class PhotoComplete:
    """All bytes are here and were looked at. `fault` says why they are no photo that can be kept."""

    sha256: str
    at: datetime
    kind: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PhotoBytesLost:
    """On the disk are fewer bytes than were counted (or none any more)."""

    there: int


@dataclass(frozen=True, slots=True)
class Erase:
    by: str
    at: datetime


Signal = PhotoChunk | PhotoComplete | PhotoBytesLost | Erase
Outcome = Literal["", "taken", "elsewhere", "complete", "kept", "again", "refused", "over"]
"""`elsewhere`: the piece begins where nothing is expected; `again`: another digest, all of it is to come
again; `over`: it is not coming any more."""


def apply(photo: Photo, signal: Signal) -> tuple[Photo, Outcome]:
    """The photo after the signal, and what is to be done or said."""
    if isinstance(signal, Erase):
        return _erased(photo, signal)
    if photo.state is not PhotoState.COMING:
        return photo, "over"
    match signal:
        case PhotoChunk(offset, length):
            if offset != photo.received or not 0 < length <= min(MOST_PIECE, photo.size - offset):
                return photo, "elsewhere"
            received = offset + length
            return replace(photo, received=received), "complete" if received == photo.size else "taken"
        case PhotoBytesLost(there):
            return replace(photo, received=min(photo.received, max(0, there))), ""
        case PhotoComplete():
            return _looked_at(photo, signal)


def _looked_at(photo: Photo, whole: PhotoComplete) -> tuple[Photo, Outcome]:
    if photo.received != photo.size:
        return photo, "elsewhere"
    if whole.sha256 != photo.sha256:
        tries = photo.tries + 1
        if tries < TRIES:
            return replace(photo, received=0, tries=tries), "again"
        return replace(photo, state=PhotoState.REFUSED, received=0, tries=tries, why="digest"), "refused"
    if whole.fault:
        return replace(photo, state=PhotoState.REFUSED, received=0, why=whole.fault), "refused"
    return replace(photo, state=PhotoState.KEPT, kind=whole.kind, kept_at=whole.at), "kept"


def _erased(photo: Photo, order: Erase) -> tuple[Photo, Outcome]:
    if photo.state is PhotoState.ERASED:
        return photo, ""
    gone = replace(
        photo, state=PhotoState.ERASED, received=0, place=None, shown_lon=None, shown_lat=None, shown_at="",
        token="", erased_at=order.at, erased_by=order.by,
    )  # fmt: skip
    return gone, "over"
