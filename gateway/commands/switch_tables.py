"""`songhua phone`, `queue` and `trunk`: what the settings have of each, and tables of them.

An import writes a file beside the settings, and each secret to a file of its own; the switch and the service
take it up when the operator renders and restarts.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from core.csv_table import TableReport
from core.secret import shown
from gateway.commands.acting import operator
from gateway.commands.common import (
    BAD_SETTINGS,
    MISUSED,
    ConfigOption,
    JsonOption,
    config_file,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.good_lines import PartialOption, imported
from gateway.commands.password_file import PasswordFileOption, password_file, tell_file
from gateway.commands.tables import DryRunOption, tell_report
from gateway.settings import Settings
from gateway.switch_tables.model import TABLES
from gateway.switch_tables.service import SwitchTableImport
from identity.audit.service import AuditTrail

THEN = (
    "now: songhua asterisk render, core reload in Asterisk, restart the service",
    "生效：songhua asterisk render，Asterisk 执行 core reload，重启服务",
)
TableFile = Annotated[
    Path,
    typer.Argument(
        help="CSV (UTF-8 or GB18030) or XLSX; columns: docs/import.md.", exists=True, dir_okay=False
    ),
]

phone = typer.Typer(help="Telephones of agents: list, import. 坐席话机。", no_args_is_help=True)
queue = typer.Typer(help="Queues of the switch: list, import. 队列。", no_args_is_help=True)
trunk = typer.Typer(help="Trunks to carriers: list, import. 中继。", no_args_is_help=True)


@phone.command("list")
def list_phones(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Telephones of the settings; never a secret."""
    _list("phones", config, as_json=as_json)


@phone.command("import")
def import_phones(
    file: TableFile,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    passwords: PasswordFileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change the telephones of FILE, or none when a line is refused; new passwords go to a file.
    导入坐席话机，密码写入文件。
    """
    _import("phones", file, (dry_run, partial, as_json), config, passwords)


@queue.command("list")
def list_queues(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Queues of the settings file; what the desk changed of them: songhua settings show queues."""
    _list("queues", config, as_json=as_json)


@queue.command("import")
def import_queues(
    file: TableFile,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change the queues of FILE, or none when a line is refused. 导入队列。"""
    _import("queues", file, (dry_run, partial, as_json), config, None)


@trunk.command("list")
def list_trunks(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Trunks of the settings; never a secret."""
    _list("trunks", config, as_json=as_json)


@trunk.command("import")
def import_trunks(
    file: TableFile,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change the trunks of FILE, or none when a line is refused. 导入中继。"""
    _import("trunks", file, (dry_run, partial, as_json), config, None)


def _list(name: str, config: Path | None, *, as_json: bool) -> None:
    settings = load(config)
    key = TABLES[name].key[1]
    found = [] if settings.asterisk is None else getattr(settings.asterisk, key)
    rows = [{**shown(one.model_dump(exclude={"secret"})), **_more(name, one.name, settings)} for one in found]
    if as_json:
        print_json({name: rows})
        return
    for row in rows:
        facts = ", ".join(f"{key} {_word(value)}" for key, value in row.items() if key != "name" and value)
        out.print(f"{row['name']:20} {facts}", markup=False, highlight=False, soft_wrap=True)


def _more(name: str, entry: str, settings: Settings) -> dict[str, Any]:
    return {"served": entry in settings.hotline.queues} if name == "queues" else {}


def _word(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ";".join(str(one) for one in value)
    return "yes" if value is True else str(value)


def _import(
    name: str, file: Path, how: tuple[bool, bool, bool], config: Path | None, passwords: Path | None
) -> None:
    dry_run, partial, as_json = how
    place = _settings_file(config)
    told = name == "phones"
    with password_file(passwords, file) if told and not dry_run else nullcontext() as kept:
        report, made = _imported(name, file, place, dry_run=dry_run, partial=partial)
        written = None if kept is None else kept.write(made)
    more = {"passwords_file": written and str(written)} if told else {}
    if report.applied and as_json:
        more["then"] = THEN[0]
    if not as_json:
        tell_file(written, len(made))
    tell_report(report, dry_run=dry_run, as_json=as_json, more=more)
    if report.applied and not as_json:
        for line in THEN:
            out.print(line, markup=False, highlight=False, soft_wrap=True)


def _settings_file(config: Path | None) -> Path:
    """The settings file that has a switch; without one the command ends."""
    place = config_file(config)
    if place is None:
        fail("there is no settings file to write beside", "songhua config init, or --config FILE", MISUSED)
    if load(config).asterisk is None:
        fail("the settings have no section [asterisk]", "songhua config example --asterisk", BAD_SETTINGS)
    return place


def _imported(
    name: str, file: Path, place: Path, *, dry_run: bool, partial: bool
) -> tuple[TableReport, dict[str, str]]:
    """The report, and the secrets that were made."""
    settings, data = load(place), file.read_bytes()

    async def work() -> tuple[TableReport, dict[str, str]]:
        async with open_storage(settings) as storage:
            service = SwitchTableImport(place, TABLES[name], AuditTrail(storage))

            async def once(rows: bytes, op_id: UUID | None) -> TableReport:
                return await service.import_table(operator(), rows, op_id=op_id)

            report = (await imported(data, once, lambda one: one, dry_run=dry_run, partial=partial))[1]
            return report, service.made

    return run(work())
