"""What the bench says of a part, from raw output of the shape that a run makes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench.speech import latency, overload, streams, tap
from tests.bench.speech.__main__ import PARTS, Report, carry_out, commit
from tests.bench.speech.figures import Goal, shown

GOOD, BAD = Goal("ratio", 1.0, "≥", 0.95), Goal("lag", None, "<", 1.0)
SPREAD = {"n": 40, "lost": 0, "p50": 0.5, "p95": 0.9, "p99": 1.1, "worst": 1.4}


def overloaded(**changes: Any) -> dict[str, Any]:
    good = {"unheard": 0.0, "worst_gap_ms": 41.0, "tone": 0.99, "good": True}
    found: dict[str, Any] = {
        "asked": {"streams": 4, "calls": 6, "legs": 12}, "taps_running": 4, "first_calls_heard": 2,
        "later_calls_heard": 0, "told_as_shed": [3, 4, 5, 6], "own_desks_told": 4, "board_unheard": 8,
        "health": {"part": "speech", "state": "up", "why": "8 legs wait"}, "calls": [good] * 6,
        "calls_after": [good] * 4, "unheard_frames": SPREAD, "worst_gap_s": SPREAD, "recovered_s": 3.0,
        "nobody_unheard_s": 0.1, "calm_s": 0.1, "same_processes": True, "filled_s": 60.0,
        "fillings": {"filled": 8}, "late_words": 12, "calls_with_late_words": 4, "shed_calls": 4,
        "without_taps": [good] * 5 + [{**good, "unheard": 0.0061, "worst_gap_ms": 130.0, "good": False}],
    }  # fmt: skip
    return {**found, **changes}


def test_an_overload_that_went_as_it_must_reaches_every_goal() -> None:
    assert all(goal.reached for goal in overload.goals(overloaded()))
    told = overload.tell(overloaded())
    assert "| told as shed: the calls number | 3, 4, 5, 6 |" in told
    assert any(line.endswith("calls not heard well | 0.0061, 130.0; 1 of 6 |") for line in told)


@pytest.mark.parametrize(
    ("changes", "goal"),
    [
        ({"calls": [{"good": False}]}, "calls are untouched"),
        ({"later_calls_heard": 1}, "the calls that came first are heard, and no other"),
        ({"told_as_shed": [2, 4, 5, 6]}, "the newest are shed, and told so"),
        ({"own_desks_told": 3}, "each shed call's own desk says so"),
        ({"board_unheard": None}, "the board says so"),
        ({"recovered_s": None}, "who waited is heard when others end"),
        ({"recovered_s": 30.0}, "who waited is heard when others end"),
        ({"same_processes": False}, "no process was started anew"),
        ({"calm_s": None}, "nothing is left over"),
        ({"calls_with_late_words": 3}, "what was not heard is written afterwards"),
        ({"filled_s": None}, "what was not heard is written afterwards"),
    ],
)
def test_each_thing_that_goes_wrong_misses_its_own_goal(changes: dict[str, Any], goal: str) -> None:
    missed = [one.what for one in overload.goals(overloaded(**changes)) if not one.reached]
    assert missed == [goal]


def test_latency_is_judged_by_the_95th_of_a_hundred() -> None:
    found = {
        "vosk": {"word_to_partial_s": SPREAD},
        "whisper": {"sentence_to_final_s": {**SPREAD, "p95": 2.6}, "word_to_draft_s": None},
    }
    assert [goal.reached for goal in latency.goals(found)] == [True, False, False]


def latencies(**changes: Any) -> dict[str, Any]:
    vosk = {
        "calls": 3, "utterances": 9, "unplaced": 1, "never_on_the_desk": 2, "troubles": [],
        "word_to_partial_s": SPREAD, "first_word_to_partial_s": SPREAD, "stamp_off_s": SPREAD,
        "alone_s": SPREAD,
        "machine_busy_percent": 50.0,
    }  # fmt: skip
    whisper = {
        "calls": 4, "sentences": 20, "sentences_without_final": 1, "sentence_to_final_s": SPREAD,
        "word_to_draft_s": SPREAD, "troubles": ["zh: PeerFailed: no talk"], "machine_busy_percent": 90.0,
    }  # fmt: skip
    return {"vosk": vosk, "whisper": {**whisper, **changes}}


def test_what_never_came_misses_the_goal_and_the_table_says_how_much_it_was() -> None:
    never = shown([1.0] * 19, lost=2)
    found = latencies(sentence_to_final_s=never)
    assert [goal.reached for goal in latency.goals(found)] == [True, False, True]
    told = "\n".join(latency.tell(found))
    assert "| 1.00, never, never, never (21, 2 of them never) |" in told
    assert "1 of 12 utterances not placed, 2 not on the desk" in told
    assert "| calls that failed: vosk, whisper | 0, 1 |" in told


def test_a_table_has_a_cell_for_each_engine_and_a_missing_figure_says_so() -> None:
    one = {
        "bare_cpu_per_speech": 0.2, "own_cpu_per_speech": 0.21, "server_cpu_per_speech": 0.01, "ratio": 0.952,
        "streams_bare": 8.0, "streams_own": 7.6, "streams_ratio": 0.95, "streams_library": 6.0, "held": 0,
        "held_lag_s": None, "held_is_sure": False,
    }  # fmt: skip
    found = {"speech_of_a_stream": 0.8, "engines": {"vosk": one, "whisper": {**one, "ratio": 0.9}}}
    lines = streams.tell(found)
    assert {line.count("|") for line in lines} == {4}
    assert lines[-1].endswith("| none | none |")
    assert lines[-2].endswith("| at least 0 | at least 0 |")
    assert [goal.reached for goal in streams.goals(found)] == [True, False]


WHOLE = {"streams_not_whole": 0, "gone": 0, "blocked": 0, "late_s": {**SPREAD, "p99": 0.2}}


@pytest.mark.parametrize(
    "changes", [{"streams_not_whole": 1}, {"gone": 1}, {"blocked": 1}, {"late_s": SPREAD}]
)
def test_streams_that_lose_a_frame_or_are_late_are_not_held(changes: dict[str, Any]) -> None:
    assert tap.is_held(WHOLE)
    assert not tap.is_held({**WHOLE, **changes})


def test_own_code_voice_model_and_900_streams_have_a_goal_each_whatever_was_tried() -> None:
    found = {
        "one": {"conversation": {"mean_ms": 1.8, "mean_without_model_ms": 0.6}},
        "many": {"streams": 450}, "held": 450,
    }  # fmt: skip
    assert [goal.reached for goal in tap.goals(found)] == [True, False, False]
    assert all(
        goal.reached
        for goal in tap.goals({
            **found, "one": {"conversation": {"mean_ms": 0.9, "mean_without_model_ms": 0.6}}, "held": 900,
        })
    )  # fmt: skip


def test_a_part_that_is_run_again_leaves_the_others_in_the_file(tmp_path: Path) -> None:
    report = Report(tmp_path / "speech.json")
    report.keep("tap", {"figure": 1})
    report.keep("taps", {"figure": 2})
    report.keep("tap", {"figure": 3})
    assert json.loads(report.file.read_text()) == {"tap": {"figure": 3}, "taps": {"figure": 2}}


def test_a_part_that_fails_is_kept_as_such_and_the_parts_before_and_after_it_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(tmp_path / "speech.json")
    part = SimpleNamespace(tell=lambda found: [f"| {found['figure']} |"], goals=lambda _: [GOOD, BAD])

    def fails(folder: Path) -> dict[str, Any]:
        raise OSError(f"no room at {folder.name}")

    missed = [
        carry_out("tap", part, lambda _: {"figure": 1}, tmp_path, report),
        carry_out("taps", part, fails, tmp_path / "there", report),
        carry_out("overload", part, lambda _: {"figure": 3}, tmp_path, report),
    ]
    assert missed == [1, 1, 1]
    kept = json.loads(report.file.read_text())
    assert [kept[name].get("figure") for name in ("tap", "taps", "overload")] == [1, None, 3]
    assert kept["taps"]["failed"] == "OSError: no room at there"
    assert [goal["reached"] for goal in kept["tap"]["goals"]] == [True, False]
    assert "taps: FAILED: OSError: no room at there" in capsys.readouterr().out


def test_what_was_found_is_kept_before_it_is_told(tmp_path: Path) -> None:
    report = Report(tmp_path / "speech.json")
    with pytest.raises(AttributeError):
        carry_out("tap", SimpleNamespace(), lambda _: {"figure": 1}, tmp_path, report)
    assert json.loads(report.file.read_text())["tap"]["figure"] == 1


def test_beside_each_part_stands_the_commit_that_was_measured(tmp_path: Path) -> None:
    report = Report(tmp_path / "speech.json")
    carry_out("tap", SimpleNamespace(tell=lambda _: [], goals=lambda _: []), lambda _: {}, tmp_path, report)
    machine = json.loads(report.file.read_text())["tap"]["machine"]
    assert {key: machine[key] for key in ("commit", "changed_since")} == commit()
    assert re.fullmatch("[0-9a-f]{40}", machine["commit"])


def test_every_part_tells_and_judges() -> None:
    assert all(hasattr(part, "tell") and hasattr(part, "goals") for part in PARTS.values())
