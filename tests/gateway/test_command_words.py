"""Words that every command has: the version, `-h`, and one word for the language."""

from __future__ import annotations

import json
from importlib import metadata

import pytest
from typer.testing import CliRunner

from gateway.cli import build


def shell(*words: str) -> str:
    told = CliRunner().invoke(build(["mode"]), list(words))
    assert told.exit_code == 0, told.output
    return told.output


def test_the_version_is_that_of_the_package() -> None:
    assert shell("--version") == f"songhua {metadata.version('songhua')}\n"
    assert json.loads(shell("--version", "--json"))["version"] == metadata.version("songhua")


@pytest.mark.parametrize("words", [(), ("mode",), ("mode", "show")])
def test_h_is_help_everywhere(words: tuple[str, ...]) -> None:
    assert shell(*words, "-h") == shell(*words, "--help")


def test_the_earlier_word_for_the_language_still_works() -> None:
    """`--lang` is read and not shown; a wrong word of it is refused under the new name."""
    told = CliRunner().invoke(build(["nuisance"]), ["nuisance", "list", "--lang", "xx"])
    assert told.exit_code == 2
    assert "--language" in told.output
    assert "--lang " not in CliRunner().invoke(build(["nuisance"]), ["nuisance", "list", "--help"]).output
