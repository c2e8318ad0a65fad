"""What the product ships and a command made is what the manifest says, and packages leave the lab out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from lab import artefacts
from lab.paths import CHECKOUT


def test_every_shipped_binary_has_its_command_and_its_sum() -> None:
    """Whoever makes one again runs `python -m lab.artefacts --write`."""
    assert artefacts.faults() == []
    assert {one.command for one in artefacts.artefacts()} >= {"scripts/render-prompts"}


def test_each_prompt_is_the_one_that_was_heard() -> None:
    known = {path: sum_ for one in artefacts.artefacts() for path, sum_ in one.sums.items()}
    rendered = json.loads((CHECKOUT / "ivr/prompts/rendered.json").read_text(encoding="utf-8"))
    heard = {f"ivr/prompts/{name}.wav": row["sha256"] for name, row in rendered.items()}
    assert heard == {path: sum_ for path, sum_ in known.items() if path.endswith(".wav")}


def test_the_manifest_is_written_as_it_stands() -> None:
    assert artefacts.MANIFEST.read_text(encoding="utf-8") == artefacts.written(artefacts.artefacts())


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with the smallest of the artefacts."""
    for one in artefacts.artefacts():
        for path in one.sums:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).symlink_to(CHECKOUT / path)
    return tmp_path


def test_what_differs_is_missing_or_has_no_command_is_named(copy: Path) -> None:
    data = copy / "cases/drafting/danger/data"
    (data / "letters.npz").unlink()
    (data / "whole.npz").unlink()
    (data / "whole.npz").write_bytes(b"other")
    (data / "more.npz").write_bytes(b"")
    (copy / "speech").mkdir()
    (copy / "speech/strange.onnx").write_bytes(b"")
    assert artefacts.faults(copy) == [
        "speech/strange.onnx: no command is named for it",
        "cases/drafting/danger/data/letters.npz: missing",
        "cases/drafting/danger/data/more.npz: not in the manifest",
        "cases/drafting/danger/data/whole.npz: another SHA-256",
    ]


def test_packages_leave_the_lab_out_and_take_the_training_data() -> None:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    packages = settings["setuptools"]["packages"]["find"]["include"]
    assert not any(pattern.startswith("lab") for pattern in packages)
    assert "*.jsonl" in settings["setuptools"]["package-data"]["*"]
    forbidden = [
        one["source_modules"]
        for one in settings["importlinter"]["contracts"]
        if one.get("forbidden_modules") == ["lab"]
    ]
    assert {pattern.rstrip("*") for pattern in packages} == set(forbidden[0])


def test_the_lab_needs_nothing_of_the_tests() -> None:
    needed = re.compile(r"^\s*(?:from|import) tests\b", re.MULTILINE)
    files = (CHECKOUT / "lab").rglob("*.py")
    assert [path for path in files if needed.search(path.read_text(encoding="utf-8"))] == []
