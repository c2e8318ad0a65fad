"""How the category's guesses of many segments become one order: what adds up, and what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.categories import known_of, named
from cases.drafting.classify.finder import MASS
from cases.drafting.classify.loading import DATA
from cases.drafting.classify.ranking import KIND, RANKING, ClassScore, RankedClasses, load_ranking
from cases.drafting.classify.verdict import SAID, SAID_FROM, SHOWN_FROM, SURE_FROM, verdicts
from cases.drafting.classify.weights import Weights, lines
from cases.drafting.model import Evidence, FieldCandidate, FieldName, SegmentFindings, SpokenSegment
from cases.errors import BrokenTable
from cases.shown import Shown, fills

LAMP = "gbt30428.2@2013/P0137"
TRAINED = ("letters", "meaning")


def guess(source: str, weight: float, *pieces: tuple[str, int, int], value: str = LAMP) -> FieldCandidate:
    evidence = tuple(Evidence(segment_id=name, start=start, end=end) for name, start, end in pieces)
    return FieldCandidate(
        field=FieldName.CATEGORY, value=value, weight=weight, evidence=evidence, source=source
    )


def heard(*segments: Iterable[FieldCandidate]) -> list[SegmentFindings]:
    """The citizen's segments `0`, `1`, … with what was guessed of each."""
    return [
        SegmentFindings(
            segment=SpokenSegment(segment_id=str(at), speaker="citizen", text="x" * 40),
            candidates=tuple(candidates),
        )
        for at, candidates in enumerate(segments)
    ]


def class_of(*segments: Iterable[FieldCandidate]) -> ClassScore:
    return known_of(heard(*segments)).about[0]


@pytest.mark.parametrize("source", TRAINED)
def test_a_clause_that_two_segments_are_understood_with_is_told_in_one_place(source: str) -> None:
    """The segment after a telling is looked at together with it, and the guess points back at the first."""
    joined = class_of([guess(source, 0.5, ("0", 0, 9))], [guess(source, 0.4, ("0", 0, 9), ("1", 0, 2))])
    assert joined.again == 0
    assert class_of([guess(source, 0.5, ("0", 0, 9))], [guess(source, 0.4, ("1", 0, 9))]).again == 0.4


def test_words_add_up_over_segments_but_not_a_mishearing() -> None:
    said = [guess("words", 0.6, ("0", 0, 4))], [guess("words", 0.6, ("1", 0, 4))]
    assert class_of(*said).words == pytest.approx(0.84)
    weak = ([one.model_copy(update={"weak": True}) for one in segment] for segment in said)
    assert class_of(*weak).words == pytest.approx(0.6)


def test_mass_adds_up_and_tells_where_most_of_it_is() -> None:
    about = class_of(
        [massive("letters", 0.5, 1.5, "0"), massive("meaning", 0.2, 0.5, "0")],
        [],
        [massive("letters", 0.9, 2.0, "2")],
        [],
    )
    assert (about.letters.best, about.letters.mass) == (0.9, 3.5)
    assert (about.meaning.best, about.meaning.mass) == (0.2, 0.5)
    assert about.opening == 0.5
    assert about.leads == 0.5
    assert about.told == 0
    assert about.again == 0.5


def massive(source: str, weight: float, mass: float, segment: str) -> FieldCandidate:
    return guess(source, weight, (segment, 0, 9)).model_copy(update={"detail": {MASS: mass}})


def test_a_draft_of_before_masses_is_ranked_by_its_chances() -> None:
    assert class_of([guess("letters", 0.4, ("0", 0, 9))]).letters.mass == 0.4


def test_what_the_agent_says_names_no_class() -> None:
    spoken = heard([guess("letters", 0.9, ("0", 0, 9))])[0]
    agent = spoken.model_copy(update={"segment": spoken.segment.model_copy(update={"speaker": "agent"})})
    assert named(known_of([agent])) == []


def test_a_faint_guess_is_no_proof_beside_the_clause_that_tells_it() -> None:
    told = [guess("letters", 0.9, ("0", 0, 9))]
    faint = [guess("letters", 0.1, ("1", 0, 9))]
    assert [piece.segment_id for piece in named(known_of(heard(told, faint)))[0].evidence] == ["0"]


CHANCES = st.lists(st.floats(0.0001, 1), max_size=6)


@given(CHANCES, st.floats(0.0001, 1), st.dictionaries(st.integers(0, 5), st.floats(0.01, 1)))
def test_only_the_first_class_fills_and_only_one_of_words_is_sure(
    weights: list[float], none: float, told: dict[int, float]
) -> None:
    whole = sum(weights) + none
    chances = {str(at): weight / whole for at, weight in enumerate(weights)}
    said = {str(at): score for at, score in told.items()}
    found = verdicts(RankedClasses(chances, none / whole), said)
    assert {one.code for one in found} == set(chances)
    assert [chances[one.code] for one in found] == sorted(chances.values(), reverse=True)
    assert all(one.shown in {Shown.OFFERED, None} for one in found[1:])
    for one in found[:1]:
        share = SAID_FROM if said.get(one.code, 0) >= SAID else SHOWN_FROM
        assert fills(one.shown) == (chances[one.code] > share * none / whole)
        assert one.shown is not Shown.SURE or (one.code in said and chances[one.code] >= SURE_FROM)
    assert all(one.chance == chances[one.code] for one in found)


def test_what_both_trained_classifiers_are_sure_of_is_shown_with_a_mark_like_what_words_tell() -> None:
    ranked = RankedClasses({"a": 0.1}, 0.9)
    assert verdicts(ranked, {})[0].shown is Shown.OFFERED
    assert verdicts(ranked, {"a": SAID})[0].shown is Shown.DOUBTFUL
    assert verdicts(ranked, {}, {"a"})[0].shown is Shown.DOUBTFUL
    assert verdicts(RankedClasses({"a": 0.97}, 0.03), {}, {"a"})[0].shown is Shown.DOUBTFUL


@given(st.floats(0.9, 1.0))
def test_of_two_told_alike_the_one_that_is_shown_stays(ratio: float) -> None:
    _, second = verdicts(RankedClasses({"a": 0.4, "b": 0.4 * ratio}, 0.2), {})
    assert second.near
    _, second = verdicts(RankedClasses({"a": 0.5, "b": 0.2}, 0.2), {})
    assert not second.near


def test_weights_of_other_numbers_are_refused(tmp_path: Path) -> None:
    weights = Weights.read(DATA / RANKING, kind=KIND)
    for change in ({"names": lines(["x"])}, {"of_class": weights.arrays["of_class"][:-1]}, {"of_call": None}):
        arrays = {name: array for name, array in {**weights.arrays, **change}.items() if array is not None}
        Weights(weights.origin, arrays).write(tmp_path / RANKING)
        load_ranking.cache_clear()
        with pytest.raises(BrokenTable, match="ranking"):
            load_ranking(tmp_path)
