"""What a member of staff writes. Pure; takes any text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    """`number` is empty where none was named. Not `clear`: it begins like a reply, and may be a question, a
    refusal or a mistyped number.
    """

    act: StaffAct
    number: str = ""
    words: str = ""
    finding: VerificationFinding | None = None
    clear: bool = True


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
_BREAK: Final = r"[\s,，:：;；、。.!！]"
_COMMAND: Final = re.compile(
    rf"({_VERBS})(?=\d|{_BREAK}|\Z){_BREAK}*(\d*){_BREAK}*(.*)", re.IGNORECASE | re.DOTALL
)
_BEGUN: Final = re.compile(rf"(?:{_VERBS})(?![a-z])", re.IGNORECASE)
_NUMBER_DIGITS: Final = 5
_WHOLE_DIGITS: Final = 19
"""Of a case's whole number: district, day and its number of the day."""
_LONG_RUN: Final = re.compile(r"\d{4}")
"""Among the words of a reply without a number: perhaps the number, mistyped or elsewhere."""
_ASKS: Final = re.compile(r"[?？]|[吗么呢嘛][\s。.!！]*\Z|是不是|是否|能不能|可不可以|要不要|有没有")
_DENIES: Final = re.compile(
    r"不(?:了|成|到|完|能|行|可|会|是|该|应|对|要|想|属实)|没|未|无法|还没|尚未|别|"
    r"(?:not|no|never|cannot|nothing|none|unable|\w+n['’]t)\b|.*没有?[\s。.!！]*\Z",
    re.IGNORECASE,
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
    """`接受 50042`, `完成 50042 井盖已更换`, `不属实 50042`; None for what begins with no verb."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        begun = _BEGUN.match(text.strip())
        return None if begun is None else StaffCommand(_ACTS[begun[0].casefold()], clear=False)
    verb, number = found[1].casefold(), _short(found[2])
    words = found[3].strip()[:MOST_WORDS]
    finding = _FINDINGS.get(verb)
    command = StaffCommand(_ACTS[verb], number or "", words, finding)
    clear = number is not None and _is_meant(command) and (bool(number) or _is_meant_bare(command, verb))
    return command if clear else replace(command, clear=False)


def _short(digits: str) -> str | None:
    """The number as people say it, in ASCII; None for digits that are no number of a case."""
    if not digits:
        return ""
    if len(digits) not in {_NUMBER_DIGITS, _WHOLE_DIGITS}:
        return None
    return f"{int(digits[-_NUMBER_DIGITS:]):0{_NUMBER_DIGITS}d}"


def _is_meant(command: StaffCommand) -> bool:
    """Whether the words ask nothing, and do not take back what the verb says."""
    if _ASKS.search(command.words):
        return False
    asserts = command.act is not StaffAct.CANNOT and command.finding in {None, VerificationFinding.CONFIRMED}
    return not (asserts and _DENIES.match(command.words))


def _is_meant_bare(command: StaffCommand, verb: str) -> bool:
    """Whether a reply without a number may be one: English verbs begin sentences too, and who accepts has
    nothing to add.
    """
    if not command.words or command.act is StaffAct.CANNOT:
        return True
    return not (verb.isascii() or command.act is StaffAct.ACCEPT or _LONG_RUN.search(command.words))


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
