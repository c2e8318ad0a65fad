"""What can be wrong with a binding."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, NotFound


class NoSuchBinding(NotFound):
    kind: ClassVar[str] = "no-such-wechat-binding"
    title: ClassVar[str] = "Nobody is bound so any more"


class NotForStaff(Conflict):
    """The account is off for staff, or this person or unit works by no messenger."""

    kind: ClassVar[str] = "not-for-wechat"
    title: ClassVar[str] = "No code can be made for this person or unit"
