"""Models that an operator brings: all or nothing, with hash, licence and what they cost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from speech.errors import ModelMissing, ModelUnfit
from speech.models import record
from speech.models.store import ModelStore
from speech.models.trial import Sample, tone
from speech.workers.process import Child, WorkerCommand
from tests.speech.models.test_archive import zipped
from tests.speech.models.test_folder import vosk
from tests.speech.workers import Threads

MIT = b"MIT License\n\nPermission is hereby granted, free of charge, to any person"


def a_tone(_: tuple[str, ...]) -> Sample:
    return tone("zh")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", spawn=Threads().spawn)


def a_zip(tmp_path: Path, name: str = "vosk-model-small-cn-0.22", /, **more: bytes) -> Path:
    folder = vosk(tmp_path / "made" / name)
    files = {f"{name}/{p.relative_to(folder)}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return zipped(tmp_path / f"{name}.zip", files | {f"{name}/{key}": value for key, value in more.items()})


async def test_a_model_is_added_listed_checked_and_removed(store: ModelStore, tmp_path: Path) -> None:
    def sample(_: tuple[str, ...]) -> Sample:
        return Sample(bytes(16000), "zh", "您好")

    made = await store.add(a_zip(tmp_path, LICENSE=MIT), sample=sample)
    assert (made.name, made.kind, made.languages) == ("vosk-model-small-cn-0.22", "vosk", ("zh",))
    assert (made.licence.text, made.licence.source) == ("MIT", "LICENSE")
    assert made.trial is not None
    assert (made.trial.said, made.trial.heard) == ("您好", "16000")
    (listed,) = store.list()
    assert listed.record == made
    checked = await store.check(tmp_path / "models" / made.name, sample)
    assert (checked.sha256, checked.licence) == (made.sha256, made.licence)
    store.remove(made.name)
    assert store.list() == []
    with pytest.raises(ModelMissing) as gone:
        store.remove(made.name)
    assert gone.value.remedy


async def test_a_licence_is_asked_for_when_no_file_names_one(store: ModelStore, tmp_path: Path) -> None:
    source = a_zip(tmp_path, README=b"A small model. Licence: Apache 2.0, from example.org")
    assert (await store.add(source, sample=a_tone)).licence.text == "Apache-2.0"
    bare = a_zip(tmp_path, "bare-zh", README=b"A model.")
    with pytest.raises(ModelUnfit, match="licence") as caught:
        await store.add(bare, sample=a_tone)
    assert "--licence" in caught.value.remedy
    made = await store.add(bare, sample=a_tone, licence="bought from Example Ltd")
    assert (made.licence.text, made.licence.source) == ("bought from Example Ltd", "operator")


async def test_what_cannot_be_used_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(Threads):
        async def spawn(self, command: WorkerCommand) -> Child:
            return await super().spawn(WorkerCommand(command.engine, Path("broken")))

    store = ModelStore(tmp_path / "models", spawn=Broken().spawn)
    source = a_zip(tmp_path, LICENSE=MIT)
    with pytest.raises(ModelUnfit, match="cannot be loaded"):
        await store.add(source, sample=a_tone)
    torn = zipped(tmp_path / "torn.zip", {"am/final.mdl": b"a", "README": b"MIT License"})
    with pytest.raises(ModelMissing, match=r"torn\.zip has no conf/model\.conf"):
        await store.add(torn, sample=a_tone)
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


async def test_what_a_kill_left_is_swept_and_never_listed(store: ModelStore, tmp_path: Path) -> None:
    left = tmp_path / "models" / ".adding-x"
    left.mkdir(parents=True)
    assert store.list() == []
    await store.add(a_zip(tmp_path, LICENSE=MIT), sample=a_tone)
    assert not left.exists()


async def test_a_name_is_taken_once_and_leads_nowhere_else(store: ModelStore, tmp_path: Path) -> None:
    source = a_zip(tmp_path, LICENSE=MIT)
    await store.add(source, sample=a_tone)
    with pytest.raises(ModelUnfit, match="already"):
        await store.add(source, sample=a_tone)
    await store.add(source, sample=a_tone, name="another")
    for name in ("../evil", "a/b", ".hidden", "", "x" * 65):
        with pytest.raises((ModelUnfit, ModelMissing)):
            await store.add(source, sample=a_tone, name=name or "/")
        with pytest.raises(ModelMissing):
            store.remove(name or "..")
    assert source.exists()


async def test_a_changed_file_is_found_by_its_hash(store: ModelStore, tmp_path: Path) -> None:
    made = await store.add(a_zip(tmp_path, LICENSE=MIT), sample=a_tone)
    folder = tmp_path / "models" / made.name
    (folder / "am" / "final.mdl").write_text("another")
    with pytest.raises(ModelUnfit, match="not those that were added"):
        await store.check(folder, a_tone)


async def test_the_hash_is_what_the_systems_own_tools_say(store: ModelStore, tmp_path: Path) -> None:
    source = vosk(tmp_path / "model with spaces")
    (source / "a name").write_text("MIT License")
    made = await store.add(source, sample=a_tone, name="m", licence="MIT")
    line = (record.__doc__ or "").split("`")[5]
    printed = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path / "models" / made.name, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split()[0] == made.sha256


async def test_an_engine_finds_the_model_that_knows_the_language(store: ModelStore, tmp_path: Path) -> None:
    for name in ("a-model-en-us", "b-model-cn"):
        await store.add(a_zip(tmp_path, name, LICENSE=MIT), sample=a_tone)
    assert store.of_kind("vosk", "zh") == tmp_path / "models" / "b-model-cn"
    assert store.of_kind("vosk") == tmp_path / "models" / "a-model-en-us"
    assert store.of_kind("whisper") is None
    shutil.rmtree(tmp_path / "models")
    assert store.list() == []
