"""Who is believed about a place: the citizen, and the agent more where the citizen said yes to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest

from cases.drafting.model import SegmentFindings

AGENT_WEIGHT = 0.6
"""A place that the agent reads back counts less than one that the citizen says."""
CONFIRMED_WEIGHT = 0.9
"""One that the citizen says yes to."""
_YES = re.compile(
    r"^\W*(?:嗯+[\s，,]*)?(?:对(?![面过不])|是的|没错|是[，,。]"
    r"|yes\b|yeah\b|right\b|correct\b|exactly\b|that'?s (?:it|him|her|the one|right)\b)",
    re.IGNORECASE,
)


def trusted(heard: Iterable[SegmentFindings]) -> Iterable[tuple[SegmentFindings, float]]:
    """Each segment with the share of its weight that its places have: an agent's have more after a yes."""
    items = list(heard)
    for item, answer in zip_longest(items, items[1:]):
        if item.segment.speaker == "citizen":
            yield item, 1.0
        else:
            yes = (
                answer is not None and answer.segment.speaker == "citizen" and _YES.match(answer.segment.text)
            )
            yield item, CONFIRMED_WEIGHT if yes else AGENT_WEIGHT
