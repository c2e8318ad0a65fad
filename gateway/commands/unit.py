"""`songhua unit`: the register of field units (list, show, nearest, enrol, revoke, set), beside a unit's own
terminal.

A password goes to the screen once or into a file of 0600, never into a log. Exit codes: 0 done, 1 it failed,
2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.csv_table import TableReport
from core.ids import uuid7
from field.errors import UnknownUnit
from field.events import UnitCandidate
from field.units.centre.enrolment.service import EnrolmentCode
from field.units.centre.importing import UnitsImport, UnitsImported
from field.units.centre.service import KEEP, UnitChange, UnitDetails
from field.units.model import Shift, Unit
from field.units.nearest.reasons import candidate
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.enrolment_code import PageOption, PictureOption, page_of, tell_code
from gateway.commands.field_common import CommandContext, operator, with_field
from gateway.commands.good_lines import PartialOption, imported
from gateway.commands.password_file import PasswordFileOption, password_file, tell_file
from gateway.commands.spoken import Language, SpokenLanguage, misused, refuse, said, tell
from gateway.commands.tables import DryRunOption, tell_report
from gateway.mqtt.credentials import new_client_id
from gateway.settings import Settings
from gateway.unit_cli.commands import app

Who = Annotated[str, typer.Argument(metavar="UNIT", help="Its name, an alias or an address. 单元名或别名。")]
Crew = Annotated[list[str] | None, typer.Option("--crew", help="One of the crew; repeat. 人员，可重复。")]
Alias = Annotated[list[str] | None, typer.Option("--alias", help="An alias; repeat. 别名，可重复。")]
Address = Annotated[
    list[str] | None, typer.Option("--address", help="network:id elsewhere; repeat. 其他网络地址，可重复。")
]
Device = Annotated[
    list[str] | None, typer.Option("--device", help="An OwnTracks device; repeat. 定位应用设备名，可重复。")
]
Skill = Annotated[list[str] | None, typer.Option("--skill", help="A skill; repeat. 技能，可重复。")]
Name = Annotated[str | None, typer.Option("--name", help="The displayed name. 名称。")]
Vehicle = Annotated[str | None, typer.Option("--vehicle", help="Plate or kind. 车辆。")]
Department = Annotated[
    str | None, typer.Option("--department", help="Id of the department that it belongs to. 所属部门编号。")
]


@app.command("list")
def list_units(
    online: Annotated[bool, typer.Option("--online", help="Only those that are there. 仅在线。")] = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List units with state, last contact and bearer, and the age of the position. 列出单元。"""
    settings = load(config)

    async def look(field: CommandContext) -> list[dict[str, Any]]:
        now = field.register.now()
        known = await field.register.known()
        return [_shown(one, now) for one in known if one.unit.online or not online]

    rows = with_field(settings, look, language)
    if as_json:
        print_json({"units": rows})
        return
    out.print(_table(rows, language))


