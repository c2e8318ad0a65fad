"""The reasons of a ranking in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _
from field.events import ReasonView, UnitCandidate
from field.units.nearest.rank import RankedUnit, RankReason, ReasonCode


def candidate(ranked: RankedUnit) -> UnitCandidate:
    """As it is told and answered."""
    seen, fix = ranked.seen, ranked.seen.placed
    return UnitCandidate(
        unit_id=seen.unit.unit_id,
        name=seen.unit.name,
        metres=ranked.metres,
        accuracy_m=None if fix is None else fix.fix.accuracy_m,
        age_s=ranked.age_s,
        jobs=seen.jobs,
        online=seen.unit.online,
        reasons=[_view(reason) for reason in ranked.reasons],
    )


def _view(reason: RankReason) -> ReasonView:
    said = _WORDS[reason.code]
    values = {"words": list(reason.words), "number": f"{reason.number:.0f}", "doubt": f"{reason.doubt_m:.0f}"}
    sentence = replace(said, values=values)
    return ReasonView(code=reason.code, zh=sentence.in_language("zh"), en=sentence.in_language("en"))


_WORDS: Final[dict[ReasonCode, Translatable]] = {
    "lacks_skill": _("lacks the skill {words}"),
    "has_skill": _("has the skill {words}"),
    "near": _("{number} m away, give or take {doubt} m"),
    "no_position": _("its position is not known"),
    "case_nowhere": _("the case has no coordinates"),
    "invented": _("the position of the case is invented"),
    "jobs": _("open jobs: {number}"),
    "free": _("free"),
    "offline": pgettext_lazy("a unit", "offline"),
    "on_shift": _("on shift"),
    "no_shift": _("no shift named"),
}
