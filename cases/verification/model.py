"""The life of a verification task, pure: a table of who may do what in which state.

A task is for one inspector. One whose time is up is overdue (`expired`): another inspector may be asked, and
the first one still has it until he answers or it is taken back. An answer after the due time counts and is
marked as late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cases.errors import CaseReasonMissing, VerificationMovedOn
from cases.events import OUTSIDE_INSPECTORS, VerificationFinding, VerificationState
from core.place import Position

S = VerificationState
LIVE: Final = frozenset({S.ASKED, S.ACCEPTED})
MOST_WORDS: Final = 1_000
MOST_ANSWER: Final = 2_000


def outside_unit(department_id: str) -> str:
    """What stands in place of a unit for a department's inspectors."""
    return f"{OUTSIDE_INSPECTORS}{department_id}"


def department_of(unit_id: str) -> str:
    """The department whose inspectors these are; empty for a unit of ours."""
    return unit_id.removeprefix(OUTSIDE_INSPECTORS) if unit_id.startswith(OUTSIDE_INSPECTORS) else ""


class VerificationAction(StrEnum):
    ASK = "ask"
    ACCEPT = "accept"
    DECLINE = "decline"
    ANSWER = "answer"
    RECALL = "recall"
    EXPIRE = "expire"


class VerificationRole(StrEnum):
    """Who acts: somebody at the centre, the inspector, or the service when the time is up."""

    CENTRE = "centre"
    INSPECTOR = "inspector"
    SERVICE = "service"


A, R = VerificationAction, VerificationRole


@dataclass(frozen=True, slots=True)
class VerificationRule:
    """One row: `sources` are the states in which `role` may do it."""

    action: VerificationAction
    sources: frozenset[VerificationState]
    to: VerificationState
    roles: frozenset[VerificationRole]
    reason: bool = False


RULES: Final = (
    VerificationRule(A.ACCEPT, frozenset({S.ASKED}), S.ACCEPTED, frozenset({R.INSPECTOR})),
    VerificationRule(A.DECLINE, LIVE, S.DECLINED, frozenset({R.INSPECTOR}), reason=True),
    VerificationRule(A.ANSWER, LIVE | {S.EXPIRED}, S.ANSWERED, frozenset({R.INSPECTOR})),
    VerificationRule(A.RECALL, LIVE | {S.EXPIRED}, S.RECALLED, frozenset({R.CENTRE, R.SERVICE}), reason=True),
    VerificationRule(A.EXPIRE, LIVE, S.EXPIRED, frozenset({R.SERVICE})),
)
"""A task begins as `asked`: there is no row for that act."""


@dataclass(frozen=True, slots=True)
class VerificationAct:
    """What somebody did to a task. `by` is a user, `unit:<id>` or `system:<part>`."""

    action: VerificationAction
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VerificationAnswer:
    """What the inspector found; `at` is when he said so, `position` where his device was."""

    finding: VerificationFinding
    text: str
    at: datetime
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """A task. It is about a draft or about a case; `case_id` of a draft's task is the case that it became.
    `beat` is the beat of the place, empty where none is known.
    """

    task_id: UUID
    draft_id: UUID | None
    case_id: UUID | None
    unit_id: str
    unit_name: str
    state: VerificationState
    words: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    beat: str = ""
    confidential: bool = False
    displayed_at: datetime | None = None
    answer: VerificationAnswer | None = None
    acts: Sequence[VerificationAct] = ()

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def department_id(self) -> str:
        """Whose inspectors have it; empty for a unit of ours."""
        return department_of(self.unit_id)

    @property
    def late(self) -> bool:
        """Whether it was answered after its due time."""
        return self.answer is not None and self.answer.at > self.due_at

    def shown(self, at: datetime) -> Verification:
        """The task after it was on its inspector's screen."""
        return replace(self, displayed_at=at)

    @property
    def last(self) -> VerificationAct:
        return self.acts[-1]


def rule_of(action: VerificationAction) -> VerificationRule:
    return next(one for one in RULES if one.action is action)


def act(
    task: Verification,
    action: VerificationAction,
    role: VerificationRole,
    *,
    at: datetime,
    by: str,
    reason: str = "",
    answer: VerificationAnswer | None = None,
) -> Verification:
    """The task afterwards. Raises `VerificationMovedOn` with who did what before, `CaseReasonMissing`."""
    rule = rule_of(action)
    if role not in rule.roles:
        raise ValueError(f"{role} does not {action} a verification task")
    if task.state not in rule.sources:
        raise moved_on(task)
    if rule.reason and not reason.strip():
        raise CaseReasonMissing("this needs a reason", remedy="say why")
    if (answer is None) == (action is A.ANSWER):
        raise ValueError("an answer comes with what was found, and nothing else does")
    done = VerificationAct(action, at, by, reason.strip())
    return replace(task, state=rule.to, answer=answer or task.answer, acts=(*task.acts, done))


def moved_on(task: Verification) -> VerificationMovedOn:
    """Says who did what, and when."""
    last = task.last
    return VerificationMovedOn(
        remedy="look at the task again", state=task.state.value, act=last.action.value, by=last.by,
        at=last.at.isoformat(),
    )  # fmt: skip
