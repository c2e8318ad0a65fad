"""The figures of one call from what the ledger holds of it. Pure and repeatable; `docs/metrics.md` has the
rules in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from cdr.reports.model import DISPOSITIONS, Fact, LegSeen, Said, Share, Source, ms_of

_TIE = timedelta(seconds=1)
"""A ring that ends this close to the answer or the end was cut short by it: nobody missed it."""

_TRANSFERS = frozenset({"transfer", "blind-transfer", "attended-transfer", "redirect"})
"""Acts of ours that move a call to somebody else. Asterisk writes no row of its own for them."""

_NO_EFFECT = frozenset({"refused", "failed", "gone", "uncertain"})


def fact_of(source: Source) -> Fact:
    shares = _shares(source)
    surveys, scores, points = _survey(source)
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
        surveys=surveys,
        survey_scores=scores,
        survey_points=points,
        shares=tuple(sorted(shares, key=lambda share: share.agent)),
    )


def _shares(source: Source) -> list[Share]:
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
    return [Share(agent, **mine) for agent, mine in sums.items() if agent]


def _name(leg: LegSeen) -> str:
    return leg.agent or f"phone:{leg.endpoint}"


def _at_phone(names: Mapping[str, str], endpoint: object) -> str:
    """Who sat at this phone in this call; a phone without a leg (an earlier name of it) stands for itself."""
    return names.get(str(endpoint), f"phone:{endpoint}")


def _is_missed(ring: Mapping[str, Any], source: Source) -> bool:
    if ring.get("answered"):
        return False
    until = _moment(ring.get("until"))
    decided = source.answered_at or source.ended_at
    return until is not None and until + _TIE < decided


def _holds(source: Source) -> Iterator[tuple[str, int]]:
    """Each stretch of hold: who held, how long. One that nobody ended goes on until the call is over."""
    since: dict[str, datetime] = {}
    for act in _acts(source, frozenset({"hold", "unhold"})):
        agent = _text(act.payload, "actor_id")
        if act.payload.get("verb") == "hold":
            since.setdefault(agent, act.at)
        elif agent in since:
            yield agent, _between(since.pop(agent), act.at)
    for agent, began in since.items():
        yield agent, _between(began, source.ended_at)


def _between(began: datetime, ended: datetime) -> int:
    return ms_of(max(0.0, (ended - began).total_seconds()))


def _acts(source: Source, verbs: frozenset[str]) -> Iterator[Said]:
    for one in sorted(source.said, key=lambda said: said.at):
        verb = _text(one.payload, "verb").replace("_", "-")
        if one.kind == "call-act" and verb in verbs and one.payload.get("outcome") not in _NO_EFFECT:
            yield one


def _disposition(source: Source) -> str:
    """The last one said."""
    found = [one for one in source.said if one.kind == "disposition"]
    kind = _text(max(found, key=lambda said: said.at).payload, "kind") if found else ""
    return kind if kind in DISPOSITIONS else ""


def _callback(source: Source) -> str:
    if not any(one.kind.startswith("callback") for one in source.said):
        return ""
    return "attempt" if source.direction == "outbound" else "asked"


def _survey(source: Source) -> tuple[int, int, int]:
    """`(answered, numbers among the answers, their sum)`; of several surveys of a call the last counts."""
    found = [one for one in source.said if one.kind == "survey"]
    if not found:
        return 0, 0, 0
    answers = max(found, key=lambda said: said.at).payload.get("answers")
    scores = [int(one) for one in answers.values() if _is_score(one)] if isinstance(answers, dict) else []
    return 1, len(scores), sum(scores)


def _is_score(answer: object) -> bool:
    return isinstance(answer, str | int) and str(answer) in {"1", "2", "3", "4", "5"}


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
