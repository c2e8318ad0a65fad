"""A model is compared with a hash that is not kept beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from speech.errors import ModelUnfit
from speech.models import record
from speech.models.known import compare, expected, known_models
from speech.models.store import ModelStore
from speech.settings import SpeechSettings
from tests.scripts.setup_parts import part_of_setup
from tests.speech.models.test_folder import vosk
from tests.speech.models.test_store import a_tone, a_zip
from tests.speech.workers import Threads


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", spawn=Threads().spawn)


async def test_a_model_and_its_record_that_were_changed_together_are_found(
    store: ModelStore, tmp_path: Path
) -> None:
    made = await store.add(a_zip(tmp_path), sample=a_tone, licence="MIT")
    folder = tmp_path / "models" / made.name
    (folder / "am" / "final.mdl").write_text("another")
    record.write(folder, made.model_copy(update={"sha256": record.hash_of(folder)}))
    await store.check(folder, a_tone)  # its own record agrees
    with pytest.raises(ModelUnfit, match="not the one that is expected"):
        await store.check(folder, a_tone, pinned=made.sha256)
    with pytest.raises(ModelUnfit):
        compare(folder, made.sha256)


async def test_what_is_not_what_its_publisher_names_is_not_taken(store: ModelStore, tmp_path: Path) -> None:
    source = a_zip(tmp_path)
    right = hashlib.sha256(source.read_bytes()).hexdigest()
    for wrong in ("0" * 64, right.upper(), "x", right[:-1]):
        with pytest.raises(ModelUnfit):
            await store.add(source, sample=a_tone, licence="MIT", sha256=wrong)
    assert store.list() == []
    assert (await store.add(source, sample=a_tone, licence="MIT", sha256=right)).name


async def test_a_folder_is_compared_as_a_whole(store: ModelStore, tmp_path: Path) -> None:
    source = vosk(tmp_path / "m")
    right = record.hash_of(source)
    (source / "README").write_text("more")
    with pytest.raises(ModelUnfit):
        await store.add(source, sample=a_tone, licence="MIT", sha256=right)
    with pytest.raises(ModelUnfit, match="there is no"):
        await store.add(tmp_path / "absent.zip", sample=a_tone, licence="MIT", sha256=right)


def test_the_settings_say_more_than_the_program() -> None:
    whisper = next(one for one in known_models() if one.name == "whisper-base")
    assert expected(Path("/opt/whisper-base")) == whisper.sha256
    assert expected(Path("/opt/whisper-base"), "a" * 64) == "a" * 64
    assert expected(Path("/opt/mine")) == ""
    assert SpeechSettings(model_sha256=whisper.sha256).model_sha256


def test_setup_brings_the_parts_that_are_known() -> None:
    brought = part_of_setup("models")
    pinned = {wheel.name: (wheel.version, wheel.sha256) for wheel in (*brought["WHISPER"], brought["VOSK"])}
    assert pinned == {part.name: (part.version, part.sha256) for one in known_models() for part in one.parts}


def test_no_hash_is_of_another_form() -> None:
    for one in known_models():
        assert len(one.sha256) == len(bytes.fromhex(one.sha256)) * 2 == 64
        assert one.source
