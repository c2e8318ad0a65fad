"""A model's archive writes nothing but the model, and never outside its folder."""

from __future__ import annotations

import contextlib
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.errors import ModelUnfit
from speech.models.archive import ArchiveLimits, bring


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def brought(source: Path, bounds: ArchiveLimits | None = None) -> dict[str, bytes]:
    target = source.parent / "target"
    target.mkdir()
    bring(source, target, bounds)
    return {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}


def test_the_folder_around_a_model_is_left_out(tmp_path: Path) -> None:
    source = zipped(tmp_path / "m.zip", {"m-0.22/am/final.mdl": b"a", "m-0.22/README": b"r"})
    assert brought(source) == {"am/final.mdl": b"a", "README": b"r"}


@pytest.mark.parametrize("what", ["file", "folder", "nothing"])
def test_a_link_in_a_folder_is_refused(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "m"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"a")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret").write_bytes(b"s")
    to = {"file": "other/secret", "folder": "other", "nothing": "absent"}[what]
    (folder / "graph").symlink_to(tmp_path / to)
    with pytest.raises(ModelUnfit, match="graph is a link") as caught:
        brought(folder)
    assert "cp -rL" in caught.value.remedy
    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "a\\..\\evil", "c:evil"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelUnfit, match="leads out"):
        brought(zipped(tmp_path / "m.zip", {"am/final.mdl": b"a", name: b"e"}))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["m.zip", "target"]


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("am")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr(link, "/etc")
    with pytest.raises(ModelUnfit, match="link"):
        brought(tmp_path / "m.zip")


def test_more_bytes_or_files_than_a_model_has_are_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"am/final.mdl": bytes(5_000_000)})
    assert bomb.stat().st_size < 10_000
    with pytest.raises(ModelUnfit, match="GB"):
        brought(bomb, ArchiveLimits(most_bytes=1_000_000))
    many = zipped(tmp_path / "many.zip", {f"f{number}": b"" for number in range(11)})
    with pytest.raises(ModelUnfit, match="more than 10 files"):
        bring(many, tmp_path / "target", ArchiveLimits(most_files=10))


def test_an_archive_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    source = zipped(tmp_path / "m.zip", {"am/final.mdl": bytes(3_000_000)})
    raw = bytearray(source.read_bytes())
    size = (3_000_000).to_bytes(4, "little")
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = (10).to_bytes(4, "little")
    source.write_bytes(raw)
    with pytest.raises(ModelUnfit):
        brought(source)
    assert all(p.stat().st_size <= 10 for p in (tmp_path / "target").rglob("*") if p.is_file())


def test_what_is_no_zip_and_what_is_not_there_say_so(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"PK no zip")
    with pytest.raises(ModelUnfit, match="not a complete zip"):
        brought(tmp_path / "m.zip")
    with pytest.raises(ModelUnfit, match="there is no") as caught:
        bring(tmp_path / "absent.zip", tmp_path / "target")
    assert caught.value.remedy


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=20), max_size=4), st.data())
def test_no_archive_writes_outside_its_folder(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, bytes], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        raw = bytearray(zipped(folder / "m.zip", entries).read_bytes())
    except (ValueError, IndexError):  # a name that the writer refuses
        return
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=3)):
        raw[at] ^= data.draw(st.integers(1, 255))
    (folder / "m.zip").write_bytes(raw)
    (folder / "target").mkdir()
    with contextlib.suppress(ModelUnfit):
        bring(folder / "m.zip", folder / "target")
    assert {path.name for path in folder.iterdir()} == {"m.zip", "target"}
