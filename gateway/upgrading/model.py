"""The steps of an upgrade, and which comes next by its journal. Pure.

Forward: backup, drain, stop, install, migrate, start, check. Where one fails, the way back takes back what
was begun: schema, installation; then it starts and checks. A step that was begun and is not done is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

FORMAT: Final = 1


class Step(StrEnum):
    BACKUP = "backup"
    DRAIN = "drain"
    STOP = "stop"
    INSTALL = "install"
    MIGRATE = "migrate"
    START = "start"
    CHECK = "check"
    BACK_STOP = "back-stop"
    BACK_SCHEMA = "back-schema"
    BACK_INSTALL = "back-install"
    BACK_START = "back-start"
    BACK_CHECK = "back-check"


FORWARD: Final = (
    Step.BACKUP, Step.DRAIN, Step.STOP, Step.INSTALL, Step.MIGRATE, Step.START, Step.CHECK,
)  # fmt: skip
BACK: Final = (
    Step.BACK_STOP, Step.BACK_SCHEMA, Step.BACK_INSTALL, Step.BACK_START, Step.BACK_CHECK,
)  # fmt: skip
_TAKES_BACK: Final[Mapping[Step, Step]] = {
    Step.BACK_STOP: Step.START,
    Step.BACK_SCHEMA: Step.MIGRATE,
    Step.BACK_INSTALL: Step.INSTALL,
    Step.BACK_START: Step.STOP,
    Step.BACK_CHECK: Step.STOP,
}
"""A step of the way back is needed where this one was begun."""

LineState = Literal["begun", "done", "failed", "skipped", "given-up"]
Outcome = Literal["under-way", "upgraded", "went-back", "nothing-done", "given-up"]


class UpgradePlan(BaseModel):
    """What was decided at the start. `before` are parts of `songhua status` and their states;
    `schema_revision` is the database's. `previous` is the package of the version that ran, where it is known.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    upgrade_id: str
    package: str
    sha256: str
    previous: str | None
    from_version: str
    to_version: str | None
    schema_revision: str | None
    before: Mapping[str, str] = {}
    drain: bool = True

    @property
    def drains(self) -> bool:
        """Whether there is somebody to drain, and it is wanted."""
        return self.drain and self.before.get("role centre", "down") in {"up", "degraded"}


class JournalLine(BaseModel):
    """One line: a step, what became of it, and what it told (the backup's file, why it failed)."""

    model_config = ConfigDict(frozen=True)

    at: str
    step: Step
    state: LineState
    facts: Mapping[str, Any] = {}


class UpgradeState:
    """What a journal says."""

    def __init__(self, plan: UpgradePlan, lines: Sequence[JournalLine]) -> None:
        self.plan = plan
        self.lines = list(lines)

    def was_begun(self, step: Step) -> bool:
        return any(line.step is step and line.state != "skipped" for line in self.lines)

    def is_over(self, step: Step) -> bool:
        """Done or skipped."""
        return any(line.step is step and line.state in {"done", "skipped"} for line in self.lines)

    @property
    def failed(self) -> Step | None:
        """The forward step that failed: the way is back from then on."""
        return next(
            (line.step for line in self.lines if line.state == "failed" and line.step in FORWARD), None
        )

    def facts(self, step: Step) -> Mapping[str, Any]:
        """What the step told last."""
        return next((line.facts for line in reversed(self.lines) if line.step is step), {})

    def needed(self, step: Step) -> bool:
        """Whether the way back has to do this."""
        return self.was_begun(_TAKES_BACK[step])

    @property
    def _given_up(self) -> bool:
        return any(line.state == "given-up" for line in self.lines)

    @property
    def next(self) -> Step | None:
        """The step to do now; None when it is over."""
        if self._given_up:
            return None
        if self.failed is None:
            return next((step for step in FORWARD if not self.is_over(step)), None)
        return next((step for step in BACK if self.needed(step) and not self.is_over(step)), None)

    @property
    def outcome(self) -> Outcome:
        if self.next is not None:
            return "under-way"
        if self._given_up:
            return "given-up"
        if self.failed is None:
            return "upgraded"
        return "went-back" if any(self.needed(step) for step in BACK) else "nothing-done"
