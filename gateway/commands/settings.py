"""`songhua settings`: settings that are changed at the desk. A running service takes a change up within two
seconds.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import typer

from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    MISUSED,
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
from gateway.commands.second_person import AloneOption, AskedByCommand, WhyOption
from gateway.settings import Settings
from runtime_settings.errors import SettingInvalid
from runtime_settings.http import history_view, line, trial_view
from runtime_settings.model import SettingDifference, SettingVersion
from runtime_settings.service import RuntimeSettings
from runtime_settings.views import SettingTrialView

T = TypeVar("T")
app = typer.Typer(
    help="Settings that are changed at the desk: list, show, change, undo. 在坐席台上更改的设置。",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="As songhua settings list names it: opening-hours.")]
Comment = Annotated[str, typer.Option("--comment", "-m", help="Why; colleagues read it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")]


@app.callback()
def settings() -> None:
    """Settings that are changed at the desk."""


@app.command("list")
def list_settings(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All of them, with the version that holds, who made it and when."""

    async def look(held: RuntimeSettings) -> list[dict[str, Any]]:
        return [line(one).model_dump(mode="json") for one in await held.states()]

    rows = with_settings(load(config), look)
    if as_json:
        print_json({"settings": rows})
        return
    for row in rows:
        differs = "  the settings file says something else: it was read once" if row["file_differs"] else ""
        text = f"{row['name']:16} version {row['number']:<4} {row['at'][:19]} {row['by']}{differs}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def show(
    name: Name,
    version: Annotated[int | None, typer.Option(help="Another version than the one that holds.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A setting's value, as JSON in either case; with --json also its version."""

    async def look(held: RuntimeSettings) -> SettingVersion:
        if version is not None:
            return await held.version(name, version)
        return (await held.state(name)).version

    found = with_settings(load(config), look)
    if as_json:
        print_json(
            {"name": name, "number": found.number, "by": found.by, "at": found.at, "value": found.value}
        )
    else:
        print_json(found.value)


@app.command()
def history(name: Name, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every version: who, when, why, and what it changed; the newest first."""

    async def look(held: RuntimeSettings) -> dict[str, Any]:
        return history_view(await held.history(name)).model_dump(mode="json")

    found = with_settings(load(config), look)
    if as_json:
        print_json({"name": name, **found})
        return
    for row in found["versions"]:
        back = "" if row["restores"] is None else f"  back to version {row['restores']}"
        text = f"{row['number']:4} {row['at'][:19]} {row['by']:20} {row['comment']}{back}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)
        _tell_changes([SettingDifference.model_validate(one) for one in row["changes"]])


@app.command("set")
def set_value(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The whole value as JSON.", exists=True, dir_okay=False)],
    dry_run: DryRun = False,
    comment: Comment = "",
    expected: Annotated[
        int | None, typer.Option(help="The version that is thought to hold; with another nothing changes.")
    ] = None,
    why: WhyOption = "",
    alone: AloneOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a setting. Exit code 1 with every problem where the value cannot be used."""
    try:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        err.print(f"songhua: {file} is no JSON: {error}", markup=False)
        raise typer.Exit(MISUSED) from None

    async def work(held: RuntimeSettings) -> tuple[SettingTrialView, SettingVersion | None]:
        number = await held.number(name)
        trial = trial_view(number, await held.trial(name, value))
        if dry_run:
            return trial, None
        made = await held.change(
            operator(), name, value, op_id=uuid4(), expected=expected, comment=comment
        )  # fmt: skip
        return trial, made

    done = with_settings(load(config), work, why=why, alone=alone, as_json=as_json)
    _tell(name, *done, as_json=as_json)


@app.command()
def undo(
    name: Name,
    to: Annotated[int | None, typer.Option(min=1, help="This version instead of the one before.")] = None,
    dry_run: DryRun = False,
    comment: Comment = "",
    why: WhyOption = "",
    alone: AloneOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to an earlier version: its value becomes a new one."""

    async def work(held: RuntimeSettings) -> tuple[SettingTrialView, SettingVersion | None]:
        number = await held.number(name)
        earlier, trial = await held.undo_trial(name, to)
        shown = trial_view(number, trial, restores=earlier.number)
        if dry_run:
            return shown, None
        made = await held.undo(
            operator(), name, op_id=uuid4(), to=earlier.number, expected=number, comment=comment
        )
        return shown, made

    done = with_settings(load(config), work, why=why, alone=alone, as_json=as_json)
    _tell(name, *done, as_json=as_json)


def with_settings(
    settings: Settings,
    work: Callable[[RuntimeSettings], Awaitable[T]],
    *,
    why: str = "",
    alone: bool = False,
    as_json: bool = False,
) -> T:
    """The settings by the database; what is changed takes effect in the service. `why` and `alone` are for
    a change that needs a second person.
    """
    # Imported here: what settings change are all rooms.
    from gateway.wiring.runtime_settings.registry import runtime_settings_of  # noqa: PLC0415

    async def whole() -> T | SettingInvalid:
        async with open_storage(settings) as storage:
            audit = audit_trail(storage, settings)
            second = AskedByCommand(settings, storage, why, alone=alone)
            held = RuntimeSettings(
                runtime_settings_of(settings, storage), storage, audit, None, second=second, here=False
            )
            try:
                return await work(held)
            except SettingInvalid as invalid:
                return invalid

    got = run(whole(), as_json=as_json)
    if isinstance(got, SettingInvalid):
        for problem in got.problems:
            err.print(problem.in_language("en"), markup=False, highlight=False, soft_wrap=True)
        fail(got.title, got.remedy)
    return got


def _tell(name: str, trial: SettingTrialView, made: SettingVersion | None, *, as_json: bool) -> None:
    number = None if made is None else made.number
    if as_json:
        print_json({"name": name, "number": number, "effect": trial.model_dump(mode="json")})
        return
    _tell_changes(trial.changes)
    for kind, count in trial.touches.items():
        out.print(f"{kind}: {'at least ' if trial.at_least else ''}{count}", markup=False, highlight=False)
    for note in trial.notes:
        out.print(note.en, markup=False, highlight=False, soft_wrap=True)
    if not trial.undoable:
        out.print("going back does not bring back what it did", markup=False, highlight=False)
    said = "nothing was changed" if number is None else f"{name}: version {number} holds"
    out.print(said, markup=False, highlight=False)


def _tell_changes(changes: list[SettingDifference]) -> None:
    for one in changes:
        before, after = (json.dumps(side, ensure_ascii=False) for side in (one.before, one.after))
        text = f"     {'.'.join(one.path)}: {before} -> {after}"
        out.print(text, markup=False, highlight=False, soft_wrap=True)
