"""Retention rules: decides which data of a call are due for erasure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from core.models import Strict


class RetentionKind(StrEnum):
    """`recordings`: the sound. `transcripts`: the words. `personal`: numbers, names, notes and what else was
    filed about the person; times, outcomes and the chain stay.
    """

    RECORDINGS = "recordings"
    TRANSCRIPTS = "transcripts"
    PERSONAL = "personal"


class RetentionRule(Strict):
    """Keep `kind` of a call for `days` after its end. Without conditions it holds for every call; a rule with
    conditions that fit comes before one without. Of several that fit, the one that keeps longest counts.
    """

    kind: RetentionKind
    days: float = Field(gt=0, le=36_500)
    dispositions: tuple[str, ...] = Field(default=(), description="for calls with one of these dispositions")
    outcomes: tuple[str, ...] = Field(default=(), description="for calls with one of these outcomes")
    categories: tuple[str, ...] = Field(
        default=(), description="for calls with a case whose category begins with one of these"
    )

    @property
    def conditional(self) -> bool:
        """Whether it holds for some calls only: with certain dispositions, outcomes or categories."""
        return bool(self.dispositions or self.outcomes or self.categories)

    def fits(self, facts: RetentionFacts) -> bool:
        """Whether the rule holds for a call: each condition that it names is met."""
        return (
            (not self.outcomes or facts.outcome in self.outcomes)
            and (not self.dispositions or not facts.dispositions.isdisjoint(self.dispositions))
            and (not self.categories or any(one.startswith(self.categories) for one in facts.categories))
        )


class TalkgroupRule(Strict):
    """Keep the recordings of talkgroups for `days`. Without `talkgroups` it is for all; a rule that names a
    talkgroup, or the beginning of its name (`svx:`), comes before one that does not. Of several that fit,
    the one that keeps longest counts.
    """

    days: float = Field(gt=0, le=36_500)
    talkgroups: tuple[str, ...] = Field(default=(), description="names, or how they begin")


def talkgroup_kept_for(group: str, rules: Iterable[TalkgroupRule]) -> timedelta | None:
    """How long its recordings are kept; None: for ever, no rule says otherwise."""
    each = list(rules)
    special = [rule.days for rule in each if rule.talkgroups and group.startswith(rule.talkgroups)]
    general = [rule.days for rule in each if not rule.talkgroups]
    if special:
        return timedelta(days=max(special))
    return timedelta(days=max(general)) if general else None


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What the rules ask of a call."""

    ended_at: datetime
    outcome: str
    dispositions: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


def kept_for(kind: RetentionKind, facts: RetentionFacts, rules: Iterable[RetentionRule]) -> timedelta | None:
    """How long this kind is kept; None: for ever, no rule says otherwise."""
    fitting = [rule for rule in rules if rule.kind is kind and rule.fits(facts)]
    special = [rule.days for rule in fitting if rule.conditional]
    general = [rule.days for rule in fitting if not rule.conditional]
    if special:
        return timedelta(days=max(special))
    return timedelta(days=max(general)) if general else None


def due(facts: RetentionFacts, rules: Sequence[RetentionRule], now: datetime) -> list[RetentionKind]:
    """What of this call has been kept long enough."""
    found = []
    for kind in RetentionKind:
        keep = kept_for(kind, facts, rules)
        if keep is not None and facts.ended_at + keep <= now:
            found.append(kind)
    return found
