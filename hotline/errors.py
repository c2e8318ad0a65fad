"""What the hotline refuses, each with its stable kind."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, Invalid, NotFound


class NoSuchLiveCall(NotFound):
    kind: ClassVar[str] = "no-such-call"
    title: ClassVar[str] = "There is no such call"


class NotSignedIn(Conflict):
    kind: ClassVar[str] = "agent-not-signed-in"
    title: ClassVar[str] = "Sign in at a telephone first"


class NoTelephone(Conflict):
    kind: ClassVar[str] = "no-telephone"
    title: ClassVar[str] = "No telephone belongs to this person"


class NotYourTelephone(Forbidden):
    kind: ClassVar[str] = "not-your-telephone"
    title: ClassVar[str] = "This telephone is assigned to somebody else"


class TelephoneTaken(Conflict):
    kind: ClassVar[str] = "telephone-taken"
    title: ClassVar[str] = "Somebody else is signed in at this telephone"


class DispositionMissing(Conflict):
    """Wrap-up ends only when each call has said what it was about."""

    kind: ClassVar[str] = "disposition-missing"
    title: ClassVar[str] = "The last call has no disposition yet"


class NotYourCall(Forbidden):
    kind: ClassVar[str] = "not-your-call"
    title: ClassVar[str] = "Only who was on the call, or a supervisor, may do this"


class NoSuchAgent(NotFound):
    kind: ClassVar[str] = "no-such-agent"
    title: ClassVar[str] = "There is no such agent"


class UnknownReason(Invalid):
    """The detail names the codes that exist."""

    kind: ClassVar[str] = "unknown-reason"
    title: ClassVar[str] = "This reason code does not exist for the state"


class StateForced(Conflict):
    kind: ClassVar[str] = "state-forced"
    title: ClassVar[str] = "A supervisor has set this state"


class NotInWrapUp(Conflict):
    kind: ClassVar[str] = "not-in-wrap-up"
    title: ClassVar[str] = "There is no after-call work to extend"


class WrapUpSpent(Conflict):
    kind: ClassVar[str] = "wrap-up-spent"
    title: ClassVar[str] = "After-call work cannot be extended any further"


class NotWaiting(Conflict):
    kind: ClassVar[str] = "not-waiting"
    title: ClassVar[str] = "This caller does not wait in a queue any more"
