"""Who tries the demo has an account for each role, and a telephone that nobody of the story uses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.actor import Role
from tests.demo import call
from tests.demo.accounts import RunningDemo
from tests.demo.stage import CAST
from tests.demo.visitors import VISITORS


def test_there_is_an_account_for_each_role_of_the_desk() -> None:
    assert {one.roles[0] for one in VISITORS} == {role.value for role in Role} - {"unit"}


def test_the_storys_people_have_neither_the_accounts_nor_the_telephones_of_users() -> None:
    assert not {one.id for one in CAST} & {one.id for one in VISITORS}
    phones = Counter(one.endpoint for one in (*CAST, *VISITORS) if one.endpoint)
    assert set(phones.values()) == {1}
    assert {one.roles[0] for one in VISITORS if one.endpoint} >= {"agent", "supervisor"}


def test_a_call_says_that_no_demo_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(RunningDemo, "load", lambda: None)
    assert call.main([]) == call.NO_DEMO
    assert "none is up" in capsys.readouterr().err


def test_a_demo_whose_folder_is_gone_is_not_up(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    file.write_text('{"address": "", "sip_port": 1, "authority": "", "folder": "/no/such/folder"}')
    assert RunningDemo.load(file) is None
    file.write_text(f'{{"address": "", "sip_port": 1, "authority": "", "folder": "{tmp_path}"}}')
    assert RunningDemo.load(file) is not None


def test_a_sound_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = RunningDemo("http://127.0.0.1:1", 1, "", str(tmp_path))
    monkeypatch.setattr(RunningDemo, "load", lambda: demo)
    assert call.main(["--sound", str(tmp_path / "none.wav")]) == call.NO_DEMO
    assert "is not a file" in capsys.readouterr().err


def test_recorded_reports_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert call.main(["--list"]) == 0
    assert "danger_zh" in capsys.readouterr().out
