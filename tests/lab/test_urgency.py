"""The measure of urgency stays where it is; docs/quality.md tells what it is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.judging import urgency
from lab.judging.urgency import UrgencyScore, measure


def test_hazards_are_urgent_and_ordinary_reports_are_not() -> None:
    score = measure("urgency_first")
    assert (score.hazards, score.ordinary) == (30, 30)
    assert score.reached, score.wrong


def test_a_score_counts_both_sides() -> None:
    score = UrgencyScore()
    for name, wanted, drafted in (
        ("a", True, True),
        ("b", True, False),
        ("c", False, True),
        ("d", False, False),
    ):
        score.add(name, wanted=wanted, drafted=drafted)
    assert (score.hazards, score.found, score.ordinary, score.false) == (2, 1, 2, 1)
    assert score.wrong == ["b", "c"]
    assert not score.reached


def test_the_command_prints_totals_and_names_reports_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def short(_: str) -> UrgencyScore:
        score = UrgencyScore()
        score.add("r1", wanted=True, drafted=False)
        return score

    monkeypatch.setattr(urgency, "measure", short)
    urgency.main(["some", "--json", str(tmp_path / "out.json")])
    assert capsys.readouterr().out == "some: 0/1 hazards urgent, 0/0 ordinary reports (goal missed)\n"
    assert json.loads((tmp_path / "out.json").read_text())["some"]["urgent"] == 0
    urgency.main(["some", "--misses"])
    assert "r1" in capsys.readouterr().out


def test_a_set_without_reports_is_refused() -> None:
    with pytest.raises(SystemExit):
        urgency.main(["no-such-set"])