@app.command()
def show(
    unit: Who,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one unit in full. 显示一个单元。"""
    settings = load(config)

    async def look(field: CommandContext) -> dict[str, Any]:
        return _shown(await field.register.look(unit), field.register.now())

    row = with_field(settings, look, language)
    if as_json:
        print_json(row)
        return
    zone = settings.hotline.callbacks.zone
    for word, text in _lines(row, language, zone):
        out.print(f"{said(word, language)}: {text}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def enrol(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="network:id, for example app:17. 单元名。")],
    name: Name = None,
    crew: Crew = None,
    alias: Alias = None,
    address: Address = None,
    device: Device = None,
    vehicle: Vehicle = None,
    department: Department = None,
    skill: Skill = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-out", help="Write the password here (0600). 密码写入此文件。")
    ] = None,
    qr: Annotated[
        bool, typer.Option("--qr", help="Instead of a password, a one-time code as QR code. 一次性二维码。")
    ] = False,
    page: PageOption = "",
    picture: PictureOption = None,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a unit its account at the broker; one that is there gets a new password. 登记，发放密码。

    With --qr the terminal fetches its password itself, once: scan the code with its camera. The unit's old
    password holds until then.
    """
    settings = load(config)
    if (qr and password_file is not None) or (not qr and (page or picture is not None)):
        misused("qr_alone", language)
    wanted = Unit(
        unit, name or unit, tuple(crew or ()), aliases=tuple(alias or ()), addresses=tuple(address or ()),
        devices=tuple(device or ()), vehicle=vehicle or "", skills=tuple(skill or ()),
        department=department or "",
    )  # fmt: skip
    change = _change(name, crew, alias, address, vehicle, skill, department=department)
    if qr:
        where = page_of(page, picture, settings, language)

        async def code(field: CommandContext) -> EnrolmentCode:
            unit_id, _ = await _described(field, wanted, change)
            return await field.enrolments.make(operator(), unit_id, op_id=uuid7())

        tell_code(
            with_field(settings, code, language, broker=True), where, picture, settings, language,
            as_json=as_json,
        )  # fmt: skip
        return

    async def work(field: CommandContext) -> str:
        unit_id, password = await _described(field, wanted, change)
        return password or await field.register.enrol(unit_id, devices=device, actor=operator())

    if password_file is not None:
        _writable(password_file, language)
    password = with_field(settings, work, language, broker=True)
    _tell_enrolled(unit, password, device or (), password_file, language, as_json=as_json)


async def _described(field: CommandContext, wanted: Unit, change: UnitChange | None) -> tuple[str, str]:
    """The unit's name, changed where something is to change; with its password where it was added now."""
    try:
        known = (await field.register.look(wanted.unit_id)).unit
    except UnknownUnit:
        return wanted.unit_id, await field.register.create(wanted, operator())
    if change is not None:
        await field.register.change(known.unit_id, change, op_id=uuid7(), actor=operator())
    return known.unit_id, ""


def _tell_enrolled(
    unit: str,
    password: str,
    devices: Sequence[str],
    file: Path | None,
    language: SpokenLanguage,
    *,
    as_json: bool,
) -> None:
    apps = {one: new_client_id(one) for one in devices}
    if file is not None:
        _write(file, password, language)
        body = {"unit_id": unit, "file": str(file), "client_ids": apps}
        tell("kept", language, body, as_json=as_json, unit=unit, file=file)
    else:
        body = {"unit_id": unit, "password": password, "client_ids": apps}
        tell("enrolled", language, body, as_json=as_json, unit=unit)
        if not as_json:
            typer.echo(password)
    if not as_json:
        _tell_apps(apps, language)


@app.command("import")
def import_units(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8 or GB18030) or XLSX: unit_id, name; where given crew, vehicle, department, "
            "skills, aliases, addresses, devices, lists by ';'. 单元表。",
            exists=True,
            dir_okay=False,
        ),
    ],
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    passwords: PasswordFileOption = None,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change the units of FILE, or none when a line is refused. 导入单元，密码写入文件。"""
    settings, data = load(config), file.read_bytes()

    async def work(field: CommandContext) -> tuple[UnitsImported, TableReport]:
        units = UnitsImport(field.register)

        async def once(rows: bytes, op_id: UUID | None) -> UnitsImported:
            return await units.run(operator(), rows, op_id=op_id)

        return await imported(data, once, lambda done: done.report, dry_run=dry_run, partial=partial)

    with nullcontext() if dry_run else password_file(passwords, file) as kept:
        done, report = with_field(settings, work, language, broker=not dry_run)
        written = None if kept is None else kept.write(done.passwords)
    if not as_json:
        tell_file(written, len(done.passwords))
    more = {"passwords_file": written and str(written), "stopped": done.stopped}
    tell_report(report, dry_run=dry_run, as_json=as_json, more=more)


@app.command()
def revoke(
    unit: Who,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a unit's account and close its connections at once. 注销，立即断开。"""
    settings = load(config)

    async def work(field: CommandContext) -> dict[str, Any]:
        found = await field.register.find(unit)
        done = await field.register.revoke(found.unit_id, op_id=uuid7(), actor=operator())
        return _shown(done, field.register.now())

    row = with_field(settings, work, language, broker=True)
    tell("revoked_now", language, row, as_json=as_json, unit=row["unit_id"])


