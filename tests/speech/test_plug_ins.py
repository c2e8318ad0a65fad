"""Engines from elsewhere: found by their entry point, run in a worker, and nothing is installed for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import build
from speech.engines import GROUP, EngineOptions, certain, installed, load
from speech.errors import UnknownEngine
from tests.speech import conformance
from tests.speech.fakes import PROMPTS
from tests.speech.test_engine_conformance import SENTENCE

PARROT = '''
from tests.speech.test_engine_conformance import Plain


class Parrot(Plain):
    """Needs a model folder with one file of its own kind."""

    name = "parrot"

    def __init__(self, options):
        if not (options.model / "parrot.bin").is_file():
            raise RuntimeError("no parrot lives here")
'''


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip would leave it, on the path of this process and of its workers."""
    site = tmp_path / "site"
    offered(site, "parrot", "parrot_engine:Parrot")
    (site / "parrot_engine.py").write_text(PARROT)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))
    model = tmp_path / "model"
    model.mkdir()
    (model / "parrot.bin").touch()
    return model


def offered(site: Path, name: str, value: str, package: str = "parrot") -> None:
    info = site / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {value}\n")


def test_an_engine_of_another_package_is_found_and_keeps_the_rules(plugged: Path) -> None:
    assert {"parrot", "vosk", "whisper"} <= set(installed())
    engine = load("parrot", EngineOptions(plugged))
    assert engine.name == "parrot"
    assert engine.recogniser(certain("zh")).finish() == []
    conformance.check(engine, SENTENCE)


def test_it_transcribes_in_a_worker_of_its_own(plugged: Path) -> None:
    sound = PROMPTS / "zh" / "please-hold.wav"
    words = [
        "transcribe",
        str(sound),
        "--engine",
        "parrot",
        "--model",
        str(plugged),
        "--language",
        "zh",
        "--json",
    ]
    result = CliRunner().invoke(build(["transcribe", "config"]), words)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["engine"] == "parrot"
    assert set(document["segments"][0]["text"]) == {"好"}


def test_its_own_words_say_why_it_does_not_start(plugged: Path, tmp_path: Path) -> None:
    sound = PROMPTS / "zh" / "please-hold.wav"
    words = ["transcribe", str(sound), "--engine", "parrot", "--model", str(tmp_path)]
    result = CliRunner().invoke(build(["transcribe", "config"]), words)
    assert result.exit_code == 1
    assert "no parrot lives here" in result.stderr
    assert "remedy" in result.stderr


def test_two_packages_with_one_name_are_not_chosen_between(
    plugged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(tmp_path / "more", "parrot", "another:Parrot", "other-parrot")
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    with pytest.raises(UnknownEngine, match="2 packages") as caught:
        load("parrot", EngineOptions(plugged))
    assert "uninstall" in caught.value.remedy
