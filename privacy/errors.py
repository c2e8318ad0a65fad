"""Errors of this room, each with a remedy."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound


class NoNumber(Invalid):
    kind: ClassVar[str] = "no-number"
    title: ClassVar[str] = "This is not a citizen's number or e-mail address"


class ReasonNamesThePerson(Invalid):
    """The reason stays when the person is forgotten."""

    kind: ClassVar[str] = "reason-names-the-person"
    title: ClassVar[str] = "The reason contains the number itself"


class NothingToErase(NotFound):
    kind: ClassVar[str] = "nothing-to-erase"
    title: ClassVar[str] = "Nothing is known of this number or call"


class StillInUse(Conflict):
    """The number is still needed: by a call, a callback, a listing or a legal hold."""

    kind: ClassVar[str] = "still-in-use"
    title: ClassVar[str] = "The number is still in use"
