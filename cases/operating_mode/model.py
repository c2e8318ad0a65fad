"""A mode of the centre and its versions. Pure.

Peace, emergency, wartime: each above the one before. Going up may be done by one person at once, and is
confirmed by a second one afterwards; going down always needs two. No mode ends by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from cases.errors import ModeMovedOn, SameMode, SecondPersonFirst
from cases.events import OperatingMode

_ORDER = tuple(OperatingMode)


@dataclass(frozen=True, slots=True)
class ModeVersion:
    """`alone`: one person acted, and `confirmed_by` is the second, empty until then. Of an act of two,
    `confirmed_by` is who approved it before.
    """

    version: int
    mode: OperatingMode
    before: OperatingMode
    why: str
    by: str
    at: datetime
    alone: bool = False
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    incident_id: UUID | None = None

    def unconfirmed(self, now: datetime, within: timedelta) -> bool:
        """The second person is overdue."""
        return self.version > 0 and not self.confirmed_by and now - self.at > within


def first(at: datetime) -> ModeVersion:
    """Before anybody switched: peace."""
    return ModeVersion(0, OperatingMode.PEACE, OperatingMode.PEACE, "", "", at)


def goes_up(before: OperatingMode, after: OperatingMode) -> bool:
    return _ORDER.index(after) > _ORDER.index(before)


def require_request(now: ModeVersion, wanted: OperatingMode, *, alone: bool) -> None:
    """Raises `SameMode`, `SecondPersonFirst`."""
    if wanted is now.mode:
        raise SameMode(remedy="look at GET /api/mode", mode=wanted.value)
    if alone and not goes_up(now.mode, wanted):
        raise SecondPersonFirst(
            "to a lower mode two people go together", remedy="ask without `alone`", mode=now.mode.value
        )


def switched(now: ModeVersion, wanted: ModeVersion) -> ModeVersion | None:
    """The version to keep; None where it is kept already: the act is done again after a crash. Raises
    `ModeMovedOn` when another version has come meanwhile: what was approved is not what would be done.
    """
    if (now.version, now.mode, now.by, now.why) == (wanted.version, wanted.mode, wanted.by, wanted.why):
        return None
    if now.version + 1 != wanted.version:
        raise ModeMovedOn(
            "the mode was switched since this was asked for", remedy="ask again", version=str(now.version)
        )
    return replace(wanted, before=now.mode)


def confirmed(now: ModeVersion, by: str, at: datetime) -> ModeVersion:
    """With the second person; the first confirmation stays."""
    return now if now.confirmed_by else replace(now, confirmed_by=by, confirmed_at=at)
