"""What of a call is trained on, how much it weighs, and which pieces of words may stay."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues
from cases.drafting.classify import pieces
from cases.drafting.classify.pieces import LEAST_TELLERS, NOBODY, vocabulary
from cases.drafting.classify.regression import DenseRows, SharedRows, sparse
from cases.drafting.classify.training import Sentence, TrainingCall, trained_wordings
from cases.drafting.classify.weights import unlined
from cases.learning.material.model import Material
from cases.learning.retraining.rows import MOST_TIMES, told
from tests.cases.learning.world import LID, few, ids

OTHER = "P0137"
ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdefgh"), max_size=6), st.none() | st.just(NOBODY) | st.integers(0, 7)
    ),
    max_size=40,
)


@given(ROWS)
def test_a_piece_stays_that_is_shipped_or_that_enough_different_people_said(
    rows: list[tuple[list[str], int | None]],
) -> None:
    found = vocabulary([said for said, _ in rows], [teller for _, teller in rows])
    public = {piece for said, teller in rows if teller is None for piece in said}
    by: dict[str, set[int]] = {}
    for said, teller in rows:
        for piece in said:
            if teller is not None and teller != NOBODY:
                by.setdefault(piece, set()).add(teller)
    wanted = public | {piece for piece, tellers in by.items() if len(tellers) >= LEAST_TELLERS}
    assert list(found.names) == sorted(wanted)
    assert found.left_out == len({piece for said, _ in rows for piece in said} - wanted)
    for said, _ in rows:
        assert [found.names[at] for at in found.columns(said)] == [one for one in said if one in wanted]
    assert list(found.rows) == [sum(one in said for said, _ in rows) for one in found.names]


def test_beyond_the_bound_the_rarest_pieces_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "MOST_PIECES", {"letters": 2})
    rows = [["once"], *[["shipped"]] * 9, *[["often", "rare"]] * 5, ["often"]]
    assert list(vocabulary(rows, [*[None] * 10, *range(5), 9]).names) == ["often", "shipped"]


def case(case_id: UUID, clauses: tuple[str, ...], code: str = LID, caller: int | None = None) -> Material:
    """Of a caller of its own where none is given."""
    callers = (("caller", case_id if caller is None else caller),)
    return Material(case_id, code, "zh", clauses, "transcript", callers=callers, callers_known=True)


def withheld(case_id: UUID, clauses: tuple[str, ...], code: str = LID) -> Material:
    return Material(case_id, code, "zh", clauses, "transcript")


IDLE = ("喂你好", "我说个事儿", "麻烦你们快点来看看吧", "谢谢啊")


def test_the_clauses_that_tell_the_class_are_found_among_those_that_tell_nothing() -> None:
    calls = [case(one, (*IDLE[:2], "有块哐当板没了", *IDLE[2:])) for one in ids(12)]
    calls += [case(one, (*IDLE[:2], "那个路灯不亮", *IDLE[2:]), OTHER) for one in ids(12, start=9)]
    found = told(few(), calls)
    assert len(found) == 24
    for one in calls:
        said = found[one.case_id].clauses
        assert 1 <= len(said) <= 3
        assert ("有块哐当板没了" if one.code == LID else "那个路灯不亮") in said


def test_a_call_that_tells_nothing_of_its_class_is_not_trained_on() -> None:
    calls = [case(one, IDLE, LID if n % 2 else OTHER) for n, one in enumerate(ids(20))]
    assert told(few(), calls) == {}


def test_one_number_is_one_teller_and_so_are_repeats() -> None:
    first, second, third, fourth = ids(4)
    calls = [
        case(first, ("井盖丢了",), caller=1),
        case(second, ("井盖丢了",), caller=1),
        replace(case(third, ("井盖丢了",), caller=3), repeats=(("case", first),)),
        case(fourth, ("井盖丢了",), caller=2),
    ]
    tellers = {case_id: one.teller for case_id, one in told(few(), calls).items()}
    assert tellers[first] == tellers[second] == tellers[third] != tellers[fourth]


def test_callers_without_a_number_are_nobody_and_tie_nothing() -> None:
    """Ten of them may be one person, or the one who called with his number: they count for no teller.

    Nor are they one person: what each told is trained on, and those whom they repeat stay two.
    """
    first, second, third, fourth, *others = ids(14)
    hidden = withheld(third, ("井盖丢了",))
    calls = [
        case(first, ("井盖丢了",), caller=1),
        case(second, ("井盖丢了",), caller=2),
        replace(hidden, repeats=(("case", first),)),
        replace(hidden, case_id=fourth, repeats=(("case", second),)),
        *(withheld(one, ("井盖丢了",)) for one in others),
    ]
    rows = told(few(), calls)
    tellers = {case_id: one.teller for case_id, one in rows.items()}
    assert len(rows) == len(calls)
    assert tellers[first] != tellers[second]
    assert {tellers[one] for one in (third, fourth, *others)} == {NOBODY}
    assert NOBODY not in {tellers[first], tellers[second]}


def test_many_cases_of_one_class_weigh_no_more_than_some_times_its_sentences() -> None:
    sentences = sum(one.code == LID and one.language == "zh" for one in few())
    calls = [case(one, ("井盖丢了",)) for one in ids(sentences * 8)]
    rows = told(few(), calls).values()
    assert sum(one.weight for one in rows) == pytest.approx(MOST_TIMES * sentences)
    assert {one.weight for one in told(few(), calls[:3]).values()} == {1.0}


def test_what_one_person_alone_said_is_in_no_weights() -> None:
    """A name that no mask knows: five different callers must have said it, not one caller five times."""
    catalogue = load_catalogues().default

    def names(tellers: list[int]) -> list[str]:
        rows = [TrainingCall(("阿宝家门口井盖丢了",), LID, "zh", teller) for teller in tellers]
        made = trained_wordings(few()[:200], catalogue, version="t", told=rows)
        return unlined(made.arrays["zh_pieces"])

    assert "阿宝" not in names([1, 1, 1, 1, 1, 1])
    assert "阿宝" not in names([1, 2, 3, 4])
    assert "阿宝" not in names([1, 2, 3, 4, *[NOBODY] * 9])
    assert "阿宝" in names([1, 2, 3, 4, 5])


def test_a_row_without_any_piece_left_trains_nothing() -> None:
    catalogue = load_catalogues().default
    plain = trained_wordings(few()[:200], catalogue, version="t")
    alone = trained_wordings(
        few()[:200], catalogue, version="t", told=[TrainingCall(("龘龘",), LID, "zh", 1)]
    )
    assert np.array_equal(plain.arrays["zh_pieces"], alone.arrays["zh_pieces"])
    one, other = (w.arrays["zh_weights"] * w.arrays["zh_scales"][:, None] for w in (plain, alone))
    assert np.allclose(one, other, atol=0.02)
    assert alone.origin.trained_on["cases"] == "1"
    assert int(alone.origin.trained_on["pieces_left_out"]) == 2


@given(st.lists(st.lists(st.integers(0, 6), max_size=4), min_size=1, max_size=12))
def test_rows_that_share_parts_are_multiplied_as_if_each_stood_alone(rows: list[list[int]]) -> None:
    chance = np.random.default_rng(len(rows))
    parts, weights = (chance.normal(size=size).astype(np.float32) for size in ((7, 5), (5, 3)))
    columns = [np.array(row, dtype=np.int64) for row in rows]
    shares = [chance.normal(size=len(row)).astype(np.float32) for row in rows]
    sums = SharedRows(DenseRows(sparse(columns, shares, 7)), DenseRows(parts))
    whole = np.array(
        [sum((share * parts[at] for at, share in zip(row, mine, strict=True)), np.zeros(5))
         for row, mine in zip(rows, shares, strict=True)]
    )  # fmt: skip
    assert sums.shape == whole.shape
    assert np.allclose(sums.times(weights), whole @ weights, atol=1e-4)
    each = chance.normal(size=(len(rows), 3)).astype(np.float32)
    assert np.allclose(sums.turned_times(each), whole.T @ each, atol=1e-4)


def test_sentences_are_trained_as_before_when_nothing_was_told() -> None:
    few_sentences = [
        Sentence("路灯不亮", OTHER, "zh"), Sentence("井盖丢了", LID, "zh"), Sentence("谢谢", "", "zh"),
        Sentence("lamp is out", OTHER, "en"), Sentence("no lid", LID, "en"), Sentence("bye", "", "en"),
    ]  # fmt: skip
    made = trained_wordings(few_sentences, load_catalogues().default, version="t")
    assert set(made.origin.trained_on) == {"sentences", "sha256"}
