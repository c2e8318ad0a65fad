"""The whole story on real parts, as `scripts/demo` plays it: a short report, and long ones for the soak."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.peers.checkout import CHECKOUT

pytestmark = [pytest.mark.real, pytest.mark.timeout(420)]


def demo(*words: str, within: float = 400) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.demo", "--once", *words],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=within, check=False,
    )  # fmt: skip


def played_well(folder: Path, *words: str, within: float = 400) -> dict[str, dict[str, Any]]:
    """What each step of the story saw; every one of them went well."""
    played = demo("--report", str(folder / "report.json"), *words, within=within)
    assert played.returncode == 0, played.stdout + played.stderr
    report = json.loads((folder / "report.json").read_text())
    assert report["ok"]
    assert {step["state"] for step in report["steps"]} == {"ok"}
    return {step["key"]: step["facts"] for step in report["steps"]}


@pytest.mark.parametrize(
    "story",
    [
        "lamp_zh",
        pytest.param(
            "zh",
            marks=pytest.mark.soak(
                rule="A report of 43 s, with the agent's voice beside it, becomes a closed case",
                short="tests/real/test_story.py::test_a_call_becomes_a_closed_case_and_an_unbroken_record",
            ),
        ),
    ],
)
def test_a_call_becomes_a_closed_case_and_an_unbroken_record(tmp_path: Path, story: str) -> None:
    facts = played_well(tmp_path, "--story", story)
    assert facts["close"]["before"] == "done"
    assert facts["close"]["after"] == "closed"
    assert {one.split()[0] for one in facts["ledger"]["recordings"].split(", ")} == {"in", "out"}
    assert facts["chain"]["ok"]


@pytest.mark.soak(
    rule="Citizen, agent, crews and inspector hear and help each other in one story",
    short=[
        "tests/real/test_story.py::test_a_call_becomes_a_closed_case_and_an_unbroken_record",
        (
            "tests/real/radio/test_patch.py"
            "::test_a_radio_is_heard_by_the_telephone_and_the_telephone_by_the_radio_while_it_has_the_floor"
        ),
        (
            "tests/real/test_terminal_real.py"
            "::test_an_emergency_is_told_to_the_desk_until_a_person_answers_by_name"
        ),
        "tests/real/test_incident_conference.py::test_from_the_first_ring_to_the_recording",
    ],
)
def test_a_road_collapses_and_citizen_agent_crews_and_inspector_hear_and_help_each_other(
    tmp_path: Path,
) -> None:
    facts = played_well(tmp_path, "--story", "collapse")
    assert facts["citizen-heard"]["on_air_with_key_s"] > 1.0
    assert facts["citizen-heard"]["on_air_without_key_s"] < 0.3
    assert facts["ledger"]["citizen_heard_radio_s"] > 1.0
    assert facts["ledger"]["dispatches"] == 3
    assert facts["emergency"]["acknowledged_by"]
    assert (facts["verified"]["before"], facts["verified"]["after"]) == ("done", "verified")
    assert facts["closed"]["after"] == "closed"
    assert facts["views"]["pictures"] == 4
    assert facts["traffic-radio"]["they_heard_s"] >= 1.0
    assert facts["conference"]["radio_heard_district_s"] >= 1.0
    assert facts["conference"]["telephone_heard_radio_s"] >= 1.0
    assert facts["chain"]["ok"]
    assert {one.name for one in (tmp_path / "report-pictures").iterdir()} == {
        "desk.png", "camera.png", "camera-live.png", "scene.png", "unit-scene.png", "conference.png",
        "unit-emergency.png", "camera-pair.png",
    }  # fmt: skip


@pytest.fixture(scope="module")
def centre_stories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the stories of the centre saw, one after the other on one service."""
    return played_well(tmp_path_factory.mktemp("stories"), "--story", "loop,drill", within=600)


@pytest.mark.timeout(660)
def test_a_case_of_two_citizens_goes_round_and_is_reworked_for_who_was_not_satisfied(
    centre_stories: dict[str, dict[str, Any]],
) -> None:
    facts = centre_stories
    assert facts["reviewed"]["refused"] == "overrule 403"
    assert facts["reopened"]["reworks"] == 1
    assert (facts["closed"]["state"], facts["reworked"]["state"]) == ("closed", "closed")
    assert facts["record"]["reworked"] == 1


@pytest.mark.timeout(660)
def test_an_actual_warning_goes_out_when_the_second_person_has_released_it(
    centre_stories: dict[str, dict[str, Any]],
) -> None:
    facts = centre_stories
    assert (facts["checked"]["people"], facts["checked"]["forged"]) == (1, "signature")
    assert facts["exercise"]["text"].startswith("【演习 EXERCISE】")
    assert (facts["first"]["state"], facts["first"]["refused"]) == ("half_released", "403 released-by-you")
    assert facts["second"]["state"] == "running"
    assert (facts["updated"]["before"], facts["cancelled"]["before"]) == ("replaced", "cancelled")
    of_each = {"exercise", "actual", "update", "cancel"}
    assert {name: facts["counts"][name] for name in of_each} == dict.fromkeys(of_each, "1 / 1 / 1")
    assert facts["trail"]["ok"]


@pytest.mark.soak(
    rule="`scripts/demo --expect` on a real call ends with 1 where the draft differs",
    short="tests/demo/test_expect.py"
    "::test_a_draft_that_differs_from_what_was_expected_is_shown_and_ends_with_1",
)
def test_a_report_that_nobody_heard_is_set_beside_what_was_expected(tmp_path: Path) -> None:
    wanted = tmp_path / "expect.json"
    wanted.write_text(json.dumps({"district": "呼兰区", "handoff": None}, ensure_ascii=False))
    audio = CHECKOUT / "tests" / "audio" / "caller_lamp_zh.wav"
    played = demo(
        "--caller-audio", str(audio), "--expect", str(wanted), "--report", str(tmp_path / "report.json")
    )
    assert played.returncode == 1, played.stdout + played.stderr
    assert "呼兰区" in played.stdout
    assert "district" in played.stdout


@pytest.mark.parametrize(
    ("calls", "minutes"),
    [
        (15, 0.5),
        pytest.param(
            300, 20.0,
            marks=[
                pytest.mark.timeout(1800),
                pytest.mark.soak(
                    rule="300 calls in 20 minutes about one collapse are one case in an emergency",
                    short="tests/real/test_story.py"
                    "::test_calls_about_one_collapse_are_one_case_in_an_emergency_without_a_broker",
                ),
            ],
        ),
    ],
)  # fmt: skip
def test_calls_about_one_collapse_are_one_case_in_an_emergency_without_a_broker(
    tmp_path: Path, calls: int, minutes: float
) -> None:
    file = tmp_path / "burst.json"
    size = ("--calls", str(calls), "--minutes", str(minutes))
    played = demo("--story", "burst", *size, "--cut-off", "--report", str(file), within=minutes * 60 + 370)
    assert played.returncode == 0, played.stdout + played.stderr
    figures = json.loads(file.read_text())
    assert (figures["calls"], figures["attached"], figures["cases"]) == (calls, calls, 1)
    assert figures["answered"] + figures["abandoned"] == calls
    assert figures["modes"] == ["peace zhao.lei/liu.min", "emergency zhao.lei/liu.min"]
    assert figures["greeting"] == "MODE=emergency-1"
