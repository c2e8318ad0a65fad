"""What a crew reads on the command line, and what a program reads there."""

from __future__ import annotations

import json

import pytest

from core.ids import uuid7
from field.contract.mobile.messages import JobBody
from gateway.unit_cli.jobs import TerminalJob
from gateway.unit_cli.screen import Screen

BODY = JobBody(
    dispatch_id=uuid7(),
    case_number="N-1",
    category="暴露垃圾",
    place="中央大街89号",
    description="两天了",
    urgent=True,
)
JOB = TerminalJob(BODY, step="accepted")


def test_a_job_is_read_with_its_place_and_what_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    Screen("en", as_json=False).job(3, JOB)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "#3 !URGENT! N-1 暴露垃圾 — accepted"
    assert rest == ["    中央大街89号", "    两天了"]


def test_a_program_reads_the_same_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    Screen("zh", as_json=True).job(3, JOB)
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["step"], said["place"], said["description"], said["urgent"]) == (
        "job", "accepted", "中央大街89号", "两天了", True,
    )  # fmt: skip


def test_a_place_to_be_looked_at_is_told_from_a_job(capsys: pytest.CaptureFixture[str]) -> None:
    body = BODY.model_copy(update={"kind": "verification"})
    Screen("zh", as_json=True).job(3, TerminalJob(body, step="accepted"))
    assert json.loads(capsys.readouterr().out)["kind"] == "verification"
