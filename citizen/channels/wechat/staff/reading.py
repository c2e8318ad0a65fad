"""What a member of staff writes. Pure; takes any text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.events import VerificationFinding
from citizen.contract.staff import StaffAct

MOST_WORDS: Final = 1000


class StaffWord(StrEnum):
    """What is asked for without a task."""

    TASKS = "tasks"
    HELP = "help"
    UNBIND = "unbind"


@dataclass(frozen=True, slots=True)
class StaffCommand:
    """`number` is empty where none was named."""

    act: StaffAct
    number: str = ""
    words: str = ""
    finding: VerificationFinding | None = None


_WORDS: Final[Mapping[str, StaffWord]] = {
    "任务": StaffWord.TASKS, "我的任务": StaffWord.TASKS, "tasks": StaffWord.TASKS, "jobs": StaffWord.TASKS,
    "帮助": StaffWord.HELP, "菜单": StaffWord.HELP, "help": StaffWord.HELP, "menu": StaffWord.HELP,
    "?": StaffWord.HELP, "？": StaffWord.HELP,
    "解绑": StaffWord.UNBIND, "解除绑定": StaffWord.UNBIND, "unbind": StaffWord.UNBIND,
}  # fmt: skip
_FINDINGS: Final[Mapping[str, VerificationFinding]] = {
    "属实": VerificationFinding.CONFIRMED, "confirmed": VerificationFinding.CONFIRMED,
    "不属实": VerificationFinding.NOT_FOUND, "nothing": VerificationFinding.NOT_FOUND,
    "不符": VerificationFinding.DIFFERS, "differs": VerificationFinding.DIFFERS,
}  # fmt: skip
_ACTS: Final[Mapping[str, StaffAct]] = {
    "接受": StaffAct.ACCEPT, "签收": StaffAct.ACCEPT, "接单": StaffAct.ACCEPT, "accept": StaffAct.ACCEPT,
    "完成": StaffAct.DONE, "办结": StaffAct.DONE, "done": StaffAct.DONE,
    "不能": StaffAct.CANNOT, "退回": StaffAct.CANNOT, "拒绝": StaffAct.CANNOT, "cannot": StaffAct.CANNOT,
    **dict.fromkeys(_FINDINGS, StaffAct.DONE),
}  # fmt: skip
_VERBS: Final = "|".join(sorted(map(re.escape, _ACTS), key=len, reverse=True))
_COMMAND: Final = re.compile(
    rf"({_VERBS})(?![a-z])[\s,，:：]*(?:(\d{{5}})(?!\d))?[\s,，:：]*(.*)", re.IGNORECASE | re.DOTALL
)
_BINDING: Final = re.compile(r"(?:绑定|bind)\s*[:：]?\s*([0-9a-z]{4,16})", re.IGNORECASE)
_AS_CITIZEN: Final = frozenset({
    "上报", "我要上报", "举报", "投诉", "报修", "report",
    "进度", "查询", "查询进度", "我的上报", "status", "progress", "评价", "rate",
    "中文", "chinese", "english", "英文",
})  # fmt: skip
_RATING: Final = re.compile(r"(?:评价\s*|rate\s+)[1-5](?!\d).*", re.IGNORECASE | re.DOTALL)
_OWN_REPORT: Final = re.compile(r"R\d{8}-\d{5,9}[\s,，]+[0-9a-z]{8,16}", re.IGNORECASE)


def binding_code(text: str) -> str | None:
    """The code of a message that asks to be bound."""
    found = _BINDING.fullmatch(_trimmed(text))
    return None if found is None else found[1].casefold()


def staff_word(text: str) -> StaffWord | None:
    return _WORDS.get(_trimmed(text).casefold())


def staff_command(text: str) -> StaffCommand | None:
    """`接受 50042`, `完成 50042 井盖已更换`, `不属实 50042`; None for anything else."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    verb = found[1].casefold()
    words = found[3].strip()[:MOST_WORDS]
    return StaffCommand(_ACTS[verb], found[2] or "", words, _FINDINGS.get(verb))


def is_for_citizens(text: str) -> bool:
    """Whether he asks for what citizens ask for, by a word: a report begins by no other way."""
    trimmed = _trimmed(text)
    return (
        trimmed.casefold() in _AS_CITIZEN
        or _RATING.fullmatch(trimmed) is not None
        or _OWN_REPORT.fullmatch(trimmed) is not None
    )


def _trimmed(text: str) -> str:
    return text.strip(" \t\r\n。.!！")
