"""Recordings: expected at the start of a call, hashed at its end, missed when they do not come."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cdr.recordings.audio import inside, measure
from cdr.recordings.expect import below
from cdr.recordings.store import recordings
from core.clock import ManualClock
from core.ids import leg_id
from tests.cdr.script import START, answered_call
from tests.cdr.test_calls import events
from tests.cdr.world import World


async def kept(world: World) -> list[Any]:
    async with world.storage.read() as connection:
        return list((await connection.execute(select(recordings).order_by(recordings.c.path))).all())


async def test_both_directions_are_expected_as_soon_as_the_call_begins(any_world: World) -> None:
    told = answered_call()
    await any_world.take_in(told.lines[:3])
    rows = await kept(any_world)
    assert [(row.track, row.state, row.leg_id) for row in rows] == [
        ("in", "expected", leg_id("songhua", told.ids["trunk"])),
        ("out", "expected", leg_id("songhua", told.ids["trunk"])),
    ]
    assert rows[0].path == f"20261125/{told.ids['trunk']}-in.alaw"


async def test_a_finished_file_is_hashed_measured_and_told(any_world: World) -> None:
    world = any_world
    told = answered_call()
    await world.take_in(told)
    files = world.sound(told, seconds=2.5)
    assert await world.settle() == 2
    rows = await kept(world)
    assert [row.state for row in rows] == ["complete", "complete"]
    assert [row.sha256 for row in rows] == [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert [row.duration_s for row in rows] == [2.5, 2.5]
    settled = await events(world, "cdr.recording_settled")
    assert [(event.state, event.duration_s) for event in settled] == [("complete", 2.5)] * 2
    assert await world.settle() == 0


async def test_a_call_of_before_recordings_were_a_law_keeps_its_wav_files(world: World) -> None:
    """Derived again, it still expects the files that are there."""
    told = answered_call()
    await world.take_in([line.replace(b".alaw", b"") for line in told.lines])
    for track in ("in", "out"):
        world.wav(f"20261125/{told.ids['trunk']}-{track}.wav", seconds=2.5)
    assert await world.settle() == 2
    assert [(row.state, row.duration_s) for row in await kept(world)] == [("complete", 2.5)] * 2


async def test_while_the_call_runs_the_file_is_left_alone(world: World) -> None:
    told = answered_call()
    await world.take_in(told.lines[:6])
    world.sound(told)
    assert await world.settle() == 0


async def test_a_file_that_is_still_written_to_is_waited_for(world: World) -> None:
    world.watcher.times = type(world.watcher.times)(still_s=5, missing_s=3600, orphan_s=0)
    world.storage.clock = ManualClock(START + timedelta(seconds=60))
    told = answered_call()
    await world.take_in(told)
    world.sound(told, age=1)
    assert await world.settle() == 0
    world.sound(told, age=6)
    assert await world.settle() == 2


async def test_a_recording_that_never_came_is_missing_and_may_come_late(world: World) -> None:
    clock = ManualClock(START + timedelta(seconds=41))
    world.storage.clock = clock
    told = answered_call()
    await world.take_in(told)
    assert await world.settle() == 0
    clock.advance(60)
    assert await world.settle() == 2
    await world.watcher.sweep()
    assert world.watcher.missing == 2
    world.sound(told)
    await world.watcher.sweep()
    assert {row.state for row in await kept(world)} == {"complete"}
    assert world.watcher.missing == 0
    await world.signer.sign_once()
    assert (await world.verify(files=True)).findings == []


async def test_a_file_that_no_call_speaks_of_is_an_orphan(world: World) -> None:
    world.alaw("20261124/1700000000.1-in.alaw")
    world.wav("20261124/odd.wav")
    assert await world.watcher.sweep() == 2
    assert {(row.path, row.state, row.call_id) for row in await kept(world)} == {
        ("20261124/1700000000.1-in.alaw", "orphan", None), ("20261124/odd.wav", "orphan", None),
    }  # fmt: skip
    assert await world.watcher.sweep() == 0


async def test_a_file_of_a_known_leg_without_its_own_row_finds_its_call(world: World) -> None:
    """The RECORDING line was lost; the file's name still says whose it is."""
    told = answered_call()
    await world.take_in([line for line in told.lines if not line.startswith(b'"RECORDING"')])
    world.sound(told)
    await world.watcher.sweep()
    [call] = await world.calls()
    assert {(row.call_id, row.state) for row in await kept(world)} == {(call.call_id, "complete")}


async def test_a_file_that_has_gone_is_lost(world: World) -> None:
    told = answered_call()
    await world.take_in(told)
    files = world.sound(told)
    await world.settle()
    files[0].unlink()
    await world.watcher.sweep()
    assert [row.state for row in await kept(world)] == ["lost", "complete"]
    assert world.watcher.missing == 1
    await world.signer.sign_once()
    assert (await world.verify()).findings == []


def test_a_header_that_a_killed_asterisk_never_finished(tmp_path: Path, world: World) -> None:
    file = world.wav("20261125/x-in.wav", seconds=3)
    raw = bytearray(file.read_bytes())
    raw[40:44] = b"\0\0\0\0"
    file.write_bytes(raw)
    assert measure(file).duration_s == 3


@given(st.binary(max_size=200))
def test_any_bytes_as_sound(data: bytes) -> None:
    for head in (b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"):
        with NamedTemporaryFile() as file:
            file.write(head + data)
            file.flush()
            found = measure(Path(file.name))
        assert found.size == len(head + data)
        assert found.duration_s >= 0


def test_a_path_that_leads_out_of_the_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "rec").mkdir()
    assert inside(tmp_path / "rec", "20261125/x.wav") is not None
    for path in ("../x.wav", "/etc/passwd", "20261125/../../x.wav"):
        assert inside(tmp_path / "rec", path) is None
    (tmp_path / "rec" / "link").symlink_to("/etc")
    assert inside(tmp_path / "rec", "link/passwd") is None


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("/rec/20261125/1.1", "20261125/1.1"),
        ("/elsewhere/rec/20261125/1.1", "20261125/1.1"),
        ("/rec/a/b/1.1", "a/b/1.1"),
    ],
)
def test_the_folder_may_have_another_name_for_asterisk(base: str, path: str) -> None:
    assert below(base, "/rec") == path
