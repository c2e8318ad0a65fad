"""Settings at their old place still work, and are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import build
from gateway.moved_settings import MOVED, outdated, relocated
from gateway.settings import Settings

OLD = """
[radio]
photos = "/srv/photos"
voice_hang_s = 0.7
[radio.escalation]
calls = 3
[field]
texts_kept_days = 9
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "songhua.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def test_a_file_of_an_earlier_version_means_the_same(tmp_path: Path) -> None:
    settings = Settings.load(write(tmp_path, OLD))
    assert settings.field.photos == Path("/srv/photos")
    assert settings.field.escalation.calls == 3
    assert settings.field.texts_kept_days == 9
    assert settings.radio.voice_hang_s == 0.7


def test_an_environment_of_an_earlier_version_means_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGHUA__RADIO__EMERGENCY_ANSWER_S", "33")
    assert Settings.load(write(tmp_path, OLD)).field.emergency_answer_s == 33


def test_of_two_values_the_one_at_the_new_place_counts() -> None:
    found = relocated({"radio": {"retry_s": 1, "floor": {}}, "field": {"retry_s": 2}})
    assert found == {"radio": {"floor": {}}, "field": {"retry_s": 2}}


def test_every_moved_key_exists_at_its_new_place_alone() -> None:
    for section, keys in MOVED.items():
        old = type(getattr(Settings(), section)).model_fields
        for key, new in keys.items():
            assert key in type(getattr(Settings(), new)).model_fields, key
            assert key not in old, key


@pytest.mark.parametrize(
    "data", [{}, {"radio": 7}, {"radio": {}, "field": 3}, {"radio": {"photos": 1}, "field": 3}]
)
def test_what_is_no_table_is_left_to_the_check_of_the_settings(data: dict[str, object]) -> None:
    relocated(data)
    outdated(data)


def test_the_command_names_the_new_place(tmp_path: Path) -> None:
    file = write(tmp_path, OLD)
    told = CliRunner().invoke(build(("config",)), ["config", "check", "--config", str(file), "--json"])
    assert json.loads(told.stdout)["moved"] == [
        "radio.escalation is field.escalation now: move it to [field]",
        "radio.photos is field.photos now: move it to [field]",
    ]
    plain = CliRunner().invoke(build(("config",)), ["config", "check", "--config", str(file)])
    assert "radio.photos is field.photos now" in plain.stdout
