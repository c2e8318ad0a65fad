"""Looks what is missing, and does the steps that make it, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.commands.failures import explained
from gateway.installation.context import Installation, StepOfInstallation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import PlannedStep, StepName, can_be_seen, plan
from gateway.installation.steps.accounts import ServiceAccount
from gateway.installation.steps.broker import BrokerConfiguration
from gateway.installation.steps.database import DatabaseWithSchema
from gateway.installation.steps.folders import SharedFolders
from gateway.installation.steps.heard_call import HeardTestCall
from gateway.installation.steps.keys import LedgerKeys
from gateway.installation.steps.people import FirstPeople
from gateway.installation.steps.programs import ProgramsThere
from gateway.installation.steps.services import RunningServices
from gateway.installation.steps.settings import SettingsFile
from gateway.installation.steps.switch import SwitchConfiguration


@dataclass(frozen=True, slots=True)
class StepDone:
    """`did` is empty where nothing was missing; `stopped` says why this step and all after it were not."""

    step: StepName
    did: tuple[str, ...] = ()
    stopped: str = ""
    remedy: str = ""


def all_steps() -> list[StepOfInstallation]:
    """In the order of `StepName`."""
    return [
        ProgramsThere(), ServiceAccount(), SharedFolders(), SettingsFile(), DatabaseWithSchema(),
        LedgerKeys(), BrokerConfiguration(), SwitchConfiguration(), FirstPeople(), RunningServices(),
        HeardTestCall(),
    ]  # fmt: skip


def look(to: Installation, steps: Sequence[StepOfInstallation]) -> list[PlannedStep]:
    """What a run would do. Raises `InstallationStopped`, `OSError`."""
    missing: dict[StepName, Sequence[str]] = {}
    for step in steps:
        if can_be_seen(step.name, missing):
            missing[step.name] = step.missing(to)
    return plan(missing)


def install(
    to: Installation,
    steps: Sequence[StepOfInstallation],
    tell: Callable[[StepDone], None],
    begin: Callable[[StepName], None] = lambda _: None,
) -> list[StepDone]:
    """Do what is missing. A step with something to do is told when it begins, and each when it is done; the
    first that cannot be done ends it.
    """
    told: list[StepDone] = []
    for step in steps:
        done = _do(to, step, begin)
        told.append(done)
        tell(done)
        if done.stopped:
            break
    return told


def _do(to: Installation, step: StepOfInstallation, begin: Callable[[StepName], None]) -> StepDone:
    try:
        if not step.missing(to):
            return StepDone(step.name)
        begin(step.name)
        return StepDone(step.name, tuple(step.do(to)))
    except Exception as error:  # noqa: BLE001  # raised again where nobody foresaw it
        return _stopped(step.name, error)


def _stopped(step: StepName, error: Exception) -> StepDone:
    """Raises the error again where nobody foresaw it."""
    if isinstance(error, InstallationStopped):
        return StepDone(step, stopped=error.detail, remedy=error.remedy)
    known = explained(error)
    if known is None:
        raise error
    remedy = "run it as root: sudo songhua init" if isinstance(error, PermissionError) else known.remedy
    return StepDone(step, stopped=known.cause, remedy=remedy)
