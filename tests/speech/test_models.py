"""A model folder is named for what it is, or for what it lacks; settings refuse what makes no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from speech.engines import EngineOptions, load
from speech.errors import ModelMissing, UnknownEngine
from speech.models import check_model
from speech.settings import SpeechSettings


def whisper(folder: Path) -> Path:
    (folder / "model.bin").write_bytes(bytes(10_000_001))
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "vocabulary.txt").touch()
    return folder


def test_a_whole_whisper_model_is_known(tmp_path: Path) -> None:
    assert check_model(whisper(tmp_path)).kind == "whisper"


@pytest.mark.parametrize("absent", ["model.bin", "config.json", "tokenizer.json", "vocabulary.txt"])
def test_a_missing_file_is_named(tmp_path: Path, absent: str) -> None:
    (whisper(tmp_path) / absent).unlink()
    with pytest.raises(ModelMissing, match=absent.split(".", maxsplit=1)[0]):
        check_model(tmp_path)


def test_a_pointer_instead_of_a_model_is_found_out(tmp_path: Path) -> None:
    (whisper(tmp_path) / "model.bin").write_text("version https://git-lfs")
    with pytest.raises(ModelMissing, match="too small"):
        check_model(tmp_path)


def test_half_a_vosk_model_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    with pytest.raises(ModelMissing, match=r"final\.mdl"):
        check_model(tmp_path)


def test_an_unknown_engine_names_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownEngine) as unknown:
        load("telepathy", EngineOptions(tmp_path))
    assert unknown.value.remedy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(sorted(SpeechSettings.model_fields)) | st.text(max_size=8), JSON))
def test_any_settings_are_valid_or_a_validation_error(values: dict[str, object]) -> None:
    try:
        made = SpeechSettings.model_validate_json(json.dumps(values))
    except (ValidationError, ValueError):
        return
    assert made.max_streams >= 1
    assert made.backlog >= 1
