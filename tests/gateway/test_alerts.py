"""Alerts ask for figures that there are and say what to do; the runbooks of both languages explain each."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.commands import commands_of, misused
from tests.gateway import promql
from tests.peers.checkout import CHECKOUT

RULES = sorted((CHECKOUT / "deploy" / "prometheus").glob("*.yml"))
RUNBOOKS = CHECKOUT / "docs" / "runbooks"
HOME = "file:/opt/songhua/"
ROWS = {
    "": ("it means", "callers notice", "first", "over when"),
    ".zh": ("含义", "来电人有何感觉", "先做", "何时恢复"),
}


@cache
def alerts() -> list[dict[str, Any]]:
    read = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in RULES]
    return [rule for one in read for group in one.get("groups", ()) for rule in group["rules"]]


def sections(page: Path) -> dict[str, str]:
    text = page.read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def names() -> list[str]:
    return [one["alert"] for one in alerts()]


def test_there_is_an_alert_for_each_early_warning() -> None:
    assert len(names()) == len(set(names()))
    for subject in (
        "RecordingsDiskFull", "DatabaseDiskNearlyFull", "ClockJumped", "CertificateEnds", "QueueGrows",
        "CallLinesLate", "RecordingsMissing", "RecordingsPlain", "StandbyMissing", "StandbyBehind",
        "BackupOld", "PartDegraded",
    ):  # fmt: skip
        assert f"Songhua{subject}" in names()


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_figures_that_there_are_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert list(promql.faults(rule["expr"])) == []
    told = rule["annotations"]
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert told["summary"]
    assert told["remedy"]
    page, _, section = told["runbook_url"].removeprefix(HOME).partition("#")
    assert section == rule["alert"].lower()
    assert rule["alert"] in sections(CHECKOUT / page)
    for name in re.findall(r"\$labels\.(\w+)", told["summary"]):
        asked = {promql.series()[one] for one in re.findall(r"songhua_\w+", rule["expr"])}
        assert name in promql.SCRAPED or any(name in one.labels for one in asked), name


def test_a_fault_in_an_expression_is_found() -> None:
    for wrong, told in (
        ("songhua_no_such > 0", "no such figure"),
        ("songhua_task_failures_total > 0", "needs rate"),
        ("increase(songhua_trunk_up[5m]) > 0", "has no rate"),
        ('songhua_trunk_up{carrier="a"} == 0', "has no label carrier"),
        ("sum by (colour) (songhua_trunk_up)", "label colour"),
        ("vector(1)", "no figure of ours"),
    ):
        assert told in "; ".join(promql.faults(wrong))


@pytest.mark.parametrize("end", ROWS)
def test_every_section_of_a_runbook_is_of_an_alert_and_answers_four_questions(end: str) -> None:
    pages = [page for page in RUNBOOKS.glob("*.md") if page.stem.endswith(".zh") == bool(end)]
    found = {name: text for page in pages for name, text in sections(page).items()}
    assert sorted(found) == sorted(names())
    for name, text in found.items():
        rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
        assert [row[0] for row in rows if row[0].strip("- ")] == list(ROWS[end]), name


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.name)
def test_the_commands_of_a_runbook_can_be_given(page: Path) -> None:
    commands = commands_of(page)
    assert commands
    assert [why for one in commands if (why := misused(one))] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("file", RULES, ids=lambda file: file.name)
def test_promtool_finds_nothing_to_say(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / file.name
    text = file.read_text(encoding="utf-8").replace("/opt/songhua", str(CHECKOUT))
    copy.write_text(text, encoding="utf-8")
    what = "config" if "scrape_configs" in text else "rules"
    done = subprocess.run(["promtool", "check", what, str(copy)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
