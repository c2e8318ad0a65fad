"""States and actions of an assignment, and the table that says what leads where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.events import AssignmentAction, AssignmentState

SYSTEM: Final = "system"
"""The role of what follows by itself from an act on the case."""


class ClockEffect(StrEnum):
    """What a row does to the clock of the assignment. `restart` begins a new one."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    RESTART = "restart"
    EXTEND = "extend"
    NONE = "none"


class NotBy(StrEnum):
    """Whom a second person has to differ from: who asked last, and who refused last."""

    ASKER = "asker"
    DECIDER = "decider"


@dataclass(frozen=True, slots=True)
class WorkflowState:
    """A state with its names; nothing leads out of a `final` one."""

    state: AssignmentState
    name_zh: str
    name_en: str
    final: bool
    line: int


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """`sources` is empty for what begins an assignment; `target` is None where the state stays. `roles` are
    of people, or `SYSTEM`. `line` is that of the file.
    """

    action: AssignmentAction
    sources: Sequence[AssignmentState]
    target: AssignmentState | None
    roles: frozenset[str]
    reason: bool
    not_by: frozenset[NotBy]
    clock: ClockEffect
    line: int


@dataclass(frozen=True, slots=True)
class AssignmentWorkflow:
    """`name` and `version` are the city's own."""

    name: str
    version: int
    states: Mapping[AssignmentState, WorkflowState]
    rows: Sequence[WorkflowRow]
    assists_must_answer: bool
    supervision_levels: int

    def row(self, action: AssignmentAction, state: AssignmentState | None) -> WorkflowRow | None:
        """The row of an action from a state, or the one that begins an assignment; None without one."""
        for one in self.rows:
            if one.action is action and (state in one.sources if state else not one.sources):
                return one
        return None
