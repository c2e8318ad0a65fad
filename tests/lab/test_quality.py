"""The judge of the measure, on invented reports; and the open holdouts do not fall below their floors."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, Evidence, FieldName, FieldValue, SpokenSegment
from cases.drafting.model import Alternative, DangerAlarm, SegmentFindings
from cases.learning.shares import Proportion
from cases.shown import Shown
from lab.corpora.calls import (
    OPEN,
    CallSet,
    HoldoutChanged,
    development_calls,
    holdouts,
    open_holdouts,
    threshold_calls,
    training_calls,
)
from lab.corpora.lines import written
from lab.judging.conversation import draft_of
from lab.judging.judge import judge
from lab.judging.place import Spot, spot
from lab.judging.rows import ROWS
from lab.judging.tables import NAMES, goals, main_table, raw, summary_table
from lab.judging.totals import JudgingFailed, totals
from lab.paths import CHECKOUT

REPORT: dict[str, Any] = {
    "id": "x-zh-001",
    "language": "zh",
    "danger": "none",
    "turns": ["c: 学府路七十四号的井盖没了", "a: 南岗区？", "c: 对，南岗"],
    "expect": {
        "category": ["P0102", "P0103"],
        "more": [],
        "district": "230103",
        "place": {"kind": "address", "written": ["学府路74号"]},
        "urgency": "urgent",
        "handoff": None,
        "intent": "report",
    },
    "proof": {
        "category": [{"turn": 0, "words": "井盖没了"}],
        "district": [{"turn": 2, "words": "南岗"}],
        "place": [{"turn": 0, "words": "学府路七十四号"}],
        "intent": [{"turn": 0, "words": "井盖没了"}],
    },
}
NOTHING: dict[str, Any] = {
    "category": [], "more": [], "district": None, "place": {"kind": "none", "written": []},
    "urgency": "normal", "handoff": None, "intent": "enquiry",
}  # fmt: skip
CATEGORY = "gbt30428.2@2013/"
FLOOR = CHECKOUT / "lab/judging/floor.yaml"
FAULTS = {row.key for row in ROWS if row.fault}


def report(**expect: Any) -> dict[str, Any]:
    made = copy.deepcopy(REPORT)
    made |= {key: expect.pop(key) for key in ("danger", "id") if key in expect}
    made["expect"] |= expect
    return made


def draft(
    values: Mapping[str, str] = MappingProxyType({}),
    *,
    alarms: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
    shown: Shown = Shown.SURE,
) -> Draft:
    """A draft as it would stand; the category comes from 井盖 and the place from 学府路."""
    spans = {"category": (8, 10), "address": (0, 3), "district": (0, 3)}
    fields = {name: FieldValue() for name in FieldName}
    for name, value in values.items():
        start, end = spans.get(name, (0, 1))
        fields[FieldName(name)] = FieldValue(
            value=value,
            confidence=0.9,
            shown=shown,
            evidence=(Evidence(segment_id="x-zh-001-0", start=start, end=end),),
            others=tuple(Alternative(value=CATEGORY + code, confidence=0.4) for code in others)
            if name == "category"
            else (),
        )
    first = SpokenSegment(segment_id="x-zh-001-0", speaker="citizen", text=REPORT["turns"][0][3:])
    heard = SegmentFindings(
        segment=first,
        alarms=tuple(
            DangerAlarm(rule="r", number=number, evidence=Evidence(segment_id="x-zh-001-0", start=0, end=1))
            for number in alarms
        ),
    )
    return Draft(draft_id=UUID(int=1), fields=fields, heard=(heard,))


def hits(made: dict[str, Any], judged: Draft) -> dict[str, list[bool]]:
    out: dict[str, list[bool]] = {}
    for mark in judge(made, judged):
        out.setdefault(mark.row, []).append(mark.hit)
    return out


RIGHT = {
    "category": CATEGORY + "P0103",
    "district": "230103",
    "address": "学府路74号",
    "urgency": "urgent",
    "intent": "report",
}


def test_a_right_draft_hits_every_row_and_has_no_fault() -> None:
    found = hits(REPORT, draft(RIGHT))
    assert found.pop("evidence") == [True, False, True, False]  # category, district, place, intent
    assert found.pop("wrong_but_sure") == [False] * 5
    assert found.pop("false_alarms") == [False]
    assert set(map(tuple, found.values())) == {(True,)}, found
    assert {"category_first", "category_in_three", "district", "street", "place", "urgency"} <= set(found)


def test_a_wrong_draft_is_wrong_in_every_row_and_only_what_is_sure_is_wrong_but_sure() -> None:
    wrong = {
        "category": CATEGORY + "E0301", "district": "230102", "address": "学海路7号",
        "urgency": "danger", "handoff": "119", "intent": "status",
    }  # fmt: skip
    found = hits(REPORT, draft(wrong, alarms=("119",)))
    assert found.pop("wrong_but_sure") == [True] * 6
    assert found.pop("false_alarms") == [True]
    assert set(map(tuple, found.values())) == {(False,)}, found
    doubted = hits(REPORT, draft(wrong, shown=Shown.DOUBTFUL))
    assert "wrong_but_sure" not in doubted


def test_an_empty_draft_is_never_wrong_but_sure_and_misses_danger() -> None:
    made = report(urgency="danger", handoff=["119", "110"], category=[])
    found = hits(made, draft())
    assert "wrong_but_sure" not in found
    assert "category_first" not in found
    assert (found["danger_found"], found["danger_alarmed"]) == ([False], [False])


@pytest.mark.parametrize(
    ("alarms", "found", "alarmed"), [(("110",), True, True), (("120",), False, True), ((), False, False)]
)
def test_danger_is_found_with_a_right_number(alarms: tuple[str, ...], found: bool, alarmed: bool) -> None:
    made = report(urgency="danger", handoff=["119", "110"])
    marks = hits(made, draft(alarms=alarms))
    assert (marks["danger_found"], marks["danger_alarmed"]) == ([found], [alarmed])
    assert "false_alarms" not in marks


def test_the_number_of_a_crime_is_no_false_alarm_and_another_is() -> None:
    made = report(handoff="110")
    assert hits(made, draft({"handoff": "110"}, alarms=("110",)))["false_alarms"] == [False]
    assert hits(made, draft(alarms=("119",)))["false_alarms"] == [True]
    near = report(danger="near-miss")
    assert hits(near, draft(alarms=("119",)))["false_alarms_near"] == [True]
    assert "false_alarms_near" not in hits(REPORT, draft())


def test_the_third_category_counts_and_the_fourth_does_not() -> None:
    third = hits(REPORT, draft({"category": CATEGORY + "E0301"}, others=("E0302", "P0102")))
    assert (third["category_in_three"], third["category_first"]) == ([True], [False])
    fourth = hits(REPORT, draft({"category": CATEGORY + "E0301"}, others=("E0302", "E0303", "P0102")))
    assert fourth["category_in_three"] == [False]


def test_a_street_without_its_number_is_true_as_far_as_it_goes() -> None:
    found = hits(REPORT, draft({"address": "学府路"}))
    assert (found["street"], found["place"], found["wrong_but_sure"]) == ([True], [False], [False])
    other = hits(REPORT, draft({"address": "学府路75号"}))
    assert (other["street"], other["place"], other["wrong_but_sure"]) == ([True], [False], [True])


def test_a_call_that_is_no_report_fills_nothing() -> None:
    made = report(**NOTHING)
    assert hits(made, draft({"intent": "enquiry"}))["no_report_empty"] == [True]
    filled = hits(made, draft({"intent": "enquiry", "category": CATEGORY + "E0301", "address": "学府路"}))
    assert filled["no_report_empty"] == [False]
    assert filled["nothing_filled"] == [False, True, False, True]
    assert filled["wrong_but_sure"] == [True, True, False]


def test_a_further_problem_is_asked_for() -> None:
    assert hits(report(more=[["E0301"], ["E0302"]]), draft(RIGHT))["further"] == [False, False]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("学府路74号", Spot(frozenset({"学府路"}), "74")),
        ("哈尔滨市南岗区学府路74号", Spot(frozenset({"学府路"}), "74")),
        ("香顺街220号2单元", Spot(frozenset({"香顺街"}), "220")),
        ("宏南小区6号楼1单元", Spot(frozenset({"宏南小区"}), "", "6")),
        ("永粮街036号杆", Spot(frozenset({"永粮街"}))),
        ("和兴路和清滨路", Spot(frozenset({"和兴路", "清滨路"}))),
        ("清滨路与和兴路交口", Spot(frozenset({"和兴路", "清滨路"}))),
        ("Lianmeng Street19号", spot("19 Lianmeng Jie")),
        ("No. 58 Jilin Street", spot("Jilin Jie 58")),
        ("the corner of Aaa Road and Bbb Street", Spot(frozenset({"aaa road", "bbb street"}))),
        ("Qqq Estate building 5", Spot(frozenset({"qqq estate"}), "", "5")),
        ("", Spot(frozenset())),
    ],
)
def test_places_are_read_without_the_rules(text: str, meant: Spot) -> None:
    assert spot(text) == meant


def test_either_language_means_the_same_place() -> None:
    assert spot("Central Street 89") == spot("中央大街89号")


@given(st.text(max_size=60))
def test_any_text_can_be_read_as_a_place(text: str) -> None:
    assert isinstance(spot(text), Spot)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_interval_holds_the_share(k: int, extra: int) -> None:
    share = Proportion(k=k, n=k + extra)
    low, high = share.interval
    assert 0 <= low <= (share.value or 0) <= high <= 1 or share.n == 0


def test_the_interval_is_wilsons() -> None:
    low, high = Proportion(k=93, n=100).interval
    assert (round(low, 4), round(high, 4)) == (0.8625, 0.9657)
    assert [round(edge, 4) for edge in Proportion(k=0, n=10).interval] == [0.0, 0.2775]


def test_of_the_unseen_holdout_only_sums_leave_the_judge() -> None:
    def wrong(_: Any) -> Draft:
        return draft({"category": CATEGORY + "E0301", "address": "学海路7号"}, alarms=("119",))

    unseen = raw(totals(CallSet("holdout_b", False, (REPORT,)), wrong), goals())
    seen = raw(totals(CallSet("holdout_a", True, (REPORT,)), wrong), goals())
    assert seen["misses"]
    assert "misses" not in unseen
    assert {key: value for key, value in seen.items() if key != "misses"} == unseen
    written = json.dumps(unseen, ensure_ascii=False)
    assert not any(word in written for word in ("x-zh-001", "学府路", "学海路", "P0103"))


def test_an_error_in_the_unseen_holdout_tells_nothing_of_it() -> None:
    def fails(made: Any) -> Draft:
        raise ValueError(made["turns"][0])

    with pytest.raises(JudgingFailed) as told:
        totals(CallSet("holdout_b", False, (REPORT,)), fails)
    assert "学府路" not in str(told.value)
    assert (told.value.__cause__, told.value.__context__) == (None, None)


def test_the_table_says_which_holdouts_are_sealed() -> None:
    assert {name for name, title in NAMES.items() if "never read" not in title} == set(OPEN)


def test_a_changed_holdout_is_refused(tmp_path: Path) -> None:
    lines = []
    for name in (f"holdout_{letter}.jsonl" for letter in "abcdefgh"):
        (tmp_path / name).write_text(written([REPORT]), encoding="utf-8")
        lines.append(f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n")
    (tmp_path / "SHA256").write_text("".join(lines))
    assert {call_set.name[-1] for call_set in holdouts(tmp_path) if not call_set.seen} == set("befgh")
    assert [call_set.name for call_set in holdouts(tmp_path) if call_set.seen] == list(OPEN)
    (tmp_path / "holdout_b.jsonl").write_text("")
    with pytest.raises(HoldoutChanged):
        holdouts(tmp_path)


def test_every_holdout_is_what_was_committed() -> None:
    assert [len(call_set.reports) for call_set in holdouts()] == [100] * 8


def test_thresholds_are_chosen_on_calls_of_no_holdout() -> None:
    """Only the seen holdouts are looked at: of the others nothing may be said here."""
    for call_set in (threshold_calls(), development_calls()):
        chosen = {report["id"]: report for report in call_set.reports}
        assert len(chosen) == len(call_set.reports) == 100
        assert not {str(one["turns"]) for one in chosen.values()} & {
            str(one["turns"]) for seen in open_holdouts() for one in seen.reports
        }


def test_calls_to_learn_from_are_of_no_holdout_and_each_has_its_proof() -> None:
    told = {str(one["turns"]) for call_set in open_holdouts() for one in call_set.reports}
    for call_set in training_calls():
        assert len({report["id"] for report in call_set.reports}) == len(call_set.reports) >= 80
        assert not {str(report["turns"]) for report in call_set.reports} & told
        for report in call_set.reports:
            for proof in (proof for proofs in report["proof"].values() for proof in proofs):
                assert proof["words"] in report["turns"][proof["turn"]], report["id"]


@pytest.mark.parametrize("name", OPEN)
def test_an_open_holdout_does_not_fall_below_its_floor(name: str) -> None:
    floors: dict[str, dict[str, float]] = yaml.safe_load(FLOOR.read_text(encoding="utf-8"))
    assert set(floors) == set(OPEN)
    floor = floors[name]
    found = totals(next(call_set for call_set in open_holdouts() if call_set.name == name), draft_of)
    assert set(floor) == set(found.rows) == {row.key for row in ROWS}
    worse = {
        key: (share.value, floor[key])
        for key, share in found.rows.items()
        if share.value is not None
        and (share.value > floor[key] if key in FAULTS else share.value < floor[key])
    }
    assert worse == {}


def test_the_table_has_every_holdout_and_every_row() -> None:
    found = totals(CallSet("holdout_a", True, (REPORT,)), lambda _: draft(RIGHT))
    lines = main_table(
        dict.fromkeys((f"holdout_{letter}" for letter in "abcdefgh"), found), goals()
    ).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert {line.count("|") for line in lines} == {19}


def test_the_page_has_the_eight_goals_and_what_is_missed_is_marked() -> None:
    found = totals(CallSet("holdout_h", True, (REPORT,)), lambda _: draft(RIGHT))
    missed = totals(CallSet("holdout_b", True, (REPORT,)), lambda _: draft())
    made = {"holdout_h": found, **dict.fromkeys(("holdout_b", "holdout_e", "holdout_f", "holdout_g"), missed)}
    lines = summary_table(made, goals()).splitlines()
    assert len(lines) == 2 + 8
    assert {line.count("|") for line in lines} == {5}
    assert lines[3] == "| category first | ≥ 92.5 % | 100.0 % (1/1) | **0.0 % (0/4), missed** |"
    page = (CHECKOUT / "docs/quality.md").read_text(encoding="utf-8")
    assert all(f"| {row.title} |" in page for row in ROWS if row.goal is not None)
