"""`songhua emergency`: the emergencies of units, with the timeline of their case; acknowledged and cleared by
name.

Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.table import Table

from cases.life import store as case_store
from core.actor import Actor
from core.errors import Forbidden
from field.emergency.centre.http import view
from field.emergency.model import EmergencyAlarm
from field.events import EmergencyChanged
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.emergency_words import WORDS
from gateway.commands.field_common import CommandContext, in_words, opened, operator
from gateway.commands.spoken import Language, SpokenLanguage
from gateway.settings import Settings

HELP = "Emergencies of field units: alarms and emergency calls. 外勤单元的呼救。"
COLUMNS: Final = ("emergency", "unit", "kind", "talkgroup", "state", "asked", "raised_at", "repeats")

app = typer.Typer(help=HELP, no_args_is_help=True)

Which = Annotated[UUID, typer.Argument(metavar="EMERGENCY", help="See songhua emergency list. 呼救编号。")]
By = Annotated[
    str,
    typer.Option("--by", metavar="USER", help="A dispatcher or supervisor, whom the crew reads. 用户名。"),
]


@app.command("list")
def listed(
    cleared: Annotated[
        bool, typer.Option("--all", help="Also those that are cleared. 包括已解除的。")
    ] = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The emergencies that are not cleared, the newest first. 未解除的呼救。"""

    async def work(field: CommandContext) -> Sequence[EmergencyAlarm]:
        return await field.emergencies.listed(operator(), cleared=cleared)

    found = _do(load(config), work, language)
    if as_json:
        print_json([view(one).model_dump(mode="json") for one in found])
        return
    if not found:
        out.print(_said("none", language))
        return
    table = Table(*(_said(one, language) for one in COLUMNS))
    for one in found:
        table.add_row(*_row(one, language))
    out.print(table)


@app.command()
def show(
    emergency: Which,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one emergency with its case's timeline. 一起呼救及其时间线。"""

    async def work(field: CommandContext) -> tuple[EmergencyAlarm, list[case_store.CaseLogEntry]]:
        alarm = await field.emergencies.get(operator(), emergency)
        if alarm.case_id is None:
            return alarm, []
        async with field.storage.read() as connection:
            return alarm, await case_store.history(connection, alarm.case_id)

    alarm, entries = _do(load(config), work, language)
    if as_json:
        timeline = [
            {"at": one.at.isoformat(), "actor": one.actor, "act": one.act, "words": one.reason}
            for one in entries
        ]
        print_json({**view(alarm).model_dump(mode="json"), "timeline": timeline})
        return
    for head, value in _facts(alarm, language):
        out.print(f"{_said(head, language)}: {value}", markup=False, highlight=False, soft_wrap=True)
    if not entries:
        out.print(_said("case_comes", language))
        return
    table = Table(*(_said(one, language) for one in ("at", "act", "actor", "words")))
    for one in entries:
        act = _said(one.act, language) if one.act in WORDS else one.act
        table.add_row(f"{one.at:%Y-%m-%d %H:%M:%SZ}", act, _plain(one.actor), _plain(one.reason))
    out.print(table)


@app.command()
def acknowledge(
    emergency: Which,
    by: By,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer it in the name of a user; the crew reads the name. 以某用户的名义应答。"""

    async def work(field: CommandContext) -> EmergencyAlarm:
        return await field.emergencies.acknowledge(await _person(field, by), emergency)

    _tell("act_acknowledged", _do(load(config), work, language), language, as_json=as_json)


@app.command()
def clear(
    emergency: Which,
    by: By,
    note: Annotated[str, typer.Option("--note", help="A note that the crew reads. 说明。")],
    false_alarm: Annotated[
        bool, typer.Option("--false-alarm", help="It was nothing: its case is cancelled. 误报，案件撤销。")
    ] = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End one that was acknowledged. 解除。"""

    async def work(field: CommandContext) -> EmergencyAlarm:
        who = await _person(field, by)
        return await field.emergencies.clear(who, emergency, note, false_alarm=false_alarm)

    _tell("act_cleared", _do(load(config), work, language), language, as_json=as_json)


def _do(settings: Settings, work: Any, language: SpokenLanguage) -> Any:
    async def do() -> Any:
        async with opened(settings, told=(EmergencyChanged,)) as field:
            return await work(field)

    return in_words(do, language)


async def _person(field: CommandContext, user_id: str) -> Actor:
    """Raises `core.errors.NotFound`, `core.errors.Forbidden`."""
    user = await field.people.user(user_id)
    if not user.active:
        raise Forbidden("this user is switched off")
    return user.actor()


def _row(alarm: EmergencyAlarm, language: SpokenLanguage) -> list[str]:
    asked = _said(alarm.asked, language) if alarm.acknowledged_by is None else ""
    return [
        str(alarm.alarm_id), alarm.unit_id, _said(alarm.kind, language), alarm.talkgroup,
        _said(alarm.state.value, language), asked, f"{alarm.raised_at:%Y-%m-%d %H:%M:%SZ}",
        str(alarm.repeats),
    ]  # fmt: skip


def _facts(alarm: EmergencyAlarm, language: SpokenLanguage) -> list[tuple[str, str]]:
    place = alarm.position
    facts = list(zip(COLUMNS, _row(alarm, language), strict=True))
    facts.append(("place", f"{place.lon:.6f},{place.lat:.6f} ±{place.accuracy_m:.0f} m" if place else ""))
    facts.append(("case", str(alarm.case_id or "")))
    facts.append(("by", alarm.acknowledged_by.name if alarm.acknowledged_by else ""))
    facts.append(("cleared_by", alarm.cleared_by.name if alarm.cleared_by else ""))
    facts.append(("note", alarm.note))
    if alarm.false_alarm:
        facts.append(("state", _said("false_alarm", language)))
    return [(head, _plain(value)) for head, value in facts if value]


def _plain(text: str) -> str:
    """Words from outside, without what moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _tell(word: str, done: EmergencyAlarm, language: SpokenLanguage, *, as_json: bool) -> None:
    if as_json:
        print_json(view(done).model_dump(mode="json"))
        return
    person = done.cleared_by or done.acknowledged_by
    said = _said(word, language, unit=done.unit_id, name=person.name if person else "")
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def _said(word: str, language: SpokenLanguage, **values: Any) -> str:
    return WORDS[word].in_language(language).format(**values)
