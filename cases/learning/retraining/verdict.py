"""Is the new set of weights to be put into force? A pure rule over the figures of set-aside cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from cases.learning.retraining.model import ClassifierComparison
from core.models import Strict
from core.translation import Translatable
from core.translation import gettext_lazy as _

Code = Literal["better", "too-few", "first-right-worse", "wrong-but-sure-worse", "nothing-better"]


_TEXTS: Mapping[Code, Translatable] = {
    "better": _("The new weights are better: neither first right nor wrong-but-sure is worse."),
    "too-few": _("Only {compared} cases were compared; fewer than {least} decide nothing."),
    "first-right-worse": _("The first class is right in {new_first} cases, before in {old_first}."),
    "wrong-but-sure-worse": _("Wrong but sure are {new_wrong} cases, before {old_wrong}."),
    "nothing-better": _("Neither first right nor wrong-but-sure has changed: there is nothing to gain."),
}


class VerdictReason(Strict):
    """`code` never changes once published."""

    code: Code
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en} [{self.code}]"


class SwitchVerdict(Strict):
    better: bool
    why: tuple[VerdictReason, ...]


def verdict(found: ClassifierComparison, *, least: int) -> SwitchVerdict:
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
    return SwitchVerdict(
        better=better, why=tuple(_reason(code, found, least) for code in (codes or ["better"]))
    )


def _reason(code: Code, found: ClassifierComparison, least: int) -> VerdictReason:
    values = {
        "compared": found.new.compared,
        "least": least,
        "old_first": found.old.first,
        "new_first": found.new.first,
        "old_wrong": found.old.sure_wrong,
        "new_wrong": found.new.sure_wrong,
    }
    text = _TEXTS[code]
    return VerdictReason(
        code=code, zh=text.in_language("zh").format(**values), en=text.in_language("en").format(**values)
    )
