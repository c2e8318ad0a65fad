"""Lines about a person are blanked where they stand; whoever appends to the file goes on."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import files
from privacy.forms import forms_of
from privacy.logs import Logs
from privacy.ports import ErasureSubject

NUMBER = "13906180339"
WORDS = [NUMBER.encode()]


def test_a_line_goes_and_the_file_stays_the_same_one(tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    log.write_bytes(b"one\ncall from 13906180339 refused\r\nthree\nno end 13906180339")
    before = log.stat()
    with log.open("ab") as writer:
        assert files.blank(log, WORDS) == 2
        writer.write(b"\nfour\n")
    after = log.stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size + 6)
    assert log.read_bytes() == b"one\n" + b"x" * 29 + b"\r\nthree\n" + b"x" * 18 + b"\nfour\n"
    assert files.blank(log, WORDS) == 0


def test_a_packed_log_is_replaced_whole(tmp_path: Path) -> None:
    log = tmp_path / "messages.log.2.gz"
    log.write_bytes(gzip.compress(b"a\nb 13906180339\nc\n"))
    log.chmod(0o640)
    assert files.blank(log, WORDS) == 1
    assert gzip.decompress(log.read_bytes()) == b"a\n" + b"x" * 13 + b"\nc\n"
    assert log.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == [log.name]  # noqa: PTH208


@given(st.lists(st.sampled_from([b"abc", NUMBER.encode(), b"\n", b"\r\n", b"\0", b"1390618"]), max_size=30))
def test_any_bytes_are_survived_and_nothing_else_changes(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    log = tmp_path_factory.mktemp("any") / "full"
    content = b"".join(parts)
    log.write_bytes(content)
    files.blank(log, WORDS)
    after = log.read_bytes()
    assert len(after) == len(content)
    for old, new in zip(content.splitlines(keepends=True), after.splitlines(keepends=True), strict=True):
        assert new == old or NUMBER.encode() in old
        assert NUMBER.encode() not in new


async def test_an_address_is_found_in_files_however_it_is_written(tmp_path: Path) -> None:
    """Also where a piece of the file ends inside it, and in a packed one."""
    line = b"mail to WANG@Example.Org refused\n"
    filling = b"." * ((1 << 20) - 12) + b"\n"
    (tmp_path / "messages.log").write_bytes(filling + line + b"end\n")
    (tmp_path / "messages.log.1.gz").write_bytes(gzip.compress(line))
    wanted = ErasureSubject(forms_of("Wang@example.org"), [], [], "sun", "asked")
    assert await Logs(tmp_path, apart=[]).erase(wanted) == ""
    assert (tmp_path / "messages.log").read_bytes() == filling + b"x" * (len(line) - 1) + b"\nend\n"
    assert gzip.decompress((tmp_path / "messages.log.1.gz").read_bytes()) == b"x" * (len(line) - 1) + b"\n"


async def test_what_cannot_be_searched_is_named(tmp_path: Path) -> None:
    (tmp_path / "cdr-csv").mkdir()
    (tmp_path / "cdr-csv" / "Master.csv").write_text(f'"","{NUMBER}"\n')
    (tmp_path / "messages.log.1.xz").write_bytes(b"?")
    (tmp_path / "messages.log.2.gz").write_bytes(b"no gzip")
    (tmp_path / "cel").mkdir()
    (tmp_path / "cel" / "calls.csv").write_text(NUMBER)
    logs = Logs(tmp_path, apart=[tmp_path / "cel"])
    why = await logs.erase(ErasureSubject(forms_of(NUMBER), [], [], "sun", "asked"))
    assert "messages.log.1.xz cannot be read" in why
    assert "messages.log.2.gz" in why
    assert NUMBER not in (tmp_path / "cdr-csv" / "Master.csv").read_text()
    assert (tmp_path / "cel" / "calls.csv").read_text() == NUMBER, "lines of calls have a keeper of their own"