@app.command("set")
def set_unit(
    unit: Who,
    name: Name = None,
    crew: Crew = None,
    alias: Alias = None,
    address: Address = None,
    vehicle: Vehicle = None,
    department: Department = None,
    skill: Skill = None,
    shift: Annotated[
        str | None, typer.Option("--shift", help="START/END in the centre's time zone. 班次，本地时间。")
    ] = None,
    no_shift: Annotated[bool, typer.Option("--no-shift", help="It has no shift. 取消班次。")] = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a unit's data; a given list replaces the stored one. 更改单元资料。"""
    settings = load(config)
    when = _shift(shift, settings, language) if shift is not None else None
    change = _change(
        name, crew, alias, address, vehicle, skill, department=department, shift=when, no_shift=no_shift
    )
    if change is None or (no_shift and shift is not None):
        misused("nothing" if change is None else "bad_time", language)

    async def work(field: CommandContext) -> dict[str, Any]:
        found = await field.register.find(unit)
        done = await field.register.change(found.unit_id, change, op_id=uuid7(), actor=operator())
        return _shown(done, field.register.now())

    row = with_field(settings, work, language)
    tell("set", language, row, as_json=as_json, unit=row["unit_id"])


@app.command()
def nearest(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its number or short code. 案件号或短码。")],
    skill: Annotated[
        list[str] | None, typer.Option("--skill", help="A skill, instead of the category's; repeat. 技能。")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="So many at most. 最多。")] = 10,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The units that could take a case, the best first, and why. 可派单元，附理由。"""
    settings = load(config)

    async def look(field: CommandContext) -> list[UnitCandidate]:
        found = await field.nearest.of_case(operator(), case, skills=skill, most=limit)
        return [candidate(one) for one in found]

    rows = with_field(settings, look, language)
    if as_json:
        print_json({"units": [row.model_dump(mode="json") for row in rows]})
        return
    table = Table(*(said(head, language) for head in ("unit", "name", "distance", "reasons")))
    for row in rows:
        away = "–" if row.metres is None else said("metres", language, m=round(row.metres))
        why = "; ".join(reason.zh if language is SpokenLanguage.ZH else reason.en for reason in row.reasons)
        table.add_row(row.unit_id, row.name, away, why)
    out.print(table)


def _change(
    name: str | None,
    crew: list[str] | None,
    alias: list[str] | None,
    address: list[str] | None,
    vehicle: str | None,
    skill: list[str] | None,
    *,
    department: str | None,
    shift: Shift | None = None,
    no_shift: bool = False,
) -> UnitChange | None:
    """None when nothing is given. A single empty word makes a list empty."""

    def given(words: list[str] | None) -> list[str] | None:
        return None if not words else [word for word in words if word]

    lists = [given(words) for words in (crew, alias, address, skill)]
    told = any(value is not None for value in (name, vehicle, department, *lists))
    if not told and shift is None and not no_shift:
        return None
    return UnitChange(
        name=name,
        crew=lists[0],
        aliases=lists[1],
        addresses=lists[2],
        vehicle=vehicle,
        department=department,
        skills=lists[3],
        shift=None if no_shift else (shift or KEEP),
    )


def _shift(text: str, settings: Settings, language: SpokenLanguage) -> Shift:
    start, slash, end = text.partition("/")
    zone = settings.hotline.callbacks.zone
    try:
        moments = [datetime.fromisoformat(one) for one in (start, end)] if slash else []
    except ValueError:
        moments = []
    if len(moments) != 2:
        misused("bad_time", language)
    starts, ends = (one if one.tzinfo else one.replace(tzinfo=zone) for one in moments)
    return Shift(starts, ends)


def _tell_apps(apps: Mapping[str, str], language: SpokenLanguage) -> None:
    for device, client_id in apps.items():
        typer.echo(said("client_id", language, device=device, client_id=client_id))


def _writable(file: Path, language: SpokenLanguage) -> None:
    """Before an account is made: a password that nobody can read helps nobody."""
    if not os.access(file.parent, os.W_OK) or file.is_dir():
        refuse(said("no_file", language, file=file, why="not writable"))


def _write(file: Path, password: str, language: SpokenLanguage) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            os.fchmod(opened.fileno(), 0o600)
            opened.write(password + "\n")
    except OSError as error:
        refuse(said("no_file", language, file=file, why=error.strerror))


def _shown(known: UnitDetails, now: datetime) -> dict[str, Any]:
    unit, placed = known.unit, known.placed
    place = None
    if placed is not None:
        fix = placed.fix
        place = {
            "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m, "source": fix.source,
            "measured_at": placed.measured_at.isoformat(), "age_s": round(placed.age_s(now), 1),
        }  # fmt: skip
    return {
        "unit_id": unit.unit_id,
        "name": unit.name,
        "aliases": list(unit.aliases),
        "addresses": list(unit.addresses),
        "devices": list(unit.devices),
        "crew": list(unit.crew),
        "vehicle": unit.vehicle,
        "department": unit.department,
        "skills": list(unit.skills),
        "shift": [unit.shift.starts_at.isoformat(), unit.shift.ends_at.isoformat()] if unit.shift else None,
        "status": unit.status,
        "online": unit.online,
        "revoked_at": unit.revoked_at.isoformat() if unit.revoked_at else None,
        "last_heard": unit.last_heard.isoformat() if unit.last_heard else None,
        "last_heard_s": round((now - unit.last_heard).total_seconds(), 1) if unit.last_heard else None,
        "heard_by": unit.heard_by,
        "bearers": [
            {
                "bearer": one.name,
                "online": one.online,
                "heard_at": one.heard_at.isoformat() if one.heard_at else None,
            }
            for one in known.bearers
        ],
        "groups": list(known.groups),
        "place": place,
    }


def _table(rows: Sequence[dict[str, Any]], language: SpokenLanguage) -> Table:
    heads = ("unit", "name", "state", "heard", "place", "groups")
    table = Table(*(said(head, language) for head in heads))
    for row in rows:
        cells = (
            row["unit_id"], row["name"], _state(row, language), _heard(row, language), _place(row, language),
            " ".join(row["groups"]) or "–",
        )  # fmt: skip
        table.add_row(*cells)
    return table


def _lines(row: dict[str, Any], language: SpokenLanguage, zone: ZoneInfo) -> list[tuple[str, str]]:
    def many(key: str) -> str:
        return ", ".join(row[key]) or "–"

    shift = "–"
    if row["shift"]:
        moments = [datetime.fromisoformat(one).astimezone(zone) for one in row["shift"]]
        shift = " / ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments)
    bearers = ", ".join(
        f"{one['bearer']} ({said('online' if one['online'] else 'offline', language)})"
        for one in row["bearers"]
    )
    return [
        ("unit", row["unit_id"]),
        ("name", row["name"]),
        ("aliases", many("aliases")),
        ("addresses", many("addresses")),
        ("devices", many("devices")),
        ("crew", many("crew")),
        ("vehicle", row["vehicle"] or "–"),
        ("department", row["department"] or "–"),
        ("skills", many("skills")),
        ("shift", shift),
        ("state", _state(row, language)),
        ("heard", _heard(row, language)),
        ("bearers", bearers or "–"),
        ("place", _place(row, language)),
        ("groups", many("groups")),
    ]


def _state(row: dict[str, Any], language: SpokenLanguage) -> str:
    if row["revoked_at"]:
        return said("revoked", language)
    there = said("online" if row["online"] else "offline", language)
    return there if row["status"] == "free" else f"{there}, {row['status']}"


def _heard(row: dict[str, Any], language: SpokenLanguage) -> str:
    if row["last_heard_s"] is None:
        return "–"
    ago = said("ago", language, s=round(row["last_heard_s"]))
    return f"{ago} {said('by', language)} {row['heard_by']}" if row["heard_by"] else ago


def _place(row: dict[str, Any], language: SpokenLanguage) -> str:
    place = row["place"]
    if place is None:
        return "–"
    ago = said("ago", language, s=round(place["age_s"]))
    return f"{place['lat']:.5f},{place['lon']:.5f} ±{place['accuracy_m']:.0f} m, {ago} ({place['source']})"
