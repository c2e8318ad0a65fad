"""Versions on the disk: whole or not there, damaged ones named, one pointer, one lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.classify.loading import LETTERS, MEANING
from cases.learning.errors import BrokenVersion, FolderUnwritable, RetrainingRuns
from cases.learning.versions.model import MOST_BEFORE, SHIPPED, Pointer
from cases.learning.versions.store import CASES, FILES, MANIFEST, POINTER, VersionStore
from tests.cases.learning import town
from tests.cases.learning.town import NOW


def kept(version_store: VersionStore) -> int:
    """A version in force; the shelf does not read what weights mean."""
    return town.kept(version_store, no_weights)


def no_weights(folder: Path) -> None:
    for name in (LETTERS, MEANING):
        (folder / name).write_bytes(name.encode() * 50)
    (folder / CASES).write_text("")


def test_a_version_is_whole_and_the_pointer_names_it(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path / "new" / "classifiers")
    assert version_store.pointer() == Pointer()
    assert kept(version_store) == 1
    pointer = version_store.pointer()
    assert (pointer.version, pointer.before, pointer.former) == (1, (SHIPPED,), SHIPPED)
    assert version_store.whole(1, pointer.sha256) == version_store.place(1)
    assert [one.number for one in version_store.versions()] == [1]
    assert not list(version_store.folder.glob(".*"))


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_damaged_version_is_named_with_its_file_and_the_way_back(
    tmp_path: Path, name: str, damage: str
) -> None:
    version_store = VersionStore(tmp_path)
    kept(version_store)
    file = version_store.place(1) / name
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-1] or b"x")
    else:
        content = bytearray(file.read_bytes() or b"0")
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    with pytest.raises(BrokenVersion, match="version 1") as broken:
        version_store.whole(1, version_store.pointer().sha256)
    assert name in broken.value.detail
    assert "--roll-back" in broken.value.remedy


@pytest.mark.parametrize("text", ["", "{", '{"version": -1}', '{"version": "x"}', '{"form": 9}', "\0"])
def test_a_damaged_pointer_is_said(tmp_path: Path, text: str) -> None:
    version_store = VersionStore(tmp_path)
    (tmp_path / POINTER).write_text(text)
    with pytest.raises(BrokenVersion, match=POINTER):
        version_store.pointer()


def test_only_one_at_a_time(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    with version_store.lock(), pytest.raises(RetrainingRuns), VersionStore(tmp_path).lock():
        pass
    with version_store.lock():
        pass


def test_what_is_in_force_can_be_changed_while_somebody_trains(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    with version_store.training():
        with pytest.raises(RetrainingRuns), VersionStore(tmp_path).training():
            pass
        assert kept(VersionStore(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnwritable, match="file"), VersionStore(tmp_path / "file").lock():
        pass


def test_what_a_killed_process_left_goes_with_the_next_one(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    with version_store.training():
        left = version_store.begin()
        (left / LETTERS).write_bytes(b"half")
    (tmp_path / ".pointer-x").write_text("{")
    with version_store.lock():
        assert not left.is_dir() or version_store.begin() != left
        assert not left.exists()
        version_store.sweep(version_store.pointer())
    assert not list(tmp_path.glob(".pointer-*"))
    assert version_store.versions() == []


def test_old_versions_go_and_no_number_is_given_twice(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    numbers = [kept(version_store) for _ in range(MOST_BEFORE + 4)]
    assert numbers == list(range(1, MOST_BEFORE + 5))
    pointer = version_store.pointer()
    assert len(pointer.before) == MOST_BEFORE
    assert {one.number for one in version_store.versions()} == {pointer.version, *pointer.before}


def test_what_changes_shows_in_the_signature(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    seen = [version_store.signature()]
    kept(version_store)
    seen.append(version_store.signature())
    assert version_store.signature() == seen[-1]
    file = version_store.place(1) / LETTERS
    file.write_bytes(file.read_bytes() + b"x")
    seen.append(version_store.signature())
    assert len(set(seen)) == 3


@given(st.lists(st.integers(0, 3), max_size=30))
def test_the_way_back_goes_through_what_was_in_force_and_ends_at_the_shipped_weights(acts: list[int]) -> None:
    pointer, history, newest = Pointer(), [SHIPPED], 0
    for act in acts:
        if act and pointer.former is not None:
            pointer = pointer.back_to(pointer.former, "s", at=NOW, by="x")
            history.pop()
        elif not act:
            newest += 1
            pointer = pointer.after(newest, "s", at=NOW, by="x")
            history.append(newest)
            history = history[-MOST_BEFORE - 1 :]
        assert pointer.version == (history[-1] if history else SHIPPED)
        assert Pointer.model_validate_json(pointer.model_dump_json()) == pointer
    steps = 0
    while pointer.former is not None:
        pointer = pointer.back_to(pointer.former, "s", at=NOW, by="x")
        steps += 1
    assert pointer.version == SHIPPED
    assert steps <= MOST_BEFORE + 1


def test_a_manifest_says_where_it_comes_from(tmp_path: Path) -> None:
    version_store = VersionStore(tmp_path)
    kept(version_store)
    raw = json.loads((version_store.place(1) / MANIFEST).read_text())
    assert raw["by"] == "zhou"
    assert raw["files"].keys() == set(FILES)
    assert raw["comparison"]["new"]["first"] == 41
    assert raw["verdict"]["why"][0]["zh"]
