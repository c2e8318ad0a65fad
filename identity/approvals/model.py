"""A request for a second person as a state machine. Pure: each step gives the request as it is afterwards, or
raises the room's error.

    waiting ─ approve ─▶ approved ─ start ─▶ running ─ finish ─▶ done | failed
       │                    │
       └────────────────────┴──▶ objected | withdrawn | expired

A request of somebody who is alone starts while it waits. Its second person follows: until somebody has
approved or objected it alarms, and an objection alarms until another person has taken it over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from identity.errors import NotOpen, OwnRequest

LONGEST_RUN: Final = timedelta(hours=6)
"""An act that began and did not end within it was interrupted."""
INTERRUPTED: Final = "interrupted"
MOST_PARAMETERS: Final = 12
MOST_TEXT: Final = 500


class ApprovalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    OBJECTED = "objected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ApprovalVerdict(StrEnum):
    NONE = ""
    APPROVED = "approved"
    OBJECTED = "objected"


class AlarmKind(StrEnum):
    """Why a request alarms."""

    ALONE = "alone"
    OVERDUE = "overdue"
    OBJECTED = "objected"


OPEN: Final = frozenset({ApprovalState.WAITING, ApprovalState.APPROVED})
STARTED: Final = frozenset({ApprovalState.RUNNING, ApprovalState.DONE, ApprovalState.FAILED})


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """`parameters` name what the act is done to. `by_service`: the service does it as soon as it may,
    otherwise who asked does. `seen_by` has taken over the alarm of an objection.
    """

    number: int
    op_id: UUID
    act: str
    parameters: Mapping[str, str]
    why: str
    alone: bool
    by_service: bool
    asked_by: str
    asked_at: datetime
    until: datetime
    state: ApprovalState = ApprovalState.WAITING
    verdict: ApprovalVerdict = ApprovalVerdict.NONE
    decided_by: str = ""
    decided_at: datetime | None = None
    remark: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    seen_by: str = ""

    @property
    def is_alone(self) -> bool:
        """The act was started without an approval."""
        return self.started_at is not None and (self.decided_at is None or self.decided_at > self.started_at)

    def waits(self, now: datetime) -> bool:
        """A second person is still to decide."""
        if self.verdict is not ApprovalVerdict.NONE:
            return False
        return (self.state is ApprovalState.WAITING and now < self.until) or (
            self.alone and self.state in STARTED
        )

    def may_start(self, now: datetime) -> bool:
        allowed = self.state is ApprovalState.APPROVED or (self.alone and self.state is ApprovalState.WAITING)
        return allowed and now < self.until

    def due_at(self, within: timedelta) -> datetime | None:
        """When the second person of an act done alone is overdue."""
        return self.started_at + within if self.started_at is not None and self.is_alone else None

    def alarm(self, now: datetime, within: timedelta) -> AlarmKind | None:
        if self.verdict is ApprovalVerdict.OBJECTED:
            return None if self.seen_by else AlarmKind.OBJECTED
        due = self.due_at(within)
        if due is None or self.verdict is not ApprovalVerdict.NONE:
            return None
        return AlarmKind.OVERDUE if now >= due else AlarmKind.ALONE

    def shown(self, now: datetime, within: timedelta) -> dict[str, Any]:
        """JSON-ready, for who may approve."""
        return {
            "number": self.number,
            "act": self.act,
            "parameters": dict(self.parameters),
            "why": self.why,
            "alone": self.alone,
            "asked_by": self.asked_by,
            "asked_at": _told(self.asked_at),
            "until": _told(self.until),
            "state": self.state,
            "verdict": self.verdict,
            "decided_by": self.decided_by,
            "decided_at": _told(self.decided_at),
            "remark": self.remark,
            "started_at": _told(self.started_at),
            "ended_at": _told(self.ended_at),
            "outcome": self.outcome,
            "waits": self.waits(now),
            "due_at": _told(self.due_at(within)),
            "alarm": self.alarm(now, within),
            "seen_by": self.seen_by,
        }


def approve(
    request: ApprovalRequest, by: str, now: datetime, persons: Sequence[Collection[str]] = ()
) -> ApprovalRequest:
    """Raises `OwnRequest`, `NotOpen`."""
    decided = _decided(request, ApprovalVerdict.APPROVED, by, now, "", persons)
    return (
        replace(decided, state=ApprovalState.APPROVED) if request.state is ApprovalState.WAITING else decided
    )


def object_to(
    request: ApprovalRequest, by: str, now: datetime, remark: str, persons: Sequence[Collection[str]] = ()
) -> ApprovalRequest:
    """One that is approved and not started yet may be objected to as well. Raises `OwnRequest`, `NotOpen`."""
    if request.state is ApprovalState.APPROVED:
        request = replace(
            request, state=ApprovalState.WAITING, verdict=ApprovalVerdict.NONE, decided_by="", decided_at=None
        )
    decided = _decided(request, ApprovalVerdict.OBJECTED, by, now, remark, persons)
    return (
        replace(decided, state=ApprovalState.OBJECTED) if request.state is ApprovalState.WAITING else decided
    )


def withdraw(request: ApprovalRequest, by: str) -> ApprovalRequest:
    """Withdraw the request, by its requester. Raises `NotOpen`."""
    if request.state not in OPEN or by != request.asked_by:
        raise NotOpen(_is(request), remedy="only the requester can withdraw it, and only before it is done")
    return replace(request, state=ApprovalState.WITHDRAWN)


def start(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
    """Raises `NotOpen`: an act is started once."""
    if not request.may_start(now):
        raise NotOpen(_is(request), remedy="make a new request")
    return replace(request, state=ApprovalState.RUNNING, started_at=now)


def finish(request: ApprovalRequest, now: datetime, outcome: str, *, failed: bool = False) -> ApprovalRequest:
    """Raises `NotOpen` for one that does not run."""
    if request.state is not ApprovalState.RUNNING:
        raise NotOpen(_is(request))
    state = ApprovalState.FAILED if failed else ApprovalState.DONE
    return replace(request, state=state, ended_at=now, outcome=outcome[:MOST_TEXT])


def look(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
    """What time alone does to it: it expires, or its act was interrupted."""
    if request.state in OPEN and now >= request.until:
        return replace(request, state=ApprovalState.EXPIRED)
    if request.state is not ApprovalState.RUNNING or request.started_at is None:
        return request
    if now < request.started_at + LONGEST_RUN:
        return request
    return finish(request, now, INTERRUPTED, failed=True)


def see(request: ApprovalRequest, by: str, persons: Sequence[Collection[str]] = ()) -> ApprovalRequest:
    """Take over the alarm of an objection; who did first stays. Raises `OwnRequest`, `NotOpen`."""
    _other(request, by, persons)
    if request.verdict is not ApprovalVerdict.OBJECTED:
        raise NotOpen(_is(request), remedy="approve, or object")
    return request if request.seen_by else replace(request, seen_by=by)


def are_one(one: str, other: str, persons: Sequence[Collection[str]]) -> bool:
    """Whether two accounts belong to one person, as far as `persons` says."""
    return one == other or any(one in accounts and other in accounts for accounts in persons)


def _decided(
    request: ApprovalRequest,
    verdict: ApprovalVerdict,
    by: str,
    now: datetime,
    remark: str,
    persons: Sequence[Collection[str]],
) -> ApprovalRequest:
    _other(request, by, persons)
    if not request.waits(now):
        raise NotOpen(_is(request), remedy="look at the list again")
    return replace(request, verdict=verdict, decided_by=by, decided_at=now, remark=remark[:MOST_TEXT])


def _other(request: ApprovalRequest, by: str, persons: Sequence[Collection[str]]) -> None:
    if are_one(request.asked_by, by, persons):
        raise OwnRequest(f"request {request.number} is your own", remedy="ask a colleague to decide it")


def _is(request: ApprovalRequest) -> str:
    return f"request {request.number} is {request.state}"


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
