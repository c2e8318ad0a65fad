"""`songhua cases duty`: duty times of the people of departments, and who of them is on duty."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cases.clocks.calendar import load_working_calendar
from cases.duty.model import DutyPlan
from core.errors import SonghuaError
from core.events import MASK
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.tables import DryRunOption, import_setting
from gateway.settings import Settings
from gateway.wiring.runtime_settings.duty_times import DutyForms
from gateway.wiring.runtime_settings.stored import stored_value

RevealOption = Annotated[
    bool, typer.Option(help="Show telephone numbers in full; audited. 显示完整号码（留痕）。")
]

duty = typer.Typer(help="Duty times of departments' people. 部门人员值班。", no_args_is_help=True)


@duty.callback()
def cases_duty() -> None:
    """Duty times of the people of departments."""


@duty.command("import")
def import_duty(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and replace the duty times of the people that the file names; nothing is changed when
    a line is refused. songhua settings undo duty-times takes an import back.
    """
    import_setting("duty-times", file, load(config), dry_run=dry_run, as_json=as_json)


@duty.command("list")
def list_duty(reveal: RevealOption = False, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All duty times, as they are stored; numbers are masked unless --reveal is given."""
    found = run(_plan(load(config), looked_at="all" if reveal else "")).times
    if as_json:
        print_json(
            [{**one.model_dump(mode="json"), "phone": _phone(one.phone, reveal=reveal)} for one in found]
        )
        return
    for one in found:
        days = ",".join(map(str, one.weekdays)) or "1-7"
        between = f"{one.first or '…'} – {one.last or '…'}"
        text = (
            f"{one.department:24} {one.user_id:16} {one.starts}–{one.ends}  {days}  {one.day_kind}  {between}"
            f"  {_phone(one.phone, reveal=reveal)}"
        )
        out.print(text.rstrip(), highlight=False, soft_wrap=True)


@duty.command("now")
def duty_now(
    department: Annotated[str, typer.Argument(help="The department's id: drainage.")],
    at: Annotated[str, typer.Option(help="Another time: 2026-11-30T17:00, of the calendar's zone.")] = "",
    reveal: RevealOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who of a department is on duty, and until when; without anybody, when the next one is. Numbers are
    masked unless --reveal is given.
    """
    plan = run(_plan(load(config), looked_at=department if reveal else ""))
    moment = _moment(at, plan)
    people = sorted(plan.on_duty(department, moment).values(), key=lambda one: one.user_id)
    after = None if people else plan.next_at(department, moment)
    if as_json:
        print_json(
            {
                "people": [
                    {
                        "user_id": one.user_id,
                        "until": _iso(one.until),
                        "phone": _phone(one.phone, reveal=reveal),
                    }
                    for one in people
                ],
                "next_at": _iso(after),
            }
        )
    else:
        for one in people:
            phone = _phone(one.phone, reveal=reveal)
            out.print(f"{one.user_id:16} until {_local(one.until, plan)}  {phone}".rstrip(), highlight=False)
        if not people:
            nobody = "nobody is on duty" if after is None else f"nobody until {_local(after, plan)}"
            out.print(f"无人值班 {nobody}", highlight=False)
    if not people:
        raise typer.Exit(FAILED)


async def _plan(settings: Settings, *, looked_at: str) -> DutyPlan:
    """The stored duty times. `looked_at` is the department whose numbers are shown in full, `all` for each:
    that stands in the audit trail; empty for none.
    """
    try:
        calendar = load_working_calendar(settings.cases.own_calendar)
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    async with open_storage(settings) as storage:
        form = DutyForms.model_validate(await stored_value(settings, storage, "duty-times"))
        shown = [one for one in form.times if one.phone and looked_at in {"all", one.department}]
        if shown:
            await audit_trail(storage, settings).record(
                operator(), "view-duty-phones", f"department:{looked_at}"
            )
    return DutyPlan(calendar, form.times)


def _phone(phone: str, *, reveal: bool) -> str:
    """The number in full or masked; empty where there is none."""
    return phone if reveal or not phone else MASK


def _moment(text: str, plan: DutyPlan) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"no time: {text!r}", "write it as 2026-11-30T17:00")
    return found if found.tzinfo else found.replace(tzinfo=plan.calendar.zone)


def _local(at: datetime, plan: DutyPlan) -> str:
    return f"{at.astimezone(plan.calendar.zone):%Y-%m-%d %H:%M}"


def _iso(at: Any) -> str | None:
    return None if at is None else at.isoformat()
