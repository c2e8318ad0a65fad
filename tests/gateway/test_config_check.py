"""`songhua config check` finds every mistake of a list, at once, with key, file, line and remedy."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import first_settings
from gateway.cli import build
from gateway.settings_check.check import examine
from gateway.settings_check.dial_patterns import overlap
from gateway.settings_check.model import PlacedMistake
from gateway.settings_check.toml_lines import lines_of
from gateway.tls.folder import TlsFolder
from tests.gateway.config_mistakes import MadeMistake, mistakes

MISTAKES = mistakes()


@pytest.fixture(scope="module")
def good_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    first_settings.write(folder)
    file = folder / "songhua.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in (("/opt/songhua/", f"{folder}/opt/"), ("/var/", f"{folder}/var/")):
        text = text.replace(old, new)
    text = text.replace("/etc/asterisk", f"{folder}/asterisk").replace("192.0.2.10", "10.9.0.10")
    file.write_text(text.replace("[asterisk.directories]", LOG.format(folder=folder)), encoding="utf-8")
    for name in ("opt/console/dist", "opt/ivr/prompts", "opt/models/whisper-base", "asterisk", *WRITTEN):
        (folder / name).mkdir(parents=True, mode=0o770)
    (folder / "opt/console/dist/index.html").touch()
    model = folder / "opt/models/whisper-base"
    for name, said in (("config.json", "{}"), ("tokenizer.json", "{}"), ("vocabulary.json", "[]")):
        (model / name).write_text(said)
    with (model / "model.bin").open("wb") as sparse:
        sparse.truncate(11_000_000)
    for name, begins in (("ended", timedelta(days=-90)), ("future", timedelta(days=90))):
        TlsFolder(folder / name, days=30).init(["localhost"], datetime.now(UTC) + begins)
        for ending in ("pem", "key"):
            shutil.copyfile(folder / name / f"web.{ending}", folder / f"{name}.{ending}")
    return folder


LOG = '[asterisk.directories]\nlog = "{folder}/var/log/asterisk"'
WRITTEN = (
    "var/lib/songhua/photos", "var/spool/songhua/recordings", "var/spool/songhua/ivr",
    "var/log/asterisk/cel-custom",
)  # fmt: skip


@pytest.fixture
def good(good_once: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    shutil.copytree(good_once, folder)
    file = folder / "songhua.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(str(good_once), str(folder)), encoding="utf-8")
    return folder


def found(file: Path) -> list[PlacedMistake]:
    return list(examine(file, {}).mistakes)


def test_good_settings_have_no_mistake(good: Path) -> None:
    assert [str(one) for one in found(good / "songhua.toml")] == []


@pytest.mark.parametrize("made", MISTAKES, ids=[one.name for one in MISTAKES])
def test_a_mistake_is_named_with_key_line_and_remedy(made: MadeMistake, good: Path) -> None:
    file = made.make(good)
    all_ = found(file)
    told = [f"{one} | {one.remedy} | {one.weight}" for one in all_]
    mine = [one for one in all_ if one.key == made.key]
    assert mine, told
    assert any(made.remedy in one.remedy for one in mine), told
    assert {one.weight for one in mine} == {made.weight}, told
    assert all(one.file == str(file) for one in mine)
    if made.key:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert mine[0].line is not None
        assert 0 < mine[0].line <= len(lines)
    others = [str(one) for one in all_ if one.key not in {made.key, *made.also} and one.weight == "fault"]
    assert others == [], told
