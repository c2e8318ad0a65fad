"""Confirmed cases as rows to train on beside the shipped sentences, weighed by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from cases.catalogue.words import LANGUAGES
from cases.drafting.classify.pieces import NOBODY
from cases.drafting.classify.training import Sentence, TrainingCall
from cases.learning.material.groups import groups
from cases.learning.material.model import Material
from cases.learning.retraining.selection import ClauseSelection

MOST_TIMES = 4.0
"""Cases of a class weigh at most so many times what its shipped sentences do: what rings every day may not
make its rarer wordings forgotten.
"""


def told(sentences: Sequence[Sentence], cases: Sequence[Material]) -> dict[UUID, TrainingCall]:
    """What each case tells of its class; a case whose words tell nothing of it is not among them."""
    tellers = _tellers(cases)
    found: dict[UUID, TrainingCall] = {}
    for language in LANGUAGES:
        mine = [one for one in cases if one.language == language]
        if not mine:
            continue
        telling = ClauseSelection(language, sentences, mine, [tellers[one.case_id] for one in mine])
        for one in mine:
            clauses = telling.run(one.clauses, one.code)
            if clauses:
                found[one.case_id] = TrainingCall(clauses, one.code, language, tellers[one.case_id])
    return _weighed(found, sentences)


def _tellers(cases: Sequence[Material]) -> Mapping[UUID, int]:
    """Cases of one number and cases about the same thing have one teller, by a number without meaning.

    Who withheld his number is `NOBODY`: ten of them may be one person, or one who is counted already.
    """
    first = groups({one.case_id: (*one.repeats, *one.callers) for one in cases})
    numbers = {group: at for at, group in enumerate(sorted(set(first.values())))}
    return {one.case_id: numbers[first[one.case_id]] if one.callers_known else NOBODY for one in cases}


def _weighed(found: Mapping[UUID, TrainingCall], sentences: Sequence[Sentence]) -> dict[UUID, TrainingCall]:
    shipped = Counter((one.language, one.code) for one in sentences)
    confirmed = Counter((one.language, one.code) for one in found.values())
    out: dict[UUID, TrainingCall] = {}
    for case_id, one in found.items():
        most = MOST_TIMES * max(1, shipped[one.language, one.code])
        weight = min(1.0, most / confirmed[one.language, one.code])
        out[case_id] = TrainingCall(one.clauses, one.code, one.language, one.teller, weight)
    return out
