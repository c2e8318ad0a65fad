"""`songhua plans`: emergency plans, as the city writes them, and the start of one on a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from cases.plans.loading import read_plans
from cases.plans.model import EmergencyPlan, PlanForms
from core.errors import SonghuaError
from core.ids import uuid7
from gateway.commands.acting import operator
from gateway.commands.asking import Url, User, refusing, signed_in
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    out,
    print_json,
)
from gateway.commands.settings import with_settings
from gateway.commands.tables import DryRunOption
from runtime_settings.model import SettingVersion
from runtime_settings.service import RuntimeSettings, SettingTrial

NAME = "emergency-plans"
app = typer.Typer(
    help="Emergency plans: check, import, start on a case. 应急预案：检查、导入、启动。", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="TOML, or YAML by its ending.", exists=True, dir_okay=False)]


@app.callback()
def plans() -> None:
    """Emergency plans, as the city writes them."""


@app.command("list")
def list_plans(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The plans that hold."""
    number, found = _held(config)
    if as_json:
        print_json({"version": number, "plans": [one.model_dump(mode="json") for one in found.plans]})
        return
    for one in found.plans:
        classes = ",".join(one.classes) or "all classes"
        text = f"{one.plan_id:24} {one.zh}  {one.en}  {classes}  {len(one.steps)} steps"
        out.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def show(
    plan: Annotated[str, typer.Argument(help="As songhua plans list names it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A plan's steps in order."""
    _, held = _held(config)
    found = next((one for one in held.plans if one.plan_id == plan), None)
    if found is None:
        fail(f"no plan {plan}", "songhua plans list names them")
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _tell(found)


@app.command()
def check(file: File, as_json: JsonOption = False) -> None:
    """Read a file of plans and say what is wrong with it. Needs no service and no database."""
    found = _read(file)
    if as_json:
        print_json({"plans": [one.model_dump(mode="json") for one in found.plans]})
        return
    for one in found.plans:
        _tell(one)


@app.command("import")
def import_plans(
    file: File,
    dry_run: DryRunOption = False,
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why; colleagues read it.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the plans of a file, or replace those of the same id: a new version of the table. songhua settings
    undo emergency-plans takes it back.
    """
    found = _read(file)

    async def work(held: RuntimeSettings) -> tuple[SettingTrial, SettingVersion | None]:
        now = (await held.state(NAME)).version
        value = PlanForms.model_validate(now.value).with_plans(found).model_dump(mode="json")
        trial = await held.trial(NAME, value)
        if dry_run:
            return trial, None
        said = comment or f"import of {file.name}"
        made = await held.change(operator(), NAME, value, op_id=uuid4(), expected=now.number, comment=said)
        return trial, made

    trial, made = with_settings(load(config), work, as_json=as_json)
    told: dict[str, Any] = {
        **trial.effect.touches, "version": None if made is None else made.number, "applied": made is not None
    }  # fmt: skip
    if as_json:
        print_json(told)
        return
    counts = "{added} added, {changed} changed".format(**told)
    version = "nothing was changed: this was a trial" if made is None else f"version {made.number}"
    out.print(f"{counts}; {version}", markup=False, highlight=False)


@app.command()
def start(
    plan: Annotated[str, typer.Argument(help="As songhua plans list names it.")],
    case: Annotated[UUID, typer.Argument(metavar="CASE", help="The case's id.")],
    op: Annotated[UUID | None, typer.Option("--op", help="Of an earlier try: not done twice.")] = None,
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start a plan on a case, at the running service. Nothing is sent: people confirm each step."""
    body = {"op_id": str(op or uuid7()), "plan_id": plan}
    with refusing():
        made = signed_in(config, user, url).ask("POST", f"/api/cases/{case}/plans", body)
    if as_json:
        print_json(made)
        return
    out.print(f"{made['zh']} / {made['en']}", markup=False, highlight=False)
    for one in made["steps"]:
        _line(one["id"], one["kind"], one["zh"], one["en"], one["waits"])


def _held(config: ConfigOption) -> tuple[int, PlanForms]:
    async def look(held: RuntimeSettings) -> SettingVersion:
        return (await held.state(NAME)).version

    version = with_settings(load(config), look)
    return version.number, PlanForms.model_validate(version.value)


def _read(file: Path) -> PlanForms:
    try:
        return read_plans(file)
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy, FAILED)


def _tell(plan: EmergencyPlan) -> None:
    example = "  (example 示例)" if plan.example else ""
    out.print(f"{plan.plan_id}  {plan.zh}  {plan.en}{example}", markup=False, highlight=False, soft_wrap=True)
    for one in plan.steps:
        _line(one.id, one.kind.value, one.zh, one.en, one.after)


def _line(step: str, kind: str, zh: str, en: str, after: Any) -> None:
    waits = f"  after {', '.join(after)}" if after else ""
    out.print(f"  {step:16} {kind:10} {zh}  {en}{waits}", markup=False, highlight=False, soft_wrap=True)
