"""Computes one call's contribution to reports from its ledger record. Pure and repeatable; the rules are in
`docs/metrics.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from cdr.reports.model import DISPOSITIONS, AgentShare, Fact, FiledFact, LegSeen, ReportSource, ms_of

_TIE = timedelta(seconds=1)
"""A ring that ends this close to the answer or the end was cut short by it: nobody missed it."""

_TRANSFERS = frozenset({"transfer", "complete", "redirect"})
"""Acts of ours that move a call to somebody else. Asterisk writes no row of its own for them."""

_HOLDS = frozenset({"hold", "consult", "park"})
"""While an agent consults somebody, the citizen hears music too."""

_BACK = frozenset(
    {"resume", "unhold", "retrieve", "complete", "abort", "conference", "intercept", "hangup", *_TRANSFERS}
)
_NO_EFFECT = frozenset({"refused", "failed", "gone", "uncertain"})
_DIGITS = frozenset("12345")
_SOLVED = "solved"
"""The one question of the survey that is no opinion."""


def fact_of(source: ReportSource) -> Fact:
    shares = _shares(source)
    return Fact(
        call_id=source.call_id,
        queue=source.queue,
        direction=source.direction,
        outcome=source.outcome,
        started_at=source.started_at,
        queued_at=source.queued_at,
        answered_at=source.answered_at,
        ended_at=source.ended_at,
        wait_ms=ms_of(source.wait_s),
        length_ms=ms_of((source.ended_at - source.started_at).total_seconds()),
        talk_ms=ms_of(source.talk_s),
        hold_ms=sum(share.hold_ms for share in shares),
        wrap_ms=sum(share.wrap_ms for share in shares),
        rings=sum(share.rings for share in shares),
        missed=sum(share.missed for share in shares),
        transfers=len(source.transfers) + sum(1 for _ in _acts(source, _TRANSFERS)),
        disposition=_disposition(source),
        callback=_callback(source),
        purpose=source.purpose,
        **_survey(source),
        shares=tuple(sorted(shares, key=lambda share: share.agent)),
    )


def _shares(source: ReportSource) -> list[AgentShare]:
    names = {leg.endpoint: _name(leg) for leg in source.legs if leg.party == "agent"}
    by_leg = {leg.leg_id: _name(leg) for leg in source.legs if leg.party == "agent"}
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for leg in source.legs:
        if leg.party == "agent":
            sums[_name(leg)]["talk_ms"] += ms_of(leg.talk_s)
    for mine in sums.values():
        mine["taken"] = int(mine["talk_ms"] > 0)
    for ring in source.rings:
        agent = by_leg.get(str(ring.get("leg_id", ""))) or _at_phone(names, ring.get("endpoint", ""))
        sums[agent]["rings"] += 1
        sums[agent]["missed"] += int(_is_missed(ring, source))
    for transfer in source.transfers:
        sums[_at_phone(names, transfer.get("by", ""))]["transfers"] += 1
    for act in _acts(source, _TRANSFERS):
        sums[_text(act.payload, "actor_id")]["transfers"] += 1
    for agent, held in _holds(source):
        sums[agent]["hold_ms"] += held
    for wrap_up in source.wrap_ups:
        sums[wrap_up.agent]["wrap_ms"] += ms_of(wrap_up.seconds)
    return [AgentShare(agent, **mine) for agent, mine in sums.items() if agent]


def _name(leg: LegSeen) -> str:
    return leg.agent or f"phone:{leg.endpoint}"


def _at_phone(names: Mapping[str, str], endpoint: object) -> str:
    """The agent at this phone in this call; a phone without a leg (an earlier name) stands for itself."""
    return names.get(str(endpoint), f"phone:{endpoint}")


def _is_missed(ring: Mapping[str, Any], source: ReportSource) -> bool:
    if ring.get("answered"):
        return False
    until = _moment(ring.get("until"))
    decided = source.answered_at or source.ended_at
    return until is not None and until + _TIE < decided


def _holds(source: ReportSource) -> Iterator[tuple[str, int]]:
    """The holds of a call: by whom and how long. One without an end lasts until the call's end."""
    held: tuple[str, datetime] | None = None
    for act in _acts(source, _HOLDS | _BACK):
        if _text(act.payload, "verb") in _HOLDS:
            held = held or (_text(act.payload, "actor_id"), act.at)
        elif held is not None:
            yield held[0], _between(held[1], act.at)
            held = None
    if held is not None:
        yield held[0], _between(held[1], source.ended_at)


def _between(began: datetime, ended: datetime) -> int:
    return ms_of(max(0.0, (ended - began).total_seconds()))


def _acts(source: ReportSource, verbs: frozenset[str]) -> Iterator[FiledFact]:
    for one in sorted(source.said, key=lambda said: said.at):
        verb = _text(one.payload, "verb").replace("_", "-")
        if one.kind == "call-act" and verb in verbs and one.payload.get("outcome") not in _NO_EFFECT:
            yield one


def _disposition(source: ReportSource) -> str:
    """The last one said."""
    found = [one for one in source.said if one.kind == "disposition"]
    kind = _text(max(found, key=lambda said: said.at).payload, "kind") if found else ""
    return kind if kind in DISPOSITIONS else ""


def _callback(source: ReportSource) -> str:
    if not any(one.kind.startswith("callback") for one in source.said):
        return ""
    return "attempt" if source.direction == "outbound" else "asked"


def _survey(source: ReportSource) -> dict[str, int]:
    """The figures of the survey; of several surveys of a call the last counts."""
    found = [one for one in source.said if one.kind == "survey"]
    answers = max(found, key=lambda said: said.at).payload.get("answers") if found else None
    if not isinstance(answers, dict):
        return {}
    pressed = {str(name): str(digit) for name, digit in answers.items() if str(digit) in _DIGITS}
    opinions = [int(digit) for name, digit in pressed.items() if name != _SOLVED]
    return {
        "surveys": int(bool(pressed)),
        "survey_scores": len(opinions),
        "survey_points": sum(opinions),
        "survey_good": opinions.count(1),
        "solved_answers": int(_SOLVED in pressed),
        "solved": int(pressed.get(_SOLVED) == "1"),
    }


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""


def _moment(told: object) -> datetime | None:
    if isinstance(told, datetime):
        return told
    if not isinstance(told, str):
        return None
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None
