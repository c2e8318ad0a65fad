"""What a warning can be refused for."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Conflict, Forbidden, Invalid, NotFound
from warning.cap.errors import RefusalReason


class NoSuchWarning(NotFound):
    kind = "no-such-warning"
    title = "There is no such warning"


class WarningOver(Conflict):
    kind = "warning-over"
    title = "The warning is over"


class WarningReleased(Conflict):
    kind = "warning-released"
    title = "The warning is released already"


class WarningExpired(Conflict):
    kind = "warning-expired"
    title = "The time until which the warning holds has passed"


class ReleasedByYou(Forbidden):
    kind = "released-by-you"
    title = "You have released it: a second person must"


class DrafterCannotRelease(Forbidden):
    kind = "drafter-cannot-release"
    title = "Who drafted an actual warning does not release it"


class PersonReleases(Forbidden):
    kind = "person-releases"
    title = "Only a person who has signed in releases a warning"


class NoSigningKey(Conflict):
    kind = "no-signing-key"
    title = "There is no key by which our own messages are signed"


class NotReleased(Conflict):
    kind = "warning-not-released"
    title = "The warning was never released"


class WarningRefused(Invalid):
    """`reasons` say why, the first of them the problem's detail; `why` is a `CapRefusal`."""

    kind = "warning-refused"
    title = "The message is refused"

    def __init__(self, reasons: Sequence[RefusalReason]) -> None:
        first = reasons[0]
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        super().__init__(f"{first.cause}{more}", remedy=first.remedy, why=first.kind.value)
        self.reasons = tuple(reasons)
