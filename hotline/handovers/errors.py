"""What handing over refuses. Each means: nothing was done."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, NotFound


class NoSuchHandover(NotFound):
    kind: ClassVar[str] = "no-such-handover"
    title: ClassVar[str] = "There is no such service to hand over to"


class NoWayOut(Conflict):
    kind: ClassVar[str] = "no-way-out"
    title: ClassVar[str] = "No trunk leads to this number"
