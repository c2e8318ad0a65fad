"""What is refused about incident conferences, each with its stable kind."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound


class NoSuchConference(NotFound):
    kind: ClassVar[str] = "no-such-conference"
    title: ClassVar[str] = "There is no such conference, or it is over"


class NoSuchMember(NotFound):
    kind: ClassVar[str] = "no-such-member"
    title: ClassVar[str] = "This member is not in the conference"


class ConferenceIsLocked(Conflict):
    kind: ClassVar[str] = "conference-locked"
    title: ClassVar[str] = "The conference is locked: nobody else comes in"


class AlreadyInConference(Conflict):
    kind: ClassVar[str] = "already-in-conference"
    title: ClassVar[str] = "This member is in the conference already, or is being called"


class ConferenceFull(Conflict):
    kind: ClassVar[str] = "conference-full"
    title: ClassVar[str] = "The conference has as many members as it may have"


class ConferencesElsewhere(Conflict):
    kind: ClassVar[str] = "conferences-elsewhere"
    title: ClassVar[str] = "Conferences are held by the switch that leads"


class NotReachable(Invalid):
    kind: ClassVar[str] = "member-not-reachable"
    title: ClassVar[str] = "This member has no telephone that may be called"
