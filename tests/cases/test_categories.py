"""How the category's guesses of many segments become one order: what adds up, and what is shown."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from cases.drafting.categories import TELLS_FROM, named
from cases.drafting.model import Candidate, Evidence, FieldName, Heard, SpokenSegment
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, OFFER_FROM

LAMP, LID = "gbt30428.2@2013/P0137", "gbt30428.2@2013/P0123"
TRAINED = ("letters", "meaning")


def guess(source: str, weight: float, *pieces: tuple[str, int, int], value: str = LAMP) -> Candidate:
    evidence = tuple(Evidence(segment_id=name, start=start, end=end) for name, start, end in pieces)
    return Candidate(field=FieldName.CATEGORY, value=value, weight=weight, evidence=evidence, source=source)


def heard(*segments: Iterable[Candidate]) -> list[Heard]:
    """The citizen's segments `0`, `1`, … with what was guessed of each."""
    return [
        Heard(
            segment=SpokenSegment(segment_id=str(at), speaker="citizen", text="x" * 40),
            candidates=tuple(candidates),
        )
        for at, candidates in enumerate(segments)
    ]


@pytest.mark.parametrize("weight", [0.02, 0.05, 0.2, 0.29])
def test_what_a_trained_classifier_hardly_believes_adds_up_to_nothing_however_long_the_call(
    weight: float,
) -> None:
    def told(times: int) -> list[Heard]:
        return heard(*([guess(one, weight, (str(at), 0, 9)) for one in TRAINED] for at in range(times)))

    assert weight < TELLS_FROM
    assert named(told(60))[0].confidence == named(told(1))[0].confidence
    assert named(told(60))[0].confidence < FILL_FROM[FieldName.CATEGORY]


def test_what_is_told_again_in_another_segment_is_surer() -> None:
    once = named(heard([guess("letters", 0.4, ("0", 0, 9))]))
    twice = named(heard([guess("letters", 0.4, ("0", 0, 9))], [guess("letters", 0.4, ("1", 0, 9))]))
    assert twice[0].confidence > once[0].confidence


@pytest.mark.parametrize("source", TRAINED)
def test_a_clause_that_two_segments_are_understood_with_counts_once(source: str) -> None:
    """The segment after a telling is looked at together with it, and the guess points back at the first."""
    once = named(heard([guess(source, 0.5, ("0", 0, 9))], []))
    joined = named(heard([guess(source, 0.5, ("0", 0, 9))], [guess(source, 0.5, ("0", 0, 9))]))
    across = named(heard([guess(source, 0.5, ("0", 0, 9))], [guess(source, 0.5, ("0", 0, 9), ("1", 0, 2))]))
    assert joined[0].confidence == across[0].confidence == once[0].confidence
    surer = named(heard([guess(source, 0.5, ("0", 0, 9))], [guess(source, 0.7, ("0", 0, 9))]))
    assert surer == named(heard([guess(source, 0.7, ("0", 0, 9))], []))


def test_words_add_up_over_segments_and_all_sources_are_needed_to_be_sure() -> None:
    words = [[guess("words", 0.6, (str(at), 0, 4))] for at in range(2)]
    assert named(heard(*words))[0].confidence < DOUBTFUL
    both = [[*one, guess("letters", 0.8, (str(at), 0, 9))] for at, one in enumerate(words)]
    assert FILL_FROM[FieldName.CATEGORY] <= named(heard(*both))[0].confidence < DOUBTFUL
    every = [[*one, guess("meaning", 0.8, (str(at), 0, 9))] for at, one in enumerate(both)]
    assert named(heard(*every))[0].confidence >= DOUBTFUL


def test_a_faint_guess_is_no_proof_beside_the_clause_that_tells_it() -> None:
    told = [guess("letters", 0.9, ("0", 0, 9))]
    faint = [guess("letters", 0.1, ("1", 0, 9))]
    assert [piece.segment_id for piece in named(heard(told, faint))[0].evidence] == ["0"]
    assert named(heard(faint))[0].confidence < OFFER_FROM
