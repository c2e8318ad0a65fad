"""`songhua warning recipients`: who gets a text of the warnings for his place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from core.storage import Storage
from gateway.commands.acting import operator
from gateway.commands.common import ConfigOption, JsonOption, fail, load, open_storage, out, print_json, run
from gateway.commands.grid_common import grid_of
from gateway.commands.tables import DryRunOption, import_register
from gateway.settings import Settings
from identity.audit.service import AuditTrail
from warning.recipients.model import Recipient, masked
from warning.recipients.service import RecipientRegister

recipients = typer.Typer(help="Recipients of warnings. 预警接收人。", no_args_is_help=True)


@recipients.callback()
def warning_recipients() -> None:
    """Who gets a text of warnings; nothing is sent by these commands."""


@recipients.command("import")
def import_recipients(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line (name, number, role, area) and add or change recipients by their numbers; nothing is
    changed when a line is refused.
    """
    settings = load(config)

    async def register(storage: Storage) -> RecipientRegister:
        grid = await grid_of(settings, storage)
        return RecipientRegister(storage, AuditTrail(storage), frozenset(grid.beats.by_id))

    import_register(file, settings, register, dry_run=dry_run, as_json=as_json)


@recipients.command("list")
def list_recipients(
    numbers: Annotated[bool, typer.Option("--numbers", help="Whole numbers; it is audited.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """All recipients, by name."""
    found = run(_listed(load(config), numbers=numbers))
    shown = [
        {**one.model_dump(mode="json"), **({} if numbers else {"number": masked(one.number)})}
        for one in found
    ]
    if as_json:
        print_json(shown)
        return
    for one in shown:
        area = one["area"]
        places = [*area["districts"], *area["beats"], *(["polygon"] * len(area["polygons"]))]
        line = f"{one['number']:>14}  {one['name']}  {one['role']}  {' '.join(places)}"
        out.print(escape(line), highlight=False, soft_wrap=True)


@recipients.command("remove")
def remove_recipients(
    numbers: Annotated[list[str], typer.Argument(help="Their numbers.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take recipients out: no warning is sent to them any more."""
    settings = load(config)

    async def work() -> int:
        async with open_storage(settings) as storage:
            return await RecipientRegister(storage, AuditTrail(storage)).remove(operator(), numbers)

    try:
        gone = run(work())
    except ValueError as error:
        fail(str(error), "give numbers of mobile telephones")
    if as_json:
        print_json({"removed": gone})
    else:
        out.print(f"{gone} removed", highlight=False)


async def _listed(settings: Settings, *, numbers: bool) -> list[Recipient]:
    async with open_storage(settings) as storage:
        register = RecipientRegister(storage, AuditTrail(storage))
        if numbers:
            await register.show_numbers(operator())
        return list(await register.listed())
