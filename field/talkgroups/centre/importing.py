"""Adds and changes the talkgroups of a table, and who is on them. Every line is checked first: when one is
refused, nothing is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast
from uuid import UUID

from core.actor import Actor
from core.csv_table import (
    CsvLine,
    CsvTable,
    LineProblem,
    LineReport,
    TableReport,
    problem,
    read_csv,
    refused_cell,
    report,
    stands_twice,
)
from core.errors import Invalid, SonghuaError
from core.ids import uuid7
from core.translation import gettext_lazy as _
from field import rights
from field.contract.talkgroup import CLASSES, MOST_MEMBERS, Talkgroup, TalkgroupRights, TgClass, checked
from field.talkgroups.centre.service import OnGroup, Talkgroups
from field.units.centre.service import UnitRegister

COLUMNS: Final[Mapping[str, str]] = {
    "tg_id": "通话组号", "name_zh": "名称", "name_en": "英文名", "class": "类别", "priority": "优先级",
    "monitor": "可监听", "talk": "可讲话", "patch": "可并接", "members": "组员",
}  # fmt: skip
REQUIRED: Final = ("tg_id", "name_zh", "name_en")
MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class ImportedTalkgroup:
    """What a line asks for; `group` is None when it is refused, `members` is None when they stay."""

    report: LineReport
    group: Talkgroup | None = None
    described: bool = False
    """Whether names, class, rights or priority change."""
    members: frozenset[str] | None = None


class TalkgroupsImport:
    def __init__(self, talkgroups: Talkgroups, units: UnitRegister) -> None:
        self._talkgroups = talkgroups
        self._units = units

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """What each line does; with `op_id` it is done. An empty cell leaves a talkgroup as it is; `members`
        are all that are on it from then on; talkgroups that are not in the table stay. Raises `Forbidden`,
        `TableUnreadable`, `StorageAway`.
        """
        rights.CHANGE_TALKGROUPS.check(actor)
        rights.MEMBERS.check(actor)
        known = {one.group.tg_id: one for one in await self._talkgroups.groups()}
        units = {unit.unit_id for unit in await self._units.units()}
        table, lines = await asyncio.to_thread(_read_all, data, known, units)
        if op_id is None or any(line.group is None for line in lines):
            return report(table, [line.report for line in lines], applied=False)
        reports = [line.report for line in lines]
        for index, line in enumerate(lines):
            try:
                await self._take(actor, line, known)
            except SonghuaError as error:
                remedy = _("Import the file again: what was done is left as it is.")
                wrong = refused_cell("tg_id", error.detail or error.title, remedy)
                reports[index] = line.report.model_copy(update={"act": "refused", "problems": [wrong]})
                return report(table, reports, applied=False)
        return report(table, reports, applied=True)

    async def _take(self, actor: Actor, line: ImportedTalkgroup, known: Mapping[str, OnGroup]) -> None:
        if line.group is None:
            return
        tg_id = line.group.tg_id
        there = known.get(tg_id)
        if there is None:
            await self._talkgroups.add(line.group, op_id=uuid7(), actor=actor)
        elif line.described:
            await self._talkgroups.change(line.group, op_id=uuid7(), actor=actor)
        now = frozenset(there.members) if there else frozenset()
        if line.members is not None and line.members != now:
            await self._talkgroups.move(
                tg_id, add=sorted(line.members - now), remove=sorted(now - line.members), op_id=uuid7(),
                actor=actor,
            )  # fmt: skip


def _read_all(
    data: bytes, known: Mapping[str, OnGroup], units: Collection[str]
) -> tuple[CsvTable, list[ImportedTalkgroup]]:
    """Takes its time for a long table: not for the event loop."""
    table = read_csv(data, COLUMNS, required=REQUIRED, most=MOST)
    first: dict[str, int] = {}
    return table, [_read(line, known, units, first) for line in table.lines]


def _read(
    line: CsvLine, known: Mapping[str, OnGroup], units: Collection[str], first: dict[str, int]
) -> ImportedTalkgroup:
    tg_id = line.cells.get("tg_id", "")
    there = known.get(tg_id)
    wrong: list[LineProblem] = []
    if tg_id in first:
        wrong.append(stands_twice("tg_id", tg_id, first[tg_id]))
    first.setdefault(tg_id, line.number)
    group = _asked(line, there, wrong)
    try:
        checked(group)
    except Invalid as error:
        wrong.append(refused_cell("tg_id", error.detail or error.title))
    members = _members(line, units, wrong)
    if wrong:
        return ImportedTalkgroup(LineReport(line=line.number, key=tg_id, act="refused", problems=wrong))
    if there is None:
        return ImportedTalkgroup(LineReport(line=line.number, key=tg_id, act="add"), group, True, members)
    before, after = _words(there.group), _words(group)
    changes = [f"{name}: {before[name]} → {after[name]}" for name in before if before[name] != after[name]]
    described = bool(changes)
    if members is not None and members != frozenset(there.members):
        changes.append(f"members: {_text(sorted(there.members))} → {_text(sorted(members))}")
    act = "change" if changes else "same"
    told = LineReport(line=line.number, key=tg_id, act=act, changes=changes)
    return ImportedTalkgroup(told, group, described, members)


def _asked(line: CsvLine, there: OnGroup | None, wrong: list[LineProblem]) -> Talkgroup:
    cells = line.cells
    base = there.group if there else Talkgroup(cells.get("tg_id", ""), "", "")
    tg_class = cells.get("class", base.tg_class)
    if tg_class not in CLASSES:
        remedy = _("Use {names}.", names=list(CLASSES))
        wrong.append(problem("class", _("There is no class {word}.", word=tg_class), remedy))
        tg_class = base.tg_class
    priority = cells.get("priority", str(base.priority))
    if not (priority.isascii() and priority.isdigit() and len(priority) < 3):
        wrong.append(refused_cell("priority", "a number from 4 to 9"))
        priority = str(base.priority)
    given = TalkgroupRights(
        monitor=_list(cells, "monitor", base.rights.monitor),
        talk=_list(cells, "talk", base.rights.talk),
        patch=_list(cells, "patch", base.rights.patch),
    )
    return replace(
        base,
        name_zh=cells.get("name_zh", base.name_zh),
        name_en=cells.get("name_en", base.name_en),
        tg_class=cast("TgClass", tg_class),
        rights=given,
        priority=int(priority),
    )


def _members(line: CsvLine, units: Collection[str], wrong: list[LineProblem]) -> frozenset[str] | None:
    if "members" not in line.cells:
        return None
    found = frozenset(_list(line.cells, "members", ()))
    unknown = sorted(found.difference(units))
    if unknown:
        wrong.append(
            problem(
                "members", _("There is no unit {names}.", names=unknown[:5]), _("Import the units before.")
            )
        )
    if len(found) > MOST_MEMBERS:
        wrong.append(refused_cell("members", f"at most {MOST_MEMBERS} units are put on a group"))
    return found


def _list(cells: Mapping[str, str], name: str, default: Sequence[str]) -> tuple[str, ...]:
    if name not in cells:
        return tuple(default)
    words = cells[name].replace("；", ";").split(";")
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _words(group: Talkgroup) -> dict[str, str]:
    return {
        "name_zh": group.name_zh, "name_en": group.name_en, "class": group.tg_class,
        "priority": str(group.priority), "monitor": _text(group.rights.monitor),
        "talk": _text(group.rights.talk), "patch": _text(group.rights.patch),
    }  # fmt: skip


def _text(words: Sequence[str]) -> str:
    return ";".join(words) or "–"
