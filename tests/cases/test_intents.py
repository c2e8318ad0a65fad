"""Why somebody calls: words and the classifier together, and what a call without a report fills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import FieldName
from cases.drafting.classify.scores import Averaged, Floats, over
from cases.drafting.classify.weights import Weights, shrunk
from cases.drafting.intents import agreed, torn
from cases.drafting.intents.agreement import BACKS, CONFIRMS, REPORTED, REPORTED_SAID, RIVAL, CallIntent
from cases.drafting.intents.call import NUMBERS, TRAINED, numbers
from cases.drafting.intents.chances import DATA
from cases.drafting.intents.ranking import KIND, RANKING, IntentRanking, load_intent_ranking
from cases.drafting.model import FieldCandidate, SegmentFindings, SpokenSegment
from cases.errors import BrokenTable
from cases.shown import FILL_FROM, Shown
from tests.cases.test_drafting import drafted

INTENTS = ("report", "status", "enquiry", "complaint", "other")
FILLED = (FieldName.CATEGORY, FieldName.URGENCY, FieldName.HANDOFF)


def heard(said: dict[str, float], chances: dict[str, float]) -> list[SegmentFindings]:
    candidates = [
        FieldCandidate(field=FieldName.INTENT, value=value, weight=weight, evidence=(), source=source)
        for source, weights in (("", said), (TRAINED, chances))
        for value, weight in weights.items()
    ]
    segment = SpokenSegment(segment_id="s", speaker="citizen", text="x")
    return [SegmentFindings(segment=segment, candidates=tuple(candidates))]


WEIGHTS = st.dictionaries(st.sampled_from(INTENTS), st.floats(0.1, 0.95))


def why(told: list[SegmentFindings]) -> list[CallIntent]:
    return agreed(told, numbers(told))


def in_doubt(told: list[SegmentFindings], ranking: IntentRanking | None = None) -> bool:
    return torn(told, numbers(told), ranking)


@given(WEIGHTS, WEIGHTS)
def test_an_intent_is_sure_only_where_words_and_the_classifier_agree(
    said: dict[str, float], chances: dict[str, float]
) -> None:
    found = why(heard(said, chances))
    assert {one.value for one in found} == set(said) | set(chances)
    for at, one in enumerate(found):
        assert 0 <= one.chance <= 1
        if one.shown is Shown.SURE:
            assert at == 0
            assert said.get(one.value, 0.0) > 0
            assert chances.get(one.value, 0.0) >= BACKS


@given(WEIGHTS, WEIGHTS)
def test_no_other_intent_is_sure_beside_a_likelier_report_nor_a_report_beside_a_likely_other(
    said: dict[str, float], chances: dict[str, float]
) -> None:
    for one in why(heard(said, chances)):
        if one.shown is not Shown.SURE:
            continue
        if one.value == "report":
            assert max((chance for value, chance in chances.items() if value != "report"), default=0) < RIVAL
        else:
            assert chances[one.value] >= max(CONFIRMS, chances.get("report", 0.0))


@given(WEIGHTS, WEIGHTS)
def test_a_whole_call_has_its_numbers_and_chances_that_come_to_one(
    said: dict[str, float], chances: dict[str, float]
) -> None:
    call = numbers(heard(said, chances))
    assert len(call) == len(NUMBERS)
    assert np.isfinite(call).all()
    likely = load_intent_ranking(DATA).chances(call)
    assert sum(likely.values()) == pytest.approx(1)
    least = REPORTED_SAID if said.get("report", 0) >= FILL_FROM else REPORTED
    assert in_doubt(heard(said, chances)) == (likely["report"] < least)


def test_where_it_may_be_no_report_is_what_the_whole_call_says() -> None:
    weights = np.zeros((len(NUMBERS), len(INTENTS)))
    assert in_doubt(heard({"report": 0.9}, {"report": 0.9}), IntentRanking(weights))
    weights[NUMBERS.index("always"), INTENTS.index("report")] = 9
    assert not in_doubt(heard({"status": 0.9}, {"status": 0.9}), IntentRanking(weights))


def test_an_opening_fills_no_intent() -> None:
    assert why(heard({}, {"report": 0.2}))[0].shown is None


def test_weights_of_other_numbers_are_refused(tmp_path: Path) -> None:
    weights = Weights.read(DATA / RANKING, kind=KIND)
    broken = {**weights.arrays, "weights": weights.arrays["weights"][:-1]}
    for arrays in (broken, {"names": weights.arrays["names"]}):
        Weights(weights.origin, arrays).write(tmp_path / RANKING)
        load_intent_ranking.cache_clear()
        with pytest.raises(BrokenTable, match="ranking"):
            load_intent_ranking(tmp_path)


def test_thanks_that_tell_the_fault_again_only_offer_its_class() -> None:
    draft = drafted(
        "没别的事，上礼拜报的那个下水井，人家第二天就来掏了，掏得干干净净，真行", "给那俩小伙子带个好"
    )
    assert {name: draft.value(name) for name in FILLED} == dict.fromkeys(FILLED)


def test_words_of_another_intent_go_before_a_retold_fault_and_a_complaint_goes_first() -> None:
    assert why(heard({"status": 0.9}, {"report": 0.97, "status": 0.6}))[0].value == "status"
    assert why(heard({"status": 0.9, "complaint": 0.85}, {"status": 0.9, "complaint": 0.6}))[0].value == (
        "complaint"
    )
    assert why(heard({"enquiry": 0.8}, {"report": 0.97, "enquiry": 0.3}))[0].value == "enquiry"
    assert why(heard({}, {"report": 0.4, "enquiry": 0.7}))[0].value == "enquiry"


@pytest.mark.parametrize(
    "text",
    [
        "我上礼拜三打过电话报路灯不亮，想问问处理到哪一步了",
        "你好我查一下我那个投诉的进度，就是井盖丢了那个",
        "i reported a blocked drain two weeks ago, any update on my case",
        "请问办牌匾审批需要什么手续，上哪个窗口",
        "喂是张师傅吗，啊打错了",
        "i rang the wrong number, sorry",
    ],
)
def test_a_call_that_is_no_report_fills_neither_class_nor_urgency(text: str) -> None:
    draft = drafted(text)
    assert draft.value(FieldName.INTENT) not in {"report", None}
    assert {name: draft.value(name) for name in FILLED} == dict.fromkeys(FILLED)


def test_a_table_in_eight_bits_is_off_by_less_than_half_a_step() -> None:
    table = np.random.default_rng(3).normal(size=(40, 7)).astype(np.float32)
    table[5] = 0
    small, scales = shrunk(table)
    off = np.abs(small.astype(np.float32) * scales[:, None] - table)
    assert (off <= scales[:, None] * 0.501).all()
    assert not small[5].any()


class _Fixed:
    """A classifier whose part of a clause is its length."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self.codes: Sequence[str] = codes

    def parts(self, said: Sequence[str]) -> Floats:
        return np.array([[len(one)] * len(self.codes) for one in said], dtype=np.float32).reshape(
            -1, len(self.codes)
        )

    def chances(self, sums: Floats) -> Floats:
        return np.asarray(sums / np.arange(1, len(self.codes) + 1), dtype=np.float32)


def test_a_run_is_the_sum_of_its_clauses_and_columns_of_several_classifiers_are_matched() -> None:
    said, runs = ("a", "bb", "cccc"), [(0, 1), (0, 3), (1, 3)]
    assert over(_Fixed(("x",)).parts(said), runs)[:, 0].tolist() == [1, 7, 6]
    both = Averaged((_Fixed(("b", "a")), _Fixed(("a", "b"))))
    assert list(both.codes) == ["a", "b"]
    assert both.over(said, runs).tolist() == [[0.75, 0.75], [5.25, 5.25], [4.5, 4.5]]
    assert both.over((), []).shape == (0, 2)
