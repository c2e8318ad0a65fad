"""`scripts/demo --expect`: the exit code tells whether the draft says what was expected, without any peer."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from tests.demo import __main__ as demo
from tests.demo import expect
from tests.demo.report import Report
from tests.demo.stage import DemoStage
from tests.demo.story import Chapter
from tests.peers.checkout import CHECKOUT

LAMP = CHECKOUT / "tests" / "audio" / "caller_lamp_zh.wav"
DRAFT: dict[str, Any] = {"fields": {"district": {"value": "230102", "shown": "sure", "evidence": []}}}


@dataclass
class EmptyStage:
    """Nothing is raised on it."""

    folder: Path


class ToldStory:
    """A call that was told, and what was drafted of it."""

    def __init__(self, *_: object, **__: object) -> None:
        self.drafts = [DRAFT]

    def opening(self) -> list[Chapter]:
        return []

    call = opening

    def tell(self, _: list[Chapter]) -> None:
        """It is told already."""


def told(folder: Path, wanted: dict[str, object]) -> tuple[int, str]:
    """The exit code and what was printed."""
    given = argparse.Namespace(caller_audio=LAMP, story="zh", pictures=None)
    console = Console(record=True, width=160)
    stage = cast("DemoStage", EmptyStage(folder))
    report = Report("en", console)
    status = demo.tell(demo.cast(given, stage, report), report, console, wanted)
    return status, console.export_text()


def test_a_draft_that_differs_from_what_was_expected_is_shown_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "Story", ToldStory)
    status, printed = told(tmp_path, {"district": "呼兰区", "handoff": None})
    assert status == 1
    assert "呼兰区" in printed
    assert "district" in printed
    status, _ = told(tmp_path, {"district": "道里区", "handoff": None})
    assert status == 0


def test_a_wrong_call_of_the_demo_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    broken = tmp_path / "expect.json"
    broken.write_text('{"colour": "red"}')
    words = ["--once", "--expect", str(broken), "--report", str(tmp_path / "report.json")]
    monkeypatch.setattr(sys, "argv", ["scripts/demo", *words])
    assert demo.main() == 2
    said = capsys.readouterr().err
    assert "colour" in said
    assert "district" in said


def test_an_expectation_that_nothing_is_filled_holds_for_an_empty_draft() -> None:
    wanted = json.loads('{"district": null, "address": null, "category": null, "handoff": null}')
    assert all(line.agrees for line in expect.compare({**wanted, "urgent": False}, []))
