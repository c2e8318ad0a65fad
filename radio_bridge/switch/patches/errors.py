"""Why a patch is refused. After a refusal nothing was moved."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, NotFound


class MayNotPatch(Forbidden):
    kind: ClassVar[str] = "may-not-patch"
    title: ClassVar[str] = "You may not patch this talkgroup"


class ClassGuard(Forbidden):
    kind: ClassVar[str] = "class-guard"
    title: ClassVar[str] = "A line or talkgroup of another class may not be patched to this talkgroup"


class GroupPatched(Conflict):
    kind: ClassVar[str] = "talkgroup-patched"
    title: ClassVar[str] = "This talkgroup has a patch already"


class NotPatched(NotFound):
    kind: ClassVar[str] = "not-patched"
    title: ClassVar[str] = "This talkgroup has no patch"
