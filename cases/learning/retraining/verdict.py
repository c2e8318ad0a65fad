"""Is the new set of weights to be put into force? A pure rule over the figures of set-aside cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cases.learning.retraining.model import Comparison

Code = Literal["better", "too-few", "first-right-worse", "wrong-but-sure-worse", "nothing-better"]


@dataclass(frozen=True, slots=True)
class _Text:
    zh: str
    en: str


_TEXTS: Mapping[Code, _Text] = {
    "better": _Text("新权重更好：首选正确率与“错而无疑”均未变差，至少一项更好。",
                    "The new weights are better: neither first right nor wrong-but-sure is worse."),
    "too-few": _Text("留作比较的案件只有 {compared} 件，少于 {least} 件，不足以判断。",
                     "Only {compared} cases were compared; fewer than {least} decide nothing."),
    "first-right-worse": _Text("首选正确的案件由 {old_first} 件降到 {new_first} 件。",
                               "The first class is right in {new_first} cases, before in {old_first}."),
    "wrong-but-sure-worse": _Text("“错而无疑”的案件由 {old_wrong} 件升到 {new_wrong} 件。",
                                  "Wrong but sure are {new_wrong} cases, before {old_wrong}."),
    "nothing-better": _Text("首选正确率和“错而无疑”都没有变化，不值得更换。",
                            "Neither first right nor wrong-but-sure has changed: there is nothing to gain."),
}  # fmt: skip


class Reason(BaseModel):
    """`code` never changes once published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en} [{self.code}]"


class Verdict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    better: bool
    why: tuple[Reason, ...]


def verdict(found: Comparison, *, least: int) -> Verdict:
    """Better: at least `least` cases were compared, the first class is right in no fewer of them, wrong but
    sure in no more, and one of the two has improved.
    """
    old, new = found.old, found.new
    codes: list[Code] = []
    if new.compared < least:
        codes.append("too-few")
    if new.first < old.first:
        codes.append("first-right-worse")
    if new.sure_wrong > old.sure_wrong:
        codes.append("wrong-but-sure-worse")
    if (new.first, new.sure_wrong) == (old.first, old.sure_wrong):
        codes.append("nothing-better")
    better = not codes
    return Verdict(better=better, why=tuple(_reason(code, found, least) for code in (codes or ["better"])))


def _reason(code: Code, found: Comparison, least: int) -> Reason:
    values = {
        "compared": found.new.compared,
        "least": least,
        "old_first": found.old.first,
        "new_first": found.new.first,
        "old_wrong": found.old.sure_wrong,
        "new_wrong": found.new.sure_wrong,
    }
    text = _TEXTS[code]
    return Reason(code=code, zh=text.zh.format(**values), en=text.en.format(**values))
