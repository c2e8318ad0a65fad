"""What can be wrong with a unit or with what it sent."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound, SonghuaError


class UnknownUnit(NotFound):
    kind: ClassVar[str] = "unknown-unit"
    title: ClassVar[str] = "There is no such unit"


class UnitExists(Conflict):
    kind: ClassVar[str] = "unit-exists"
    title: ClassVar[str] = "A unit of this name exists"


class NameTaken(Conflict):
    kind: ClassVar[str] = "unit-name-taken"
    title: ClassVar[str] = "Another unit has this name"


class UnitRevoked(Conflict):
    kind: ClassVar[str] = "unit-revoked"
    title: ClassVar[str] = "The unit was revoked"


class EnrolmentCodeVoid(NotFound):
    kind: ClassVar[str] = "enrolment-code-void"
    title: ClassVar[str] = "This code enrols no terminal"


class UnknownTalkgroup(NotFound):
    kind: ClassVar[str] = "unknown-talkgroup"
    title: ClassVar[str] = "There is no such talkgroup"


class TalkgroupExists(Conflict):
    kind: ClassVar[str] = "talkgroup-exists"
    title: ClassVar[str] = "A talkgroup of this name exists"


class UnknownText(NotFound):
    kind: ClassVar[str] = "unknown-text"
    title: ClassVar[str] = "There is no such text of a unit"


class UnknownEmergency(NotFound):
    kind: ClassVar[str] = "unknown-emergency"
    title: ClassVar[str] = "There is no such emergency"


class TooManyPhotos(SonghuaError):
    kind: ClassVar[str] = "too-many-photos"
    title: ClassVar[str] = "So many photos are not taken in so short a time"
    status: ClassVar[int] = 429


class PhotoNotKept(Invalid):
    """`extra.why`: `no-picture`, `too-large`."""

    kind: ClassVar[str] = "photo-not-kept"
    title: ClassVar[str] = "This is no photo that can be kept"


class UnknownPhoto(NotFound):
    kind: ClassVar[str] = "unknown-photo"
    title: ClassVar[str] = "There is no such photo, or the ticket is not for it"
