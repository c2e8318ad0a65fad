"""What is known of a whole call beside its classes: how likely each reason to call is, and where told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from cases.drafting.model import NO_CLASS, FieldName, SegmentFindings
from cases.gazetteer.sound import is_chinese

INTENTS = ("report", "status", "enquiry", "complaint", "other")
TRAINED = "trained"
"""The source of a candidate of the classifier; words have none."""
_EDGE = 0.02
"""How near to 0 and 1 a chance comes at most."""
LETTERS_OF_A_CHARACTER = 4
"""English letters that say as much as one Chinese character."""
LEAST_LENGTH = 6.0
"""What is shorter is hardly more than a greeting, a yes or thanks, and tells of a call only in its whole: how
often somebody makes a pause is no reason to call.
"""
_Five = tuple[float, ...]
NUMBERS = (
    "always",
    *(f"{intent}_{what}" for what in ("best", "mean", "said", "first", "last") for intent in INTENTS),
    *(f"{intent}_{what}" for what in ("whole", "whole_mean") for intent in INTENTS),
    "no_class", "alarm", "class_best", "class_mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _IntentSegment:
    """One segment: the classifier's chance and the words' weight of each intent, the chance by all that was
    said until it, that of no class by the same, the weight of the likeliest class, and its length in Chinese
    characters.
    """

    chances: _Five
    said: _Five
    whole: _Five
    no_class: float
    of_class: float
    length: float


_NONE: _Five = (0.0,) * len(INTENTS)
_NOTHING = _IntentSegment(_NONE, _NONE, _NONE, 0.5, 0.0, 0.0)


def numbers(heard: Sequence[SegmentFindings]) -> tuple[float, ...]:
    """One for each of `NUMBERS`: chances as their log odds."""
    citizen = [item for item in heard if item.segment.speaker == "citizen"]
    parts = [item.kept(_part) for item in citizen] or [_NOTHING]
    longer = [part for part in parts if part.length >= LEAST_LENGTH] or parts
    by_intent = list(zip(*(part.chances for part in longer), strict=True))
    alarms = any(not alarm.dismissed for item in heard for alarm in item.alarms)
    return (
        1.0,
        *(_odds(max(chances)) for chances in by_intent),
        *(_odds(_mean(chances, longer)) for chances in by_intent),
        *(max(said) for said in zip(*(part.said for part in parts), strict=True)),
        *map(_odds, longer[0].chances),
        *map(_odds, longer[-1].chances),
        *map(_odds, parts[-1].whole),
        *(_mean([*map(_odds, each)], longer) for each in zip(*(part.whole for part in longer), strict=True)),
        _odds(parts[-1].no_class),
        float(alarms),
        max(part.of_class for part in parts),
        _mean([part.of_class for part in longer], longer),
    )


def _mean(of_each: Sequence[float], parts: Sequence[_IntentSegment]) -> float:
    """A long segment counts for more: the same words count alike wherever their speaker made a pause."""
    lengths = [max(1.0, part.length) for part in parts]
    return sum(one * length for one, length in zip(of_each, lengths, strict=True)) / sum(lengths)


def _part(item: SegmentFindings) -> _IntentSegment:
    chances, said = (dict.fromkeys(INTENTS, 0.0) for _ in range(2))
    for one in item.of(FieldName.INTENT):
        of = chances if one.source == TRAINED else said
        of[one.value] = max(of[one.value], one.weight)
    of_class = max((one.weight for one in item.of(FieldName.CATEGORY)), default=0.0)
    text = item.segment.text
    length = len(text) / (1 if is_chinese(text) else LETTERS_OF_A_CHARACTER)
    whole = item.whole(FieldName.INTENT)
    return _IntentSegment(
        tuple(chances.values()),
        tuple(said.values()),
        tuple(whole.get(intent, 0.0) for intent in INTENTS),
        item.whole(FieldName.CATEGORY).get(NO_CLASS, 0.5),
        of_class,
        length,
    )


def _odds(chance: float) -> float:
    return log((chance + _EDGE) / (1 + _EDGE - chance))
