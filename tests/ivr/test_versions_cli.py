"""`songhua ivr` changes flows and prompts by the database alone; the service takes them up by looking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.commands.ivr import app
from gateway.tables import metadata
from tests.ivr.test_upload import needs_ffmpeg, tone
from tests.ivr.test_versions import yaml
from tests.storage import empty_sqlite


class Shell:
    """The command line with a settings file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        empty_sqlite(folder / "ledger.db")
        # Acts are audited: the tables of all rooms have to be there, not those alone that this file loads.
        assert "identity_audit" in metadata.tables
        (folder / "songhua.toml").write_text(
            f'[storage]\nurl = "sqlite+aiosqlite:///{folder / "ledger.db"}"\n', encoding="utf-8"
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--config", str(self.folder / "songhua.toml")])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_flow_from_upload_to_the_way_back(shell: Shell) -> None:
    file = shell.folder / "summer.yaml"
    file.write_bytes(yaml("greeting, please-hold"))
    made = json.loads(shell("upload-flow", "default", str(file), "-m", "summer", "--json"))
    assert made["version"]["number"] == 1
    assert made["active"] is None
    assert "version 1 is in force (before: 0)" in shell("activate", "default", "1", "--expected", "0")
    assert "please-hold" in shell("show", "default")
    assert "please-hold" in shell("graph", "default")
    assert "not 0" in shell("rollback", "default", "--expected", "0", code=1)
    assert "version 0 is in force" in shell("rollback", "default")
    (row,) = json.loads(shell("versions", "default", "--json"))["versions"]
    assert (row["comment"], row["by"][:4]) == ("summer", "cli:")
    assert any(
        (flow["name"], flow["active"], flow["versions"]) == ("default", 0, 1)
        for flow in json.loads(shell("flows", "--json"))["flows"]
    )


def test_a_flow_with_errors_is_refused_by_line(shell: Shell) -> None:
    file = shell.folder / "bad.yaml"
    file.write_bytes(yaml("no-such-prompt"))
    told = shell("upload-flow", "default", str(file), code=1).replace("\n", "")
    assert "bad.yaml:6: error" in told
    assert "remedy" in told


@needs_ffmpeg
def test_a_prompt_is_converted_and_put_into_force(shell: Shell) -> None:
    file = shell.folder / "new.wav"
    file.write_bytes(tone(1.0, 0.02))
    told = shell("upload-prompt", "zh/greeting", str(file), "--activate")
    assert "version 1 is in force" in told
    assert "version 1 of 1  default" in shell("prompts")
    assert "render-prompts" in shell("upload-prompt", "zh/greeting", "--text", "您好", code=1)
    assert "its language" in shell("upload-prompt", "greeting", str(file), code=1)
    shell("upload-prompt", "zh/greeting", code=2)


def test_a_file_is_drawn_without_any_database(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_bytes(yaml())
    done = CliRunner().invoke(app, ["graph", str(file), "--format", "mermaid"])
    assert done.output.startswith("flowchart TD")


def test_without_the_database_the_built_in_flows_are_seen(tmp_path: Path) -> None:
    settings = tmp_path / "songhua.toml"
    settings.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{tmp_path}/no/such/ledger.db"\n')
    done = CliRunner().invoke(app, ["graph", "default", "--config", str(settings)])
    assert done.exit_code == 0, done.output
    assert "greeting" in done.output
