"""`songhua tg`: talkgroups of every network, and who was put on them.

Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from core.csv_table import TableReport
from core.ids import uuid7
from field.contract.talkgroup import FIELD, LEAST_FIELD, MOST_FIELD, Talkgroup, TalkgroupRights, check_tg_id
from field.talkgroups.centre.importing import TalkgroupsImport
from field.talkgroups.centre.service import OnGroup
from gateway.commands import tg_playback
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.field_common import CommandContext, floors_now, in_words, operator, with_field
from gateway.commands.good_lines import PartialOption, imported
from gateway.commands.spoken import Language, SpokenLanguage, said, tell
from gateway.commands.tables import DryRunOption, tell_report

HELP = "Talkgroups: who may listen, talk and patch, and who is on them. 通话组：谁可听、讲、并接，谁在组内。"

app = typer.Typer(help=HELP, no_args_is_help=True)
tg_playback.add_to(app)


class Class(StrEnum):
    INTERNAL = "internal"
    LICENSED = "licensed"
    COMMERCIAL = "commercial"
    AMATEUR = "amateur"


Which = Annotated[str, typer.Argument(metavar="GROUP", help="network:id, for example app:daoli. 通话组名。")]
_SUBJECTS = "all, members, phone, network:…, skill:…, unit:…, role:…, class:…; repeat"


@app.callback()
def tg() -> None:
    """Talkgroups: who may listen, talk and patch, and who is on them. 通话组：谁可听、讲、并接，谁在组内。"""


@app.command("list")
def list_groups(
    language: Language = SpokenLanguage.EN, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Every talkgroup. 列出通话组。"""

    async def look(field: CommandContext) -> list[dict[str, Any]]:
        return [_shown(found) for found in await field.talkgroups.groups()]

    rows = with_field(load(config), look, language)
    if as_json:
        print_json({"talkgroups": rows})
        return
    heads = ("group", "name", "class", "priority", "talk", "members", "listening", "case")
    table = Table(*(said(head, language) for head in heads))
    for row in rows:
        cells = (
            row["tg_id"],
            row["name_zh"] if language == SpokenLanguage.ZH else row["name_en"],
            row["tg_class"],
            str(row["priority"]),
            " ".join(row["talk"]) or "–",
            str(len(row["members"])),
            str(len(row["listening"])),
            row["case_id"] or "–",
        )
        table.add_row(*cells)
    out.print(table)


@app.command()
def floors(
    language: Language = SpokenLanguage.EN, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List the current talker of each talkgroup. 各通话组当前讲话人。"""
    settings = load(config)
    found = in_words(lambda: floors_now(settings), language)
    if as_json:
        shown = {"talkgroup", "stage", "talker", "talker_name", "priority", "emergency", "since", "waiting"}
        print_json({"floors": [one.model_dump(mode="json", include=shown) for one in found]})
        return
    heads = ("group", "floor", "talker", "since", "waiting")
    table = Table(*(said(head, language) for head in heads))
    zone = settings.hotline.callbacks.zone
    for one in found:
        state = said("emergency" if one.emergency else f"floor_{one.stage}", language)
        since = f"{one.since.astimezone(zone):%H:%M:%S}" if one.since else "–"
        talker = " ".join(dict.fromkeys(word for word in (one.talker_name, one.talker) if word)) or "–"
        table.add_row(one.talkgroup, state, talker, since, str(one.waiting))
    out.print(table)


@app.command()
def add(
    group: Which,
    name_zh: Annotated[str, typer.Option("--zh", help="Its name in Chinese. 中文名。")],
    name_en: Annotated[str, typer.Option("--en", help="Its name in English. 英文名。")],
    tg_class: Annotated[
        Class, typer.Option("--class", help="Under which rule it is on the air. 类别。")
    ] = Class.INTERNAL,
    monitor: Annotated[list[str] | None, typer.Option(help=f"Who may listen: {_SUBJECTS}. 可监听。")] = None,
    talk: Annotated[list[str] | None, typer.Option(help="Who may talk. 可讲话。")] = None,
    patch: Annotated[list[str] | None, typer.Option(help="Who may patch it. 可并接。")] = None,
    priority: Annotated[
        int, typer.Option(min=LEAST_FIELD, max=MOST_FIELD, help="Of the field on it. 外勤在本组的优先级。")
    ] = FIELD,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a talkgroup. 建立通话组。"""
    usual = TalkgroupRights()
    rights = TalkgroupRights(
        tuple(monitor or usual.monitor), tuple(talk or usual.talk), tuple(patch or usual.patch)
    )
    made = Talkgroup(group, name_zh, name_en, tg_class.value, rights, priority)

    async def work(field: CommandContext) -> dict[str, Any]:
        return _shown(await field.talkgroups.add(made, op_id=uuid7(), actor=operator()))

    row = with_field(load(config), work, language)
    tell("made", language, row, as_json=as_json, group=group)


@app.command("import")
def import_groups(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8 or GB18030) or XLSX: tg_id, name_zh, name_en; where given class, priority, "
            "monitor, talk, patch, members, lists by ';'. 通话组表。",
            exists=True,
            dir_okay=False,
        ),
    ],
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change the talkgroups of FILE, or none when a line is refused. 导入通话组。"""
    data = file.read_bytes()

    async def work(field: CommandContext) -> TableReport:
        groups = TalkgroupsImport(field.talkgroups, field.register)

        async def once(rows: bytes, op_id: UUID | None) -> TableReport:
            return await groups.import_table(operator(), rows, op_id=op_id)

        return (await imported(data, once, lambda done: done, dry_run=dry_run, partial=partial))[1]

    tell_report(with_field(load(config), work, language), dry_run=dry_run, as_json=as_json)


@app.command()
def remove(
    group: Which,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a talkgroup and notify its members. 撤销通话组，并通知组内单元。"""

    async def work(field: CommandContext) -> None:
        await field.talkgroups.remove(check_tg_id(group), op_id=uuid7(), actor=operator())

    with_field(load(config), work, language)
    tell("removed", language, {"tg_id": group, "removed": True}, as_json=as_json, group=group)


@app.command()
def members(
    group: Which,
    put_on: Annotated[
        list[str] | None, typer.Option("--add", help="Put a unit on it; repeat. 加入单元。")
    ] = None,
    take_off: Annotated[
        list[str] | None, typer.Option("--remove", help="Take a unit off it; repeat. 移出单元。")
    ] = None,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List members and listeners of a group, or add and remove members. 组员。"""

    async def work(field: CommandContext) -> dict[str, Any]:
        if not put_on and not take_off:
            return _shown(await field.talkgroups.find(group))
        names = [
            [(await field.register.find(one)).unit_id for one in given or ()] for given in (put_on, take_off)
        ]
        moved = await field.talkgroups.move(
            group, add=names[0], remove=names[1], op_id=uuid7(), actor=operator()
        )
        return _shown(moved)

    row = with_field(load(config), work, language)
    body = {key: row[key] for key in ("tg_id", "members", "listening")}
    units = ", ".join(row["members"]) or "–"
    tell("moved", language, body, as_json=as_json, group=group, units=units)


def _shown(found: OnGroup) -> dict[str, Any]:
    group = found.group
    return {
        "tg_id": group.tg_id,
        "name_zh": group.name_zh,
        "name_en": group.name_en,
        "network": group.network,
        "tg_class": group.tg_class,
        "monitor": list(group.rights.monitor),
        "talk": list(group.rights.talk),
        "patch": list(group.rights.patch),
        "priority": group.priority,
        "case_id": str(group.case_id) if group.case_id else None,
        "members": list(found.members),
        "listening": list(found.listening),
    }
