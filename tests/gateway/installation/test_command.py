"""`songhua init`: what it asks, prints and returns. The machine is a test's; nothing is started."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import build
from gateway.commands import init
from gateway.installation.context import Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.places import InstallationPlaces
from gateway.installation.plan import StepName
from gateway.installation.run import all_steps
from tests.gateway.installation.machine import NotedMachine
from tests.gateway.installation.test_steps import STARTS, with_schema


class NoStart:
    """In the place of a step that starts something."""

    def __init__(self, name: StepName, *, fails: bool = False) -> None:
        self.name, self.fails, self.done = name, fails, False

    def missing(self, to: Installation) -> Sequence[str]:
        del to
        return [] if self.done else ["it does not run"]

    def do(self, to: Installation) -> Sequence[str]:
        assert to.settings
        if self.fails:
            raise InstallationStopped("asterisk.service failed", remedy="journalctl -u asterisk")
        self.done = True
        return ["started"]


class Shell:
    """The command on a machine below `root`."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        machine = NotedMachine(users=["asterisk", "mosquitto"])
        self.starts = [NoStart(name) for name in STARTS]
        patch.setattr(init, "ThisMachine", lambda: machine)
        patch.setattr(init, "InstallationPlaces", lambda: InstallationPlaces(root))
        patch.setattr(
            init, "all_steps", lambda: [*(one for one in all_steps() if one.name not in STARTS), *self.starts]
        )
        patch.setattr(os, "geteuid", lambda: 0)

    def __call__(self, *words: str, typed: str = "", code: int = 0) -> str:
        told = CliRunner().invoke(build(["init"]), ["init", *words], input=typed)
        assert told.exit_code == code, told.output
        return told.output


@pytest.fixture
def shell(root: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    # No user of ours is on the machine that runs tests: files stay whose they are.
    monkeypatch.setattr("gateway.first_settings.service_group", lambda: None)
    return Shell(with_schema(root), monkeypatch)


def test_it_asks_ten_questions_makes_everything_and_asks_nothing_again(shell: Shell) -> None:
    told = shell(typed="dalian\nhotline.example.org\n" + "\n" * 8)
    assert told.count("]: ") >= 10
    assert "[11/11] test-call:" in told
    assert "password of admin, told once: " in told
    assert "https://hotline.example.org:8080/desk/" in told
    assert 'tenant = "dalian"' in (shell.root / "etc/songhua/songhua.toml").read_text()
    again = shell()
    assert [line for line in again.splitlines() if line.startswith("[")] == [
        f"[{number}/11] {step}: nothing to do" for number, step in enumerate(StepName, 1)
    ]
    assert "password" not in again
    assert shell("--check") == "nothing is missing\n"


def test_a_check_changes_nothing_and_says_what_is_missing(shell: Shell) -> None:
    before = sorted(shell.root.rglob("*"))
    told = json.loads(shell("--check", "--json", code=1))
    assert sorted(shell.root.rglob("*")) == before
    assert told["missing"]["accounts"] == ["user songhua", "songhua in group asterisk"]
    assert any(one.endswith("songhua.toml") for one in told["missing"]["settings"])
    assert told["missing"]["keys"] == ["cannot be seen before the steps above are done"]


def test_programs_get_json_with_the_passwords_once(shell: Shell) -> None:
    told = json.loads(shell("--json", "--set", "phone=sip", "--set", "names=a.example"))
    assert told["ok"]
    assert set(told["passwords"]) == {"admin", "agent"}
    assert [one["step"] for one in told["steps"]] == list(StepName)
    assert json.loads(shell("--json"))["passwords"] == {}


def test_a_step_that_fails_names_cause_and_remedy_and_the_next_run_goes_on(shell: Shell) -> None:
    shell.starts[0].fails = True
    told = shell("--yes", code=1)
    assert "songhua: services: asterisk.service failed" in told
    assert "remedy: journalctl -u asterisk" in told
    assert "password of admin, told once: " in told, "who was made has a password all the same"
    shell.starts[0].fails = False
    assert "[9/11] people: nothing to do" in shell("--yes")


def test_an_answers_file_and_options_go_together(shell: Shell) -> None:
    file = shell.root / "mine.toml"
    file.write_text('city = "qiqihar"\nagent = "li.na"\n')
    shell("--yes", "--answers", str(file), "--set", "agent=chen.jing")
    kept = (shell.root / "etc/songhua/answers.toml").read_text()
    assert 'city = "qiqihar"' in kept
    assert 'agent = "chen.jing"' in kept


def test_wrong_answers_are_refused_before_anything_is_made(shell: Shell) -> None:
    before = sorted(shell.root.rglob("*"))
    assert "no answer" in shell("--set", "town=x", code=1)
    assert "database" in shell("--yes", "--set", "database=mysql", code=1)
    assert sorted(shell.root.rglob("*")) == before


def test_who_is_not_root_is_told_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo songhua init" in shell("--yes", code=1)
