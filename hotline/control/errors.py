"""What call control refuses, each with its stable kind. A refusal means: nothing was done."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, SonghuaError, Unavailable


class CallMovedOn(Conflict):
    """`state` is what the call is now, `doing` what the desk does in it (empty: nothing)."""

    kind: ClassVar[str] = "call-moved-on"
    title: ClassVar[str] = "The call has moved on: this cannot be done with it now"


class PhoneUnreachable(Conflict):
    kind: ClassVar[str] = "phone-unreachable"
    title: ClassVar[str] = "The telephone cannot be rung"


class PhoneBusy(Conflict):
    kind: ClassVar[str] = "phone-busy"
    title: ClassVar[str] = "The telephone is in use"


class PhoneMustAnswer(Conflict):
    """A SIP telephone is answered at the telephone: no right that the gateway has can do it from outside."""

    kind: ClassVar[str] = "phone-must-answer"
    title: ClassVar[str] = "This telephone can only be answered by hand"


class NoSuchTarget(Invalid):
    kind: ClassVar[str] = "no-such-target"
    title: ClassVar[str] = "There is no such desk, queue or number"


class CallerIdNotAllowed(Invalid):
    kind: ClassVar[str] = "caller-id-not-allowed"
    title: ClassVar[str] = "Calls may not be placed with this caller id"


class TooManyWaiting(Unavailable):
    kind: ClassVar[str] = "control-busy"
    title: ClassVar[str] = "Too many operations wait for this call"


class SwitchAway(Unavailable):
    """Nothing was sent."""

    kind: ClassVar[str] = "switch-away"
    title: ClassVar[str] = "The switch cannot be reached"


class SwitchRefused(SonghuaError):
    """The switch said no; nothing was done."""

    kind: ClassVar[str] = "switch-refused"
    title: ClassVar[str] = "The switch refused"
    status: ClassVar[int] = 409


class SwitchInDoubt(SonghuaError):
    """It was sent and not answered; it is never sent again."""

    kind: ClassVar[str] = "switch-in-doubt"
    title: ClassVar[str] = "It is unknown whether the switch has done it"
    status: ClassVar[int] = 504
