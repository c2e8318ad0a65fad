"""`songhua cases deadline`: the moment, the reasons, and what it cannot do with a remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.commands.cases import app


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    settings = tmp_path / "songhua.toml"
    settings.write_text("", encoding="utf-8")
    return ["--config", str(settings)]


def test_it_says_when_and_why(config: list[str]) -> None:
    argv = ["deadline", "gbt30428.2/P0101", "--condition", "2", "--at", "2026-09-30T17:00", "--json", *config]
    done = CliRunner().invoke(app, argv)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["limit"], found["due"], found["provisional"]) == (
        "4工作时",
        "2026-10-08T11:00:00+08:00",
        False,
    )
    assert [one["why"] for one in found["stretches"]][:3] == ["working_time", "out_of_hours", "holiday"]
    assert "国庆节" in CliRunner().invoke(app, [*argv[:-3], *config]).output


def test_a_pause_moves_it_and_one_without_an_end_leaves_it_open(config: list[str]) -> None:
    argv = ["deadline", "E0110", "--at", "2026-11-30T08:00", "--json", *config]
    paused = CliRunner().invoke(app, [*argv, "--pause", "2026-11-30T09:00/2026-11-30T10:00"])
    assert json.loads(paused.output)["due"] == "2026-11-30T15:00:00+08:00"
    still = CliRunner().invoke(app, [*argv, "--pause", "2026-11-30T09:00/"])
    assert json.loads(still.output)["due"] is None


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["P0101"], "say --condition N"),
        (["P0101", "--condition", "9"], "4 conditions"),
        (["X"], "no class"),
        (["P0402"], "no time limit"),
        (["E0110", "--pause", "yesterday"], "FROM/TO"),
        (["E0110", "--at", "soon"], "2026-11-30T17:00"),
        (["E0110", "--area", "D"], "A, B or C"),
    ],
)
def test_what_it_cannot_do_has_a_remedy(config: list[str], argv: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["deadline", "--at", "2026-11-30T08:00", *argv, *config])
    assert done.exit_code in (1, 2)
    assert said in done.output


def test_a_citys_calendar_and_areas_count(config: list[str], tmp_path: Path) -> None:
    own = tmp_path / "calendar.yaml"
    own.write_text('hours: [{from: "09:00", to: "17:00"}]\n', encoding="utf-8")
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[cases]\nown_calendar = "{own}"\n')
    argv = ["deadline", "E0110", "--at", "2026-11-30T08:00", "--json", *config]
    assert json.loads(CliRunner().invoke(app, argv).output)["due"] == "2026-11-30T13:00:00+08:00"
    own.write_text('hours: [{from: "09:00", to: "08:00"}]\n', encoding="utf-8")
    broken = CliRunner().invoke(app, argv)
    assert broken.exit_code == 1
    assert "calendar.yaml" in broken.output
