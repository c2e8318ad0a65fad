"""What people see of a conference. A telephone's number is shown by its last four digits, to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from core.events import PERSONAL, PUBLIC
from hotline.conferences.model import ConferenceParty, IncidentConference, MemberKind
from hotline.conferences.reduce import ConferenceOver
from hotline.conferences.store import party

MemberState = Literal["called", "present", "left", "missed"]


class ConferenceMemberView(BaseModel):
    """`outcome` says why somebody was not reached."""

    model_config = ConfigDict(frozen=True)

    member_id: Annotated[UUID, PUBLIC]
    kind: MemberKind
    who: str
    name: Annotated[str, PERSONAL]
    state: MemberState
    added_by: str
    added_at: datetime
    joined_at: datetime | None = None
    left_at: datetime | None = None
    outcome: str = ""
    muted: bool = False
    talks: bool = False


class ConferenceView(BaseModel):
    """A conference with everybody who was ever asked into it, in order."""

    model_config = ConfigDict(frozen=True)

    conference_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    opened_by: str
    opened_at: datetime
    locked: bool
    recording: bool
    ended_at: datetime | None
    end_cause: str
    members: list[ConferenceMemberView]


def view(
    row: Row[Any],
    members: Sequence[Row[Any]],
    live: IncidentConference | None,
    over: ConferenceOver | None,
) -> ConferenceView:
    """`live` and `over` have what the database may not have yet, and who talks."""
    ended_at = row.ended_at if over is None else _moment(over.at)
    return ConferenceView(
        conference_id=row.conference_id,
        case_id=row.case_id,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        locked=row.locked if live is None else live.locked,
        recording=live is not None and bool(live.recorders),
        ended_at=ended_at,
        end_cause=row.end_cause or "" if over is None else over.cause,
        members=[_member(one, live, over=ended_at is not None) for one in members],
    )


def _member(row: Row[Any], live: IncidentConference | None, *, over: bool) -> ConferenceMemberView:
    here = None if live is None else live.parties.get(row.member_id)
    now = party(row) if here is None else here
    return ConferenceMemberView(
        member_id=row.member_id,
        kind=row.kind,
        who=row.who,
        name=row.name,
        state=_state(now, over=over),
        added_by=row.added_by,
        added_at=row.added_at,
        joined_at=_moment(now.joined_at),
        left_at=_moment(now.left_at),
        outcome=now.outcome,
        muted=now.present and now.muted,
        talks=now.present and now.talks,
    )


def _state(one: ConferenceParty, *, over: bool) -> MemberState:
    if one.joined_at is None:
        return "missed" if one.outcome or over else "called"
    return "left" if one.left_at is not None or over else "present"


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
