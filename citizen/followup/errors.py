"""Errors of follow-ups."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, NotFound


class NoSuchFollowUp(NotFound):
    """Also for a report's wrong number or code."""

    kind: ClassVar[str] = "no-such-follow-up"
    title: ClassVar[str] = "There is no follow-up to answer"


class FollowUpOver(Conflict):
    kind: ClassVar[str] = "follow-up-over"
    title: ClassVar[str] = "This follow-up has ended or was answered"


class FollowUpTaken(Conflict):
    kind: ClassVar[str] = "follow-up-taken"
    title: ClassVar[str] = "A colleague has this follow-up"


class NotCallingHours(Conflict):
    kind: ClassVar[str] = "not-calling-hours"
    title: ClassVar[str] = "Citizens are not called at this hour"
