"""`songhua report schedules|schedule|unschedule`: reports by e-mail. The service sends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.table import Table

from cdr.reports.schedules.model import Every, FileFormat, MailLanguage, ReportName
from cdr.reports.schedules.service import ReportSchedules
from cdr.reports.schedules.views import ReportScheduleList, ReportScheduleView, ScheduleWish
from core.clock import SystemClock
from core.errors import Invalid
from core.ids import uuid7
from core.storage import Storage
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.settings import Settings
from gateway.smtp.client import SmtpMailer
from gateway.wiring.ledger_people import OwnersOfReports
from identity.service import IdentityService

T = TypeVar("T")


def schedules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the reports that are sent by e-mail, and the latest mails."""

    async def read(kept: ReportSchedules, _storage: Storage) -> ReportScheduleList:
        return await kept.all(operator())

    found = run(_with_schedules(load(config), read))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    table = Table("schedule", "name", "report", "every", "next (UTC)", "recipients", "owner")
    for one in found.schedules:
        due = f"{one.due_at:%Y-%m-%d %H:%M}" if one.active else "off"
        cells = (one.name, one.report, one.every.value, due, ", ".join(one.recipients), one.owner)
        table.add_row(str(one.schedule_id), *cells)
    out.print(table)
    mails = Table("queued (UTC)", "of", "recipient", "state", "tries", "why", title="mails")
    for mail in found.mails:
        why = ": ".join(filter(None, (mail.error, mail.why)))
        told = (f"{mail.since} – {mail.until}", mail.recipient, mail.state, str(mail.attempts), why)
        mails.add_row(f"{mail.queued_at:%Y-%m-%d %H:%M}", *told)
    out.print(mails)
    if not found.ready:
        out.print("no mail server is set: see [mail] in the settings")


def schedule(
    report: Annotated[str, typer.Argument(help="queues, agents, quality, calls or evaluation.")],
    name: Annotated[str, typer.Option(help="The mail's subject begins with it.")],
    to: Annotated[list[str], typer.Option("--to", help="An e-mail address; may be repeated.")],
    owner: Annotated[str, typer.Option(help="The supervisor whose rights the report has.")],
    every: Annotated[Every, typer.Option(help="Of the day, week or month that has ended.")] = Every.DAY,
    hour: Annotated[int, typer.Option(min=0, max=23, help="At this local hour.")] = 6,
    queue: Annotated[str, typer.Option(help="Only this queue.")] = "",
    agent: Annotated[str, typer.Option(help="Only this agent (user id).")] = "",
    form: Annotated[FileFormat, typer.Option("--format", help="The attached file.")] = "csv",
    language: Annotated[MailLanguage, typer.Option(help="Of the mail.")] = "zh",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a report sent by e-mail. Audited."""
    settings = load(config)

    async def add(kept: ReportSchedules, storage: Storage) -> ReportScheduleView:
        wish = _wish(
            name=name, report=report, every=every, hour=hour, queue=queue, agent=agent,
            recipients=tuple(to), format=form, language=language,
        )  # fmt: skip
        owners = OwnersOfReports(IdentityService(storage, settings.identity))
        if await owners.actor(owner) is None:
            raise Invalid("nobody of this name can sign in", remedy="songhua user list")
        return await kept.add(operator(), uuid7(), wish, owner=owner)

    made = run(_with_schedules(settings, add))
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    out.print(f"{made.schedule_id}: next at {made.due_at:%Y-%m-%d %H:%M} UTC", markup=False, highlight=False)


def unschedule(
    schedule_id: Annotated[UUID, typer.Argument(metavar="SCHEDULE", help="Its id.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a report no more. Audited."""

    async def remove(kept: ReportSchedules, _storage: Storage) -> None:
        await kept.remove(operator(), schedule_id)

    run(_with_schedules(load(config), remove))
    if as_json:
        print_json({"removed": str(schedule_id)})


def add_to(app: typer.Typer) -> None:
    """Its commands stand beside those of the reports."""
    for command in (schedules, schedule, unschedule):
        app.command()(command)


def _wish(*, report: str, **told: object) -> ScheduleWish:
    try:
        return ScheduleWish.model_validate({"report": report, **told})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        known = ", ".join(ReportName.__args__)  # type: ignore[attr-defined]
        raise Invalid(f"{where}: {first['msg']}", remedy=f"reports are {known}") from error


async def _with_schedules(settings: Settings, work: Callable[[ReportSchedules, Storage], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        mailer = SmtpMailer(settings.mail, SystemClock())
        trail = audit_trail(storage, settings)
        return await work(ReportSchedules(storage, trail, mailer, settings.cdr.time_zone), storage)
