"""What speaks for a danger in one segment, weighed together into one number: above 0 it alarms.

It is the natural logarithm of odds. The weights are those by which most dangers are found and fewest false
alarms raised in calls that the classifiers did not know, rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Literal

Kind = Literal["words", "plain_sign", "sign"]
RUN = 0.7
"""Weight of the likeliest run of clauses."""
WHOLE = 1.0
"""Weight of the segment as a whole, with what was said before it."""
SAID: dict[Kind, float] = {"words": 0.4, "plain_sign": 0.2, "sign": 0.2}
"""What is said in words that tables hold adds this much, the most of it once."""
ALARM_FROM = 0.0
"""From here what words or signs tell alarms."""
UNTOLD_FROM, SHORT_UNTOLD_FROM = 0.4, 2.0
"""From here what no words tell alarms, in a long segment and in a short one."""
CUT = 1.0
"""A long segment that no words tell of weighs so much less where a table takes such talk for harmless."""
NONE_BELOW = -3.0
"""Below no words in a long segment alarm: all that is said speaks against them, twenty to one."""
SURE_FROM = 3.0
"""From here words or signs alarm without a mark of doubt: of 492 calls 19 were none."""
SUSPECTED_FROM = -1.0
_LEAST = 0.001


def weighed(run: float, whole: float, said: Iterable[Kind]) -> float:
    """`run` and `whole` are the classifiers' chances, `said` the kinds of words and signs that tell of it."""
    return RUN * _odds(run) + WHOLE * _odds(whole) + max((SAID[kind] for kind in said), default=0.0)


def _odds(chance: float) -> float:
    chance = min(max(chance, _LEAST), 1 - _LEAST)
    return log(chance / (1 - chance))
