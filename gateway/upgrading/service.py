"""Carries an upgrade out, from wherever its journal stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gateway.upgrading.journal import Journal
from gateway.upgrading.model import FORWARD, Step, UpgradePlan, UpgradeState

Told = Callable[[Step, str], None]
"""Hears of each step: `begun`, `done`, `skipped`, or why it failed."""


class StepFailed(Exception):
    """A step was not done; the text is for a person."""


class UpgradeSteps(Protocol):
    """What is done on this machine. Each may be repeated, also after it was done."""

    def do(self, step: Step, state: UpgradeState) -> Mapping[str, Any] | None:
        """What the step tells; None where there was nothing to do. Raises `StepFailed`."""
        ...


def carry_out(journal: Journal, steps: UpgradeSteps, told: Told = lambda *_: None) -> UpgradeState:
    """Until the upgrade is over, or a step of the way back fails (`StepFailed`): then it may be repeated."""
    while True:
        state = journal.state()
        step = state.next
        if step is None:
            return state
        journal.add(step, "begun")
        told(step, "begun")
        try:
            facts = steps.do(step, journal.state())
        except StepFailed as failed:
            journal.add(step, "failed", {"why": str(failed)})
            told(step, str(failed))
            if step not in FORWARD:
                raise
            continue
        journal.add(step, "skipped" if facts is None else "done", facts)
        told(step, "skipped" if facts is None else "done")


def described(plan: UpgradePlan) -> list[str]:
    """The forward steps of a plan, in words."""
    schema = plan.schema_revision or "no schema yet"
    return [
        "back up database, recordings, settings; read the backup back",
        "drain: wait until no call is left" if plan.drain else "drain: left out",
        "stop the service",
        f"install {plan.package} ({plan.from_version} → {plan.to_version or 'unknown version'})",
        f"migrate the database from {schema}",
        "start the service",
        "check: version, schema, and that no part is worse than before; else go back",
    ]
