"""`songhua upgrade`: backup, drain, stop, install, migrate, start, check; back again if one of them fails.

Each step is written down before and after: the same command goes on where an interrupted one was. Exit codes:
0 upgraded, 1 not upgraded (the earlier version runs again) or interrupted, 2 wrong use, 3 the settings are
wrong.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.settings import Settings
from gateway.upgrading import packages
from gateway.upgrading.journal import Journal, alone, begin, unfinished
from gateway.upgrading.machine import MachineSteps
from gateway.upgrading.model import Step, UpgradePlan, UpgradeState
from gateway.upgrading.service import StepFailed, carry_out, described
from identity.audit.service import AuditTrail

_PASSWORD = "SONGHUA_PASSWORD"  # noqa: S105  # the variable's name


@dataclass(frozen=True, slots=True)
class _Options:
    """What the command line asks for."""

    package: Path | None
    previous: Path | None
    no_way_back: bool
    no_drain: bool
    backup_to: Path | None
    key_file: Path | None
    user: str


def upgrade(
    package: Annotated[
        Path | None, typer.Argument(help="The new version's .deb or .whl.", exists=True, dir_okay=False)
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="The running version's package, for the way back.", exists=True, dir_okay=False),
    ] = None,
    no_way_back: Annotated[
        bool, typer.Option("--no-way-back", help="Also without the running version's package.")
    ] = False,
    go_on: Annotated[bool, typer.Option("--go-on", help="Go on with an interrupted upgrade.")] = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="End an interrupted upgrade as it stands; mend by hand.")
    ] = False,
    no_drain: Annotated[bool, typer.Option("--no-drain", help="Stop although calls are left.")] = False,
    backup_to: Annotated[
        Path | None, typer.Option(help="Folder of the backup; else [backup] folder.", file_okay=False)
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", "-k", help="Else [backup] key_file.", dir_okay=False)
    ] = None,
    user: Annotated[
        str, typer.Option(help="Who drains; the password comes from SONGHUA_PASSWORD.", envvar="SONGHUA_USER")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Upgrade to PACKAGE: backup, drain, install, migrate, start, check; back if it fails. 升级，失败则退回。

    The same command again goes on where it was interrupted. Run it as root.
    """
    settings, file = load(config), config_file(config)
    if file is None:
        fail("there is no settings file", "--config FILE", MISUSED)
    options = _Options(package, previous, no_way_back, no_drain, backup_to, key_file, user)
    folder = settings.upgrade.folder
    with _locked(folder) as lock:
        steps = _steps(settings, file.absolute(), options, lock)
        journal = unfinished(folder)
        if journal is not None:
            _same(journal, package)
        elif go_on or give_up or package is None:
            fail("no upgrade is under way", "name the new version's package: songhua upgrade FILE", MISUSED)
        if give_up and journal is not None:
            _given_up(journal)
            return
        if dry_run:
            _dry_run(settings, journal, steps, options, as_json=as_json)
            return
        if journal is None:
            journal = _begun(settings, steps, options)
        state = _carried_out(journal, steps, quiet=as_json)
    if state.outcome == "upgraded":
        plan = state.plan
        packages.prune(folder, {Path(one) for one in (plan.package, plan.previous) if one is not None})
    _tell(journal, state, as_json=as_json)
    if state.outcome != "upgraded":
        raise typer.Exit(FAILED)


def _locked(folder: Path) -> Any:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        fail(f"{folder}: {error.strerror}", "run it as root, or set [upgrade] folder")
    return alone(folder)


def _steps(settings: Settings, config: Path, options: _Options, lock: int) -> MachineSteps:
    backup = [] if options.backup_to is None else [str(options.backup_to)]
    backup += [] if options.key_file is None else ["--key-file", str(options.key_file)]
    return MachineSteps(
        settings.upgrade,
        program=settings.upgrade.program or _own_program(),
        config=config,
        backup=backup,
        drain=["--user", options.user] if options.user else [],
        lock=lock,
    )


def _own_program() -> list[str]:
    """The words by which this program was called."""
    called = Path(sys.argv[0])
    return [str(called.absolute())] if called.name == "songhua" else [sys.executable, "-m", "gateway.cli"]


def _same(journal: Journal, package: Path | None) -> None:
    plan = journal.state().plan
    if package is not None and packages.digest_of(package) != plan.sha256:
        fail(
            f"the upgrade to {Path(plan.package).name} is under way",
            "end it first: songhua upgrade --go-on",
        )


def _plan(settings: Settings, steps: MachineSteps, options: _Options, *, copies: bool) -> UpgradePlan:
    package, folder = options.package, settings.upgrade.folder
    if package is None:
        fail("no package is named", "songhua upgrade FILE", MISUSED)
    running = steps.version()
    earlier = options.previous or packages.of_version(folder, running)
    digest = packages.digest_of(package)
    copied = packages.kept(folder, package, digest) if copies else package.absolute()
    if earlier is not None and copies:
        earlier = packages.kept(folder, earlier, packages.digest_of(earlier))
    return UpgradePlan(
        upgrade_id=f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}",
        package=str(copied),
        sha256=digest,
        previous=None if earlier is None else str(earlier),
        from_version=running,
        to_version=packages.version_of(package),
        schema_revision=steps.schema(),
        before=steps.parts(),
        drain=not options.no_drain,
    )


