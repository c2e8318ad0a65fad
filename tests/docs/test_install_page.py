"""The page of the installation: few commands, each of which the programs know, the same in both languages."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from gateway.cli import build
from gateway.installation.answers import KEYS, InstallationAnswers, understood
from tests.docs.pages import words
from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "install.md"
CHINESE: Final = CHECKOUT / "docs" / "guides" / "install.zh.md"
MOST_COMMANDS: Final = 10
_INSTALL: Final = re.compile(r"<!-- install: begin -->\n```sh\n(.*?)```\n<!-- install: end -->", re.DOTALL)
_SHELL: Final = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_QUOTED: Final = re.compile(r"`(songhua [a-z][^`]*)`")


def commands_of(page: Path) -> list[str]:
    """The installation's commands, in their order."""
    [block] = _INSTALL.findall(page.read_text(encoding="utf-8"))
    return [line for line in block.splitlines() if line.strip()]


def shown_on(page: Path) -> list[str]:
    """Every command of ours that the page shows, also in its sentences."""
    text = page.read_text(encoding="utf-8")
    lines = [line.partition("#")[0].strip() for block in _SHELL.findall(text) for line in block.splitlines()]
    prose = _SHELL.sub("", text).replace("\n", " ")
    return sorted({*(line for line in lines if line.startswith("songhua ")), *_QUOTED.findall(prose)})


def parsed(line: str) -> int:
    """The exit code of the parser alone: 2 for a command or an option that there is not."""
    _program, subject, *more = shlex.split(line)
    return CliRunner().invoke(build([subject]), [subject, *more, "--help"]).exit_code


def test_a_bare_machine_takes_its_first_call_after_few_commands() -> None:
    commands = commands_of(PAGE)
    assert 0 < len(commands) <= MOST_COMMANDS
    assert "songhua init" in commands
    assert words(PAGE) < 1500


def test_both_languages_have_the_same_commands() -> None:
    assert [line.replace(" --language zh", "") for line in commands_of(CHINESE)] == commands_of(PAGE)


@pytest.mark.parametrize("line", commands_of(PAGE))
def test_each_command_is_one_that_a_shell_understands(line: str) -> None:
    done = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert shlex.split(line)[0] in {"apt-get", "songhua"}


@pytest.mark.parametrize("line", sorted({*shown_on(PAGE), *shown_on(CHINESE)}))
def test_each_command_of_ours_is_one_that_there_is(line: str) -> None:
    assert parsed(line) == 0


def test_the_page_has_each_question_and_its_default() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| .*? \| (.*?) \|$", text, re.MULTILINE)
    keys = [key for named, _ in rows for key in re.findall(r"`(\w+)`", named)]
    assert keys == list(KEYS)
    told = {
        key: value
        for named, default in rows
        for key, value in zip(re.findall(r"`(\w+)`", named), re.findall(r"`(\S+?)`", default), strict=False)
    }
    assert understood(told).model_dump(include=set(told)) == InstallationAnswers().model_dump(
        include=set(told)
    )
    assert set(told) >= {"city", "database", "phone", "administrator", "agent"}


@pytest.mark.parametrize("line", ["songhua init --chek", "songhua config initt"])
def test_a_wrong_command_would_be_found(line: str) -> None:
    assert parsed(line) == 2
