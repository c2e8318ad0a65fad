"""The whole story on real parts, as `scripts/demo` plays it, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo import expect
from tests.peers.checkout import CHECKOUT

pytestmark = [pytest.mark.real, pytest.mark.alone]


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.demo", "--once", *words],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


@pytest.mark.timeout(420)
def test_a_call_becomes_a_closed_case_and_an_unbroken_record(tmp_path: Path) -> None:
    played = demo("--report", str(tmp_path / "report.json"))
    assert played.returncode == 0, played.stdout + played.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["ok"]
    assert {step["state"] for step in report["steps"]} == {"ok"}
    facts = {step["key"]: step["facts"] for step in report["steps"]}
    assert facts["close"]["before"] == "done"
    assert facts["close"]["after"] == "closed"
    assert len(facts["ledger"]["recordings"]) >= 2


@pytest.mark.timeout(420)
def test_a_road_collapses_and_citizen_agent_crews_and_inspector_hear_and_help_each_other(
    tmp_path: Path,
) -> None:
    played = demo("--story", "collapse", "--report", str(tmp_path / "report.json"))
    assert played.returncode == 0, played.stdout + played.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    facts = {step["key"]: step["facts"] for step in report["steps"]}
    assert facts["citizen-heard"]["on_air_with_key_s"] > 1.0
    assert facts["citizen-heard"]["on_air_without_key_s"] < 0.3
    assert facts["ledger"]["citizen_heard_radio_s"] > 1.0
    assert facts["ledger"]["dispatches"] == 3
    assert facts["emergency"]["acknowledged_by"]
    assert (facts["close"]["before"], facts["close"]["after"]) == ("done", "closed")


@pytest.mark.timeout(420)
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


def test_a_wrong_call_of_the_demo_says_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "expect.json"
    broken.write_text('{"colour": "red"}')
    played = demo("--expect", str(broken), "--report", str(tmp_path / "report.json"))
    assert played.returncode == 2
    assert "colour" in played.stderr
    assert "district" in played.stderr


def test_an_expectation_that_nothing_is_filled_holds_for_an_empty_draft() -> None:
    wanted = {"district": None, "address": None, "category": None, "handoff": None, "urgent": False}
    assert all(line.agrees for line in expect.compare(wanted, []))
