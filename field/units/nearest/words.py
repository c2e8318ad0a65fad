"""The reasons of a ranking in words, Chinese and English."""

from __future__ import annotations

from typing import Final

from field.events import Candidate, ReasonView
from field.units.nearest.rank import Ranked, Reason, ReasonCode


def candidate(ranked: Ranked) -> Candidate:
    """As it is told and answered."""
    seen, fix = ranked.seen, ranked.seen.placed
    return Candidate(
        unit_id=seen.unit.unit_id,
        name=seen.unit.name,
        metres=ranked.metres,
        accuracy_m=None if fix is None else fix.fix.accuracy_m,
        age_s=ranked.age_s,
        jobs=seen.jobs,
        online=seen.unit.online,
        reasons=[_view(reason) for reason in ranked.reasons],
    )


def _view(reason: Reason) -> ReasonView:
    zh, en = _WORDS[reason.code]
    number, doubt = f"{reason.number:.0f}", f"{reason.doubt_m:.0f}"
    return ReasonView(
        code=reason.code,
        zh=zh.format(words="、".join(reason.words), number=number, doubt=doubt),
        en=en.format(words=", ".join(reason.words), number=number, doubt=doubt),
    )


_WORDS: Final[dict[ReasonCode, tuple[str, str]]] = {
    "lacks_skill": ("缺少技能：{words}", "lacks the skill {words}"),
    "has_skill": ("具备技能：{words}", "has the skill {words}"),
    "near": ("相距 {number} 米，误差 {doubt} 米", "{number} m away, give or take {doubt} m"),
    "no_position": ("位置不明", "its position is not known"),
    "case_nowhere": ("案件没有坐标", "the case has no coordinates"),
    "jobs": ("手上有 {number} 件任务", "open jobs: {number}"),
    "free": ("空闲", "free"),
    "offline": ("不在线", "offline"),
    "on_shift": ("当班", "on shift"),
    "no_shift": ("未排班", "no shift named"),
}
