"""What callbacks refuse, each with its stable kind."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class NoSuchCallback(NotFound):
    kind: ClassVar[str] = "no-such-callback"
    title: ClassVar[str] = "There is no such callback"


class NotOffered(Conflict):
    """The offer ran out, was taken back, or was another agent's."""

    kind: ClassVar[str] = "callback-not-offered"
    title: ClassVar[str] = "This callback is not offered to you now"


class CallbackMovedOn(Conflict):
    kind: ClassVar[str] = "callback-moved-on"
    title: ClassVar[str] = "The callback has moved on meanwhile"


class NotYourCallback(Forbidden):
    kind: ClassVar[str] = "not-your-callback"
    title: ClassVar[str] = "Only who made the attempt, or a supervisor, may do this"


class NotCallable(Invalid):
    """Withheld, emergency, premium, service and (unless allowed) foreign numbers are never called back."""

    kind: ClassVar[str] = "not-callable"
    title: ClassVar[str] = "This number is not called back"


class TooManyCallbacks(Unavailable):
    kind: ClassVar[str] = "too-many-callbacks"
    title: ClassVar[str] = "No further callback is taken at the moment"


class CallbacksNotRead(Unavailable):
    kind: ClassVar[str] = "callbacks-not-read"
    title: ClassVar[str] = "The callbacks have not been read from the database yet"
