"""A line of a table as an entry of the settings, and what it would change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from core.csv_table import CsvLine, LineProblem, LineReport, problem, refused_cell, stands_twice
from core.models import StrictSettings
from core.translation import gettext_lazy as _
from gateway.asterisk.settings import AgentPhone, QueueSettings, Trunk
from gateway.included_settings import PHONES, QUEUES, TRUNKS, ListKey

YES: Final = frozenset({"yes", "y", "true", "1", "是", "有"})
NO: Final = frozenset({"no", "n", "false", "0", "否", "无"})
SERVED: Final = "served"
"""A column of queues: whether our agents serve it."""


@dataclass(frozen=True, slots=True)
class SwitchTable:
    """What a table may hold. `columns` are the keys of an entry with their Chinese names; `makes_secret`: an
    entry that brings no secret gets one.
    """

    name: str
    key: ListKey
    kind: type[StrictSettings]
    columns: Mapping[str, str]
    required: Sequence[str] = ("name",)
    makes_secret: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.toml"


TABLES: Final[Mapping[str, SwitchTable]] = {
    "phones": SwitchTable(
        "phones", PHONES, AgentPhone,
        {"name": "话机", "secret": "密码", "browser": "浏览器", "may_dial": "可拨", "caller_ids": "显示号码"},
        makes_secret=True,
    ),
    "queues": SwitchTable(
        "queues", QUEUES, QueueSettings,
        {
            "name": "队列", "strategy": "策略", "ring_seconds": "振铃秒", "retry_seconds": "重试秒",
            "reassure": "等待提示", "reassure_seconds": "提示间隔秒", "fallback_members": "后备话机",
            "overflow_to": "溢出到", "overflow_after_s": "溢出秒", "capacity": "容量", "weight": "权重",
            "caller_id": "显示号码", SERVED: "坐席接听",
        },
    ),
    "trunks": SwitchTable(
        "trunks", TRUNKS, Trunk,
        {
            "name": "中继", "match": "来源地址", "username": "用户名", "secret": "密码",
            "contact": "对端地址", "contact_port": "对端端口", "transport": "传输", "media": "媒体加密",
            "registers": "注册",
            "register_seconds": "注册秒", "codecs": "编码", "dtmf": "按键", "qualify_seconds": "探测秒",
            "dial_as": "拨号格式", "prefix": "前缀", "caller_ids": "显示号码", "calls_at_once": "并发上限",
            "calls_per_minute": "每分钟上限", "silent_seconds": "静音秒", "held_silent_seconds": "保持静音秒",
        },
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PresentEntries:
    """The entries of the settings by name; those in `elsewhere` stand in the settings file itself."""

    entries: Mapping[str, StrictSettings]
    elsewhere: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()
    served_elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SwitchLine:
    """What a line asks for; `entry` is None when it is refused. `secret` is a new one, to be stored."""

    report: LineReport
    entry: StrictSettings | None = None
    secret: str = ""
    made: bool = False
    """The secret is one of ours, and has to be told."""
    served: bool | None = None
    """Of a queue; None leaves it as it is."""


def read_line(
    table: SwitchTable, line: CsvLine, present: PresentEntries, first: dict[str, int], new_secret: str
) -> SwitchLine:
    """`first` are the lines in which a name has stood, which grows."""
    name = line.cells.get("name", "")
    wrong: list[LineProblem] = []
    if name in first:
        wrong.append(stands_twice("name", name, first[name]))
    first.setdefault(name, line.number)
    there = present.entries.get(name)
    given = {key: _value(table.kind, key, text, wrong) for key, text in line.cells.items() if key != SERVED}
    served = _yes(SERVED, line.cells[SERVED], wrong) if SERVED in line.cells else None
    asked = {**({} if there is None else explicit(there)), **given}
    made = table.makes_secret and "secret" not in asked
    if made:
        asked["secret"] = new_secret
    entry = _checked(table, asked, wrong)
    if wrong or entry is None:
        return SwitchLine(LineReport(line=line.number, key=name, act="refused", problems=wrong))
    secret = str(asked.get("secret", "")) if made or "secret" in given else ""
    changes = [] if there is None else _changes(there, entry)
    if served is None and there is None:
        served = table.key == QUEUES
    if there is not None and served is not None and served != (name in present.served):
        changes.append(f"{SERVED}: {_word(not served)} → {_word(served)}")
    if changes and (name in present.elsewhere or (served is False and name in present.served_elsewhere)):
        wrong.append(
            problem(
                "name",
                _("{name} stands in the settings file itself.", name=name),
                _("Change it there, or remove it there and import again."),
            )
        )
        return SwitchLine(LineReport(line=line.number, key=name, act="refused", problems=wrong))
    act = "add" if there is None else "change" if changes else "same"
    told = LineReport(line=line.number, key=name, act=act, changes=changes)
    return SwitchLine(told, entry, secret, made, served)


def explicit(entry: StrictSettings) -> dict[str, Any]:
    """What was set of an entry, its secret in the open."""
    return {
        key: _open(getattr(entry, key)) for key in type(entry).model_fields if key in entry.model_fields_set
    }


def _checked(table: SwitchTable, asked: Mapping[str, Any], wrong: list[LineProblem]) -> StrictSettings | None:
    try:
        return table.kind.model_validate(asked)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False)[:5]:
            column = ".".join(str(part) for part in one["loc"][:1]) or "name"
            wrong.append(refused_cell(column, str(one["msg"]).removeprefix("Value error, ")))
        return None


def _value(kind: type[StrictSettings], key: str, text: str, wrong: list[LineProblem]) -> Any:
    annotation = kind.model_fields[key].annotation
    if annotation is bool:
        return _yes(key, text, wrong)
    if "tuple[" in str(annotation):
        return [word.strip() for word in text.replace("；", ";").split(";") if word.strip()]
    return text


def _yes(key: str, text: str, wrong: list[LineProblem]) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        wrong.append(refused_cell(key, "yes or no"))
    return word in YES


def _changes(there: StrictSettings, entry: StrictSettings) -> list[str]:
    found = []
    for key in type(entry).model_fields:
        before, after = _open(getattr(there, key)), _open(getattr(entry, key))
        if before == after:
            continue
        secret = isinstance(getattr(entry, key), SecretStr)
        found.append(key if secret else f"{key}: {_word(before)} → {_word(after)}")
    return found


def _open(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ";".join(str(one) for one in value) or "–"
    return "–" if value is None else str(value)
