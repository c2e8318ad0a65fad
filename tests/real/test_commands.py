"""The command line: people in bulk, exit codes, JSON, and errors that name cause and remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import COMMANDS, build
from tests.peers.checkout import CHECKOUT

pytestmark = pytest.mark.real


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "songhua.toml"
    file.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{tmp_path / "ledger.db"}"\n', encoding="utf-8")
    return file


def songhua(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *map(str, words)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_people_come_from_a_table_once_and_a_wrong_line_is_named(config: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "id,name,roles,endpoint,language\nli.na,李娜,agent supervisor,agent-1,zh\n", encoding="utf-8"
    )
    assert songhua("db", "upgrade", "--config", config).returncode == 0
    first = songhua("user", "import", people, "--config", config, "--json")
    assert first.returncode == 0, first.stderr
    kept = Path(json.loads(first.stdout)["passwords_file"])
    assert (kept.stat().st_mode & 0o777, "li.na" in kept.read_text()) == (0o600, True)
    again = json.loads(songhua("user", "import", people, "--config", config, "--json").stdout)
    assert (again["added"], again["same"], again["passwords_file"]) == (0, 1, None)
    people.write_text("id,name,roles\nwang,王,chief\n", encoding="utf-8")
    wrong = songhua("user", "import", people, "--config", config)
    assert wrong.returncode == 1
    assert "no role chief" in wrong.stderr
    assert "1 refused" in wrong.stdout.replace("\n", " ")


def test_places_are_imported_after_a_trial_and_the_import_is_undone(config: Path, tmp_path: Path) -> None:
    assert songhua("db", "upgrade", "--config", config).returncode == 0
    places = tmp_path / "places.csv"
    places.write_text("名称,类型,精度米,来源\n锦绣花园,estate,500,survey\n", encoding="gb18030")
    tried = songhua("gazetteer", "import", places, "--dry-run", "--config", config, "--json")
    assert (json.loads(tried.stdout)["added"], json.loads(tried.stdout)["applied"]) == (1, False), (
        tried.stderr
    )
    assert songhua("gazetteer", "import", places, "--config", config).returncode == 0
    listed = json.loads(songhua("settings", "list", "--config", config, "--json").stdout)["settings"]
    assert {one["name"]: one["number"] for one in listed}["places"] == 2
    undone = json.loads(songhua("settings", "undo", "places", "--config", config, "--json").stdout)
    assert (undone["number"], undone["effect"]["touches"]["removed"]) == (3, 1)
    wrong = tmp_path / "value.json"
    wrong.write_text('{"places": [{"name_zh": "锦绣花园"}]}', encoding="utf-8")
    refused = songhua("settings", "set", "places", wrong, "--config", config)
    assert refused.returncode == 1
    assert "places.0.kind" in refused.stderr
    shown = songhua("settings", "show", "places", "--config", config)
    assert json.loads(shown.stdout) == {"places": []}


def test_a_database_that_was_never_made_says_which_command_helps(config: Path) -> None:
    shown = songhua("db", "status", "--config", config, "--json")
    assert shown.returncode == 1
    assert json.loads(shown.stdout)["ok"] is False


def test_wrong_settings_have_an_exit_code_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    file.write_text("[web]\nport = -1\n", encoding="utf-8")
    checked = songhua("config", "check", "--config", file)
    assert checked.returncode == 3
    assert "web.port" in checked.stderr


def test_the_example_comes_out_of_the_command_as_it_is() -> None:
    example = songhua("config", "example")
    assert example.returncode == 0
    assert "[asterisk]" in example.stdout


@pytest.mark.parametrize("subject", COMMANDS)
def test_every_subject_explains_itself(subject: str) -> None:
    helped = CliRunner().invoke(build([subject]), [subject, "--help"])
    assert helped.exit_code == 0
    assert "Usage" in helped.output
