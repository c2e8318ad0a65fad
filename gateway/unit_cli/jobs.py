"""A job at the terminal, and the steps that may be reported next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from cases.events import CrewStep, DispatchStep
from core.errors import Conflict, NotFound
from field.contract.mobile.messages import JobBody

GONE = "gone"
ENDED = frozenset({*(step.value for step in DispatchStep if step.ends), GONE})
"""`recalled` and `gone` come from the centre: taken back, or no longer open there."""

ACK_STEPS = frozenset(
    {DispatchStep.DELIVERED, DispatchStep.DISPLAYED, DispatchStep.ACCEPTED, DispatchStep.DECLINED}
)


class UnknownJob(NotFound):
    kind: ClassVar[str] = "unknown-job"
    title: ClassVar[str] = "This terminal has no such job"


class JobClosed(Conflict):
    kind: ClassVar[str] = "job-closed"
    title: ClassVar[str] = "This job is closed here"


@dataclass(frozen=True, slots=True)
class TerminalJob:
    """`step` is the last thing said about the job, by this terminal or by the centre."""

    body: JobBody
    step: str
    reason: str = ""

    @property
    def dispatch_id(self) -> UUID:
        return self.body.dispatch_id

    @property
    def open(self) -> bool:
        """Whether the crew still has to report on it."""
        return self.step not in ENDED


@dataclass(frozen=True, slots=True)
class UnconfirmedMessage:
    """A message that the centre has not yet confirmed; `kind` is the last level of its topic."""

    msg_id: UUID
    seq: int
    kind: str
    dispatch_id: UUID
    step: CrewStep
    payload: bytes
