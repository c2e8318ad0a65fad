"""What speaks for a danger in one segment, weighed together into one number: above 0 it alarms.

It is the natural logarithm of odds. The weights are those of a logistic regression over the segments of calls
whose writers the classifiers did not know, rounded (decision 0168).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Literal

Kind = Literal["words", "plain_sign", "sign"]
RUN = 0.55
"""Weight of the likeliest run of clauses."""
WHOLE = 0.9
"""Weight of the segment as a whole, with what was said before it."""
SAID: dict[Kind, float] = {"words": 1.0, "plain_sign": 0.7, "sign": 1.3}
"""What is said in words that tables hold adds this much, the most of it once."""
ALARM_FROM = 0.0
SURE_FROM = 2.5
"""From here words or signs alarm without a mark of doubt: of 140 calls one was none (decision 0168)."""
SUSPECTED_FROM = -1.0
_LEAST = 0.001


def weighed(run: float, whole: float, said: Iterable[Kind]) -> float:
    """`run` and `whole` are the classifiers' chances, `said` the kinds of words and signs that tell of it."""
    return RUN * _odds(run) + WHOLE * _odds(whole) + max((SAID[kind] for kind in said), default=0.0)


def _odds(chance: float) -> float:
    chance = min(max(chance, _LEAST), 1 - _LEAST)
    return log(chance / (1 - chance))