def _faults(settings: Settings, plan: UpgradePlan, options: _Options) -> list[tuple[str, str]]:
    """What stands in the way of a new upgrade, and the remedy."""
    found = []
    if plan.previous is None and not options.no_way_back:
        found.append((
            f"the package of the running version {plan.from_version} is not known: no way would lead back",
            "--previous FILE, or --no-way-back",
        ))  # fmt: skip
    if settings.backup.folder is None and options.backup_to is None:
        found.append(("no folder for the backup", "--backup-to DIR, or set [backup] folder"))
    key = options.key_file or settings.backup.key_file
    if key is None or not key.is_file():
        found.append(("no key for the backup", "songhua backup init-key, and set [backup] key_file"))
    unattended = not sys.stdin.isatty() and _PASSWORD not in os.environ
    if plan.drains and unattended:
        found.append(("nobody is there to sign in for the drain", f"--user and {_PASSWORD}, or --no-drain"))
    return found


def _begun(settings: Settings, steps: MachineSteps, options: _Options) -> Journal:
    try:
        plan = _plan(settings, steps, options, copies=True)
    except StepFailed as failed:
        fail(str(failed), "see songhua db status and songhua config check")
    for what, remedy in _faults(settings, plan, options):
        fail(what, remedy)

    async def audited() -> None:
        async with open_storage(settings) as storage:
            detail = {"from": plan.from_version, "to": plan.to_version, "sha256": plan.sha256}
            await AuditTrail(storage).record(operator(), "upgrade.begin", "program:songhua", detail)

    run(audited())
    return begin(settings.upgrade.folder, plan)


def _dry_run(
    settings: Settings, journal: Journal | None, steps: MachineSteps, options: _Options, *, as_json: bool
) -> None:
    if journal is not None:
        state = journal.state()
        left = str(state.next)
        told = {"journal": str(journal.file), "next": left, "plan": state.plan.model_dump(mode="json")}
        if as_json:
            print_json(told)
        else:
            _say(f"an interrupted upgrade to {state.plan.to_version} would go on with: {left}")
        return
    try:
        plan = _plan(settings, steps, options, copies=False)
    except StepFailed as failed:
        fail(str(failed), "see songhua db status and songhua config check")
    faults = _faults(settings, plan, options)
    if as_json:
        lacking = [{"what": what, "remedy": remedy} for what, remedy in faults]
        print_json({"plan": plan.model_dump(mode="json"), "steps": described(plan), "faults": lacking})
    else:
        for number, line in enumerate(described(plan), start=1):
            _say(f"{number}. {line}")
        for what, remedy in faults:
            err.print(f"{what}\nremedy: {remedy}", markup=False, highlight=False, soft_wrap=True)
        _say("nothing was done: this was a trial")
    if faults:
        raise typer.Exit(FAILED)


def _carried_out(journal: Journal, steps: MachineSteps, *, quiet: bool) -> UpgradeState:
    def told(step: Step, what: str) -> None:
        if not quiet:
            _say(f"{datetime.now(UTC):%H:%M:%S} {step}: {what}")

    try:
        return carry_out(journal, steps, told)
    except StepFailed as failed:
        if quiet:
            _tell(journal, journal.state(), as_json=True)
        fail(
            f"the way back stopped: {failed}",
            f"mend it, then: songhua upgrade --go-on; the journal is {journal.file}",
        )


def _given_up(journal: Journal) -> None:
    step = journal.state().next
    if step is not None:
        journal.add(step, "given-up")
    _say(f"given up before {step}: look after version, schema and service yourself; {journal.file}")


def _tell(journal: Journal, state: UpgradeState, *, as_json: bool) -> None:
    failed = state.failed
    why = "" if failed is None else str(state.facts(failed).get("why", ""))
    if as_json:
        print_json({
            "outcome": state.outcome, "failed": failed, "why": why, "journal": str(journal.file),
            "plan": state.plan.model_dump(mode="json"),
            "steps": [line.model_dump(mode="json") for line in state.lines],
        })  # fmt: skip
        return
    backup = state.facts(Step.BACKUP).get("file", "none")
    if state.outcome == "upgraded":
        _say(f"version {state.facts(Step.CHECK).get('version')} runs; backup: {backup}")
        return
    err.print(f"{failed}: {why}", markup=False, highlight=False, soft_wrap=True)
    said = "nothing was changed" if state.outcome == "nothing-done" else "the earlier version runs again"
    _say(f"not upgraded: {said}; backup: {backup}; journal: {journal.file}")


def _say(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)
