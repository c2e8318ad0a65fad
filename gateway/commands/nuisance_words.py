"""What `songhua nuisance` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.asterisk.findings import Text

WORDS: Final[Mapping[str, Text]] = {
    "number": Text("号码", "number"),
    "state": Text("状态", "state"),
    "end": Text("截止", "until"),
    "reason": Text("原因", "reason"),
    "by": Text("经办人", "by"),
    "id": Text("编号", "listing"),
    "added": Text(
        "{number} 已列入名单，至 {until}；编号 {id}", "{number} is listed until {until}; listing {id}"
    ),
    "lifted": Text("{number} 已移出名单", "{number} is off the list"),
    "until": Text(
        "请给出 --until（如 2026-12-31 或 2026-12-31T18:00）或 --days，二者取一",
        "give either --until (2026-12-31 or 2026-12-31T18:00) or --days",
    ),
}

STATES: Final[Mapping[str, Text]] = {
    "in_force": Text("生效中", "in force"),
    "expired": Text("已到期", "expired"),
    "lifted": Text("已移出", "lifted"),
    "settings": Text("配置文件中", "in the settings"),
}

PROBLEMS: Final[Mapping[str, Text]] = {
    "nuisance-listed": Text(
        "这个号码已在名单上：请先移出，或等它到期；配置文件里的号码要改 [ivr] nuisance_numbers",
        "this number is listed already: lift it first, or wait for its end; one of the settings' own "
        "is taken out of [ivr] nuisance_numbers there",
    ),
    "no-such-listing": Text(
        "名单上没有它；见 songhua nuisance list", "it is not listed; see songhua nuisance list"
    ),
    "listing-over": Text("它已经失效，无需再移出", "it is over already; nothing is left to be done"),
    "number-not-listed": Text(
        "这不是电话号码，或者是不可列入的应急号码",
        "this is no telephone number, or one of an emergency service, which is never listed",
    ),
    "listing-end": Text("截止时间须在今后 366 天以内", "the end lies in the future, within 366 days"),
    "reason-missing": Text("请说明原因（最多 1000 字）", "give a reason of up to 1,000 characters"),
}
"""By the kind of the error; any other one is told as every command tells it."""
