"""Recordings with their texts, and one engine over them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import Invalid
from gateway.cli import build
from speech.comparison import compare as comparison
from speech.comparison.compare import compare
from speech.comparison.pairs import pairs_in
from speech.recorded.transcription import TranscriptionOptions
from speech.workers.process import WorkerCommand
from tests.speech.fakes import OBEDIENT, PROMPTS
from tests.speech.workers import Threads


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    for name, said in {"one": "  0.50 请您稍等\n  9.66 一下", "two": "正在为您转接"}.items():
        shutil.copy(PROMPTS / "zh" / "please-hold.wav", folder / f"{name}.wav")
        (folder / f"{name}.txt").write_text(said, encoding="utf-8")
    (folder / "broken.wav").write_bytes(b"no sound")
    (folder / "broken.txt").write_text("hello")
    (folder / "alone.wav").write_bytes(b"without a text it is left out")
    return folder


def test_each_sound_has_its_text_and_the_language_of_it(recordings: Path) -> None:
    found = {pair.sound.stem: (pair.said, pair.language) for pair in pairs_in(recordings)}
    assert found == {
        "one": ("请您稍等\n一下", "zh"),
        "two": ("正在为您转接", "zh"),
        "broken": ("hello", "en"),
    }


def test_a_folder_without_pairs_says_what_belongs_into_it(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(Invalid) as caught:
            pairs_in(folder)
        assert "NAME.txt" in caught.value.remedy
    (tmp_path / "a.wav").touch()
    (tmp_path / "a.txt").write_bytes("井".encode("gb18030"))
    with pytest.raises(Invalid, match="UTF-8"):
        pairs_in(tmp_path)


async def test_an_engine_is_measured_over_all_files_and_a_broken_one_is_named(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The obedient engine says what it is told, and how many bytes it heard: five digits."""
    command = WorkerCommand(OBEDIENT, Path("none"))
    hearing = TranscriptionOptions(hints={"zh": ("say 请您稍等一下",)})
    monkeypatch.setattr(comparison, "PACED", 1)
    result = await compare(command, pairs_in(recordings), hearing, spawn=Threads().spawn)
    assert {one.file: one.score.errors for one in result.files} == {"one.wav": 5, "two.wav": 11}
    assert [one.file for one in result.missed] == ["broken.wav"]
    found = result.score("zh")
    assert (found.errors, found.said) == (16, 12)
    assert result.audio_s > 1
    assert result.first_partial_s is not None
    assert result.first_partial_s < 1


def test_the_command_prints_what_each_recogniser_is_worth(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "PACED", 1)
    words = ["bench", str(recordings), "--engine", OBEDIENT, "--model", str(recordings), "--json"]
    result = CliRunner().invoke(build(["speech", "config"]), ["speech", *words])
    assert result.exit_code == 1, "a file could not be read"
    (one,) = json.loads(result.stdout)["results"]
    assert one["missed"][0]["file"] == "broken.wav"
    assert one["characters_zh"] == 12
    assert one["cer_zh"] > 0.5
