"""A model folder is named for what it is, or for what it lacks; settings refuse what makes no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from speech.engines import EngineOptions, load
from speech.errors import ModelMissing, ModelUnfit, UnknownEngine
from speech.models import check_for_engine, check_model
from speech.settings import SpeechSettings


def vosk(folder: Path, *, graph: tuple[str, ...] = ("HCLr.fst", "Gr.fst")) -> Path:
    for name in ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf", *(f"graph/{one}" for one in graph)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def whisper(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
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


@pytest.mark.parametrize("graph", [("HCLG.fst",), ("HCLr.fst", "Gr.fst")])
def test_a_vosk_model_has_either_kind_of_graph(tmp_path: Path, graph: tuple[str, ...]) -> None:
    assert check_model(vosk(tmp_path, graph=graph)).kind == "vosk"
    (tmp_path / "graph" / graph[0]).unlink()
    with pytest.raises(ModelMissing, match="graph"):
        check_model(tmp_path)


def test_a_model_for_another_engine_is_refused_and_a_plug_ins_model_is_its_own_affair(tmp_path: Path) -> None:
    check_for_engine("vosk", vosk(tmp_path / "v"))
    with pytest.raises(ModelUnfit) as caught:
        check_for_engine("whisper", tmp_path / "v")
    assert 'speech.engine to "vosk"' in caught.value.remedy
    check_for_engine("of-somebody-else", tmp_path / "v")


def test_a_bare_name_is_a_model_that_was_added_and_a_path_is_a_path(tmp_path: Path) -> None:
    made = SpeechSettings(models=tmp_path, model=Path("vosk-model-small-cn"))
    assert made.model_folder == tmp_path / "vosk-model-small-cn"
    assert SpeechSettings(model=Path("a/b"), models=tmp_path).model_folder == Path("a/b")
    assert SpeechSettings(model=tmp_path, models=Path("x")).model_folder == tmp_path


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
