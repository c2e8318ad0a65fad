"""`songhua quality` on a database: forms from a file, and what was scored by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.storage import StorageSettings
from gateway import database
from gateway.cli import build

FORM = """
name: 通话质量
sections:
  - title: 开头
    questions:
      - {question_id: greeting, text: 使用规范问候语}
      - {question_id: danger, text: 险情立即移交, fatal: true, weight: 3}
"""


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    url = f"sqlite+aiosqlite:///{tmp_path / 'songhua.db'}"
    await database.upgrade(StorageSettings(url=url))
    file = tmp_path / "songhua.toml"
    file.write_text(f'[storage]\nurl = "{url}"\n', encoding="utf-8")
    return file


def ask(config: Path, *words: str) -> Result:
    return CliRunner().invoke(build(["quality"]), ["quality", *words, "--config", str(config)])


def told(config: Path, *words: str) -> Any:
    ran = ask(config, *words, "--json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_a_form_is_taken_from_a_file_and_changed_by_a_version(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    file.write_text(FORM, encoding="utf-8")
    made = told(config, "import", str(file))
    assert (made["number"], made["content"]["sections"][0]["questions"][1]["fatal"]) == (1, True)
    file.write_text(FORM.replace("通话质量", "通话质量（二版）"), encoding="utf-8")
    assert told(config, "import", str(file), "--form", made["form_id"])["number"] == 2
    shown = told(config, "forms")["forms"]
    assert [(one["content"]["name"], one["number"]) for one in shown] == [("通话质量（二版）", 2)]
    assert "通话质量" in ask(config, "forms").stdout
    assert told(config, "scores") == {"cards": [], "next": None}
    assert told(config, "calibrations") == {"calibrations": []}


@pytest.mark.parametrize("text", ["name: x", "[", "name: x\nsections: [{title: a, questions: []}]"])
def test_a_file_that_is_no_form_says_where(config: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "form.yaml"
    file.write_text(text, encoding="utf-8")
    ran = ask(config, "import", str(file))
    assert (ran.exit_code, "form.yaml" in ran.output.replace("\n", "")) == (1, True)
