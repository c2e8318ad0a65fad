"""The measure of drafting stays where it is; docs/drafting.md tells what it is worth."""

from __future__ import annotations

import pytest

from lab.judging.short_reports import measure, reports

DANGER_NUMBERS = {"110", "119", "120", "122"}


@pytest.mark.parametrize(
    "set_name", ["open", "held", "fresh", "later", "unseen", "dangers", "dangers-further"]
)
def test_drafting_is_not_worse_than_it_was(set_name: str) -> None:
    score = measure(set_name)
    wrong = [(report_id, line.key, line.expected, line.drafted) for report_id, line in score.wrong]
    assert score.share("category") >= (0.83 if set_name == "later" else 0.90), wrong
    assert score.share("district") >= 0.97, wrong
    assert score.share("address") >= 0.95, wrong
    assert score.share("intent") >= 0.95, wrong
    missed = [line for line in wrong if line[1] == "handoff" and line[2] is not None and line[3] is None]
    assert missed == []


def test_the_newest_reports_keep_their_first_figure_and_miss_no_danger() -> None:
    score = measure("further")
    wrong = [(report_id, line.key, line.expected, line.drafted) for report_id, line in score.wrong]
    assert {line[1] for line in wrong} <= {"category", "intent", "urgent"}, wrong
    assert score.share("category") >= 0.8, wrong


@pytest.mark.parametrize(
    "set_name", ["open", "held", "fresh", "later", "unseen", "further", "dangers", "dangers-further"]
)
def test_what_is_urgent_is_drafted_so_and_hardly_more(set_name: str) -> None:
    score = measure(set_name)
    wrong = [(report_id, line.expected) for report_id, line in score.wrong if line.key == "urgent"]
    assert not [one for one in wrong if one[1]], "no hazard is missed"
    assert score.share("urgent") >= 0.95, wrong


def test_the_measure_is_large_and_mixed() -> None:
    every = [
        report
        for set_name in ("open", "held", "fresh", "later", "unseen", "dangers", "dangers-further")
        for report in reports(set_name)
    ]
    assert len({report["id"] for report in every}) == len(every) >= 140
    assert sum(report["lang"] == "en" for report in every) >= 30
    handoffs = [report["expect"].get("handoff", "") for report in every]
    assert sum(value is None for value in handoffs) >= 60
    assert sum(bool(value) for value in handoffs) >= 35
