"""`songhua cdr`: retention rules and legal holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID, uuid4

import typer

from cases.pruning.service import CasePruningReport
from cdr.recordings.erasing import SoundEraser
from cdr.retention.holds import LegalHolds
from cdr.retention.service import Retention, RetentionReport
from cdr.retention.talkgroups import TalkgroupReport, TalkgroupRetention
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.wiring.case_pruning import case_pruning
from gateway.wiring.ledger_settings import cdr_settings
from gateway.wiring.runtime_settings.retention import RetentionForm
from gateway.wiring.runtime_settings.stored import stored_value


def retention(
    dry_run: Annotated[bool, typer.Option(help="Only list what would be erased.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase data by the retention rules, and delete what stands beside cases that are long over; legal holds
    are kept. May be interrupted and repeated.
    """
    settings = load(config)
    where = cdr_settings(settings)

    def tell(report: RetentionReport) -> None:
        err.print(f"{report.looked_at} calls looked at, {report.held} held", highlight=False)

    async def erase() -> tuple[RetentionReport, TalkgroupReport, CasePruningReport, str]:
        async with open_storage(settings) as storage:
            rules = RetentionForm.model_validate(await stored_value(settings, storage, "retention"))
            if not rules.calls and not rules.talkgroups and not where.talkgroup_silent_h:
                err.print(
                    "there is no rule, so all calls are kept; "
                    "make rules at the desk: Settings, Retention; or by songhua settings set retention FILE",
                    highlight=False, soft_wrap=True,
                )  # fmt: skip
            task = Retention(storage, where.recordings, rules.calls)
            calls = await task.run_once(dry_run=dry_run, progress=tell)
            groups = TalkgroupRetention(
                storage, where.recordings, rules.talkgroups, where.talkgroup_silent_h or None
            )
            done = await groups.run_once(dry_run=dry_run)
            pruned = await case_pruning(storage, settings.cases).run_once(dry_run=dry_run)
            left = "" if dry_run else await SoundEraser(storage, where.recordings).finish()
            return calls, done, pruned, left

    report, groups, pruned, left = run(erase())
    if as_json:
        told = {"talkgroups": asdict(groups), "cases": asdict(pruned), "still_on_disk": left}
        print_json({**asdict(report), **told})
        if left:
            raise typer.Exit(FAILED)
        return
    did = "would be erased" if dry_run else "erased"
    for kind, count in sorted(report.due.items()):
        out.print(f"{kind} of {count} calls {did}", highlight=False)
    out.print(f"{report.looked_at} calls looked at, {report.held} under a legal hold", highlight=False)
    out.print(
        f"talkgroups: {groups.old} recordings {did}, {groups.silent} of silence, {groups.held} held",
        highlight=False,
    )
    out.print(
        f"cases: {pruned.verifications} verification tasks, {pruned.orders} work orders, "
        f"{pruned.reconciliations} comparisons {did}, {pruned.held} held",
        highlight=False,
    )
    if left:
        fail(left, "run it again as a user who may delete there")


def hold(
    subject: Annotated[str, typer.Argument(help="call:ID, case:ID for all calls of a case, talkgroup:NAME.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the chain.")],
    config: ConfigOption = None,
) -> None:
    """Set a legal hold: nothing of it is erased, by no rule and no hand. Audited."""
    settings = load(config)

    async def set_it() -> dict[str, object]:
        async with open_storage(settings) as storage:
            holds = LegalHolds(storage, audit_trail(storage, settings))
            return await holds.set(operator(), uuid4(), subject, reason)

    print_json(run(set_it()))


def holds(
    lifted: Annotated[bool, typer.Option(help="Also those that were lifted.")] = False,
    config: ConfigOption = None,
) -> None:
    """List the legal holds as JSON."""
    settings = load(config)

    async def look() -> list[dict[str, object]]:
        async with open_storage(settings) as storage:
            return await LegalHolds(storage, audit_trail(storage, settings)).all(operator(), lifted=lifted)

    print_json(run(look()))


def lift_hold(
    hold_id: Annotated[UUID, typer.Argument(metavar="HOLD", help="Its id, as songhua cdr holds shows it.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the chain.")],
    config: ConfigOption = None,
) -> None:
    """Lift a legal hold. Audited."""
    settings = load(config)

    async def lift() -> dict[str, object]:
        async with open_storage(settings) as storage:
            holds = LegalHolds(storage, audit_trail(storage, settings))
            return await holds.lift(operator(), hold_id, uuid4(), reason)

    print_json(run(lift()))


def add_to(app: typer.Typer) -> None:
    """Its commands stand beside those of the ledger."""
    for command in (retention, hold, holds):
        app.command()(command)
    app.command("lift-hold")(lift_hold)
