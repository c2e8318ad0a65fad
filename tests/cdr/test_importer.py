"""CEL files come into the database exactly once, whatever happens to the file, the database or us."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select

from cdr.cel import files as cel_files
from cdr.cel import store
from cdr.cel.importer import Importer
from core.storage import Storage, StorageAway, StorageSettings, create_engine
from tests.budget import share
from tests.cdr.script import Script, answered_call, quote


@pytest.fixture
def live(tmp_path: Path) -> Path:
    folder = tmp_path / "cel"
    folder.mkdir()
    return folder / "calls.csv"


def importer(storage: Storage, live: Path, *, settled_s: float = 60.0) -> Importer:
    return Importer(storage, live, "songhua", settled_s=settled_s)


def numbered(count: int, begin: int = 0) -> list[bytes]:
    """Lines that are all different; the caller's name is the number."""
    fields = ["s", "hotline", "PJSIP/trunk-1", "", "", "1.1", "1.1", "", ""]
    return [
        (
            ",".join(quote(text) for text in ["CHAN_START", f"1795612161.{n:06d}", str(n), "1", *fields])
            + "\n"
        ).encode()
        for n in range(begin, begin + count)
    ]


async def imported(storage: Storage) -> list[str]:
    async with storage.read() as connection:
        return list(
            (await connection.execute(select(store.rows.c.name).order_by(store.rows.c.seq))).scalars()
        )


def append(path: Path, lines: list[bytes]) -> None:
    with path.open("ab") as stream:
        stream.write(b"".join(lines))


async def test_lines_come_in_once_and_in_order(any_storage: Storage, live: Path) -> None:
    reader = importer(any_storage, live)
    append(live, numbered(3))
    assert (await reader.import_once()).rows == 3
    assert (await reader.import_once()).rows == 0
    append(live, numbered(2, 3))
    assert (await reader.import_once()).rows == 2
    assert await imported(any_storage) == ["0", "1", "2", "3", "4"]


async def test_no_file_yet_is_no_error(storage: Storage, live: Path) -> None:
    assert (await importer(storage, live).import_once()).rows == 0


async def test_a_half_written_line_is_left_until_it_is_whole(storage: Storage, live: Path) -> None:
    first, second = numbered(2)
    append(live, [first, second[:50]])
    reader = importer(storage, live)
    progress = await reader.import_once()
    assert (progress.rows, progress.behind) == (1, 50)
    append(live, [second[50:]])
    assert (await importer(storage, live).import_once()).rows == 1
    assert await imported(storage) == ["0", "1"]


async def test_a_restart_goes_on_where_the_database_says(any_storage: Storage, live: Path) -> None:
    append(live, numbered(5))
    await importer(any_storage, live).import_once()
    append(live, numbered(5, 5))
    progress = await importer(any_storage, live).import_once()
    assert (progress.rows, progress.known) == (5, 0)


async def test_two_lines_that_are_the_same_are_two(storage: Storage, live: Path) -> None:
    [line] = numbered(1)
    append(live, [line, line])
    await importer(storage, live).import_once()
    assert await imported(storage) == ["0", "0"]


async def test_rotation_by_mv_loses_nothing_that_was_not_read_yet(storage: Storage, live: Path) -> None:
    reader = importer(storage, live)
    append(live, numbered(4))
    await reader.import_once()
    append(live, numbered(2, 4))
    live.rename(live.with_name("calls.csv.1"))
    append(live, numbered(3, 6))
    assert (await reader.import_once()).rows == 5
    append(live.with_name("calls.csv.1"), numbered(1, 9))  # a writer that still had the old name
    assert (await reader.import_once()).rows == 1
    assert sorted(await imported(storage)) == [str(n) for n in range(10)]


async def test_rotation_by_copy_and_truncate_doubles_nothing(storage: Storage, live: Path) -> None:
    reader = importer(storage, live)
    append(live, numbered(4))
    await reader.import_once()
    append(live, numbered(1, 4))
    shutil.copyfile(live, live.with_name("calls.csv-20261125"))
    os.truncate(live, 0)
    append(live, numbered(3, 5))
    progress = await reader.import_once()
    assert (progress.rows, progress.known) == (4, 4)
    assert sorted(await imported(storage)) == [str(n) for n in range(8)]


async def test_a_copy_of_a_file_adds_nothing(any_storage: Storage, live: Path) -> None:
    append(live, numbered(6))
    await importer(any_storage, live).import_once()
    shutil.copyfile(live, live.with_name("calls.csv.bak"))
    progress = await importer(any_storage, live).import_once()
    assert (progress.rows, progress.known) == (0, 6)


async def test_a_restored_backup_goes_on_without_doubling(storage: Storage, live: Path) -> None:
    append(live, numbered(6))
    await importer(storage, live).import_once()
    backup = live.read_bytes()
    live.unlink()
    live.write_bytes(backup + b"".join(numbered(2, 6)))
    assert (await importer(storage, live).import_once()).rows == 2


async def test_a_file_cut_short_and_grown_again_is_read_anew(storage: Storage, live: Path) -> None:
    reader = importer(storage, live)
    lines = numbered(6)
    append(live, lines)
    await reader.import_once()
    os.truncate(live, len(b"".join(lines[:4])))
    append(live, numbered(9, 6))
    progress = await reader.import_once()
    assert (progress.rows, progress.known) == (9, 4)
    assert sorted(await imported(storage), key=int) == [str(n) for n in range(15)]


async def test_a_new_file_on_the_same_inode_is_a_new_file(storage: Storage, live: Path) -> None:
    reader = importer(storage, live)
    append(live, numbered(3))
    await reader.import_once()
    with live.open("r+b") as stream:
        stream.truncate(0)
        stream.write(b"".join(numbered(5, 3)))
    assert (await reader.import_once()).rows == 5


async def test_the_cut_last_line_of_a_rotated_file_goes_to_quarantine(storage: Storage, live: Path) -> None:
    rotated = live.with_name("calls.csv.1")
    append(rotated, [*numbered(2), b'"HANGUP","17956'])
    progress = await importer(storage, live, settled_s=-1).import_once()
    assert (progress.rows, progress.rejects, progress.behind) == (2, 1, 0)
    async with storage.read() as connection:
        [kept] = (await connection.execute(select(store.quarantine))).all()
    assert (kept.raw, kept.reason) == (b'"HANGUP","17956', "cut")


async def test_the_quarantine_is_bounded(
    storage: Storage, live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "QUARANTINE_ROWS", 3)
    append(live, [part for line in numbered(9) for part in (b"junk\n", line)])
    progress = await importer(storage, live).import_once()
    assert (progress.rows, progress.rejects) == (9, 9)
    async with storage.read() as connection:
        assert len((await connection.execute(select(store.quarantine))).all()) == 3


async def test_taps_are_dropped(storage: Storage, live: Path) -> None:
    told = Script().citizen()
    told.start("tap", channel="AudioSocket/127.0.0.1:9000-tap-1").event("ANSWER", "tap").hangup("tap").end(
        "tap"
    )
    append(live, told.lines)
    reader = importer(storage, live)
    assert (await reader.import_once()).rows == 3
    assert reader.lines_seen == 3


async def test_more_than_one_read_of_lines(storage: Storage, live: Path) -> None:
    count = 3 * cel_files.CHUNK // len(numbered(1)[0])
    append(live, numbered(count))
    progress = await importer(storage, live).import_once()
    assert (progress.rows, progress.behind) == (count, 0)


async def test_a_database_away_is_waited_for(tmp_path: Path, live: Path, storage: Storage) -> None:
    """SQLite locked by another program: nothing is kept, nothing is lost, and it goes on by itself."""
    impatient = Storage(
        create_engine(
            StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}", lock_timeout_s=0.1)
        )
    )
    append(live, numbered(5))
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    reader = importer(impatient, live)
    with pytest.raises(StorageAway):
        await reader.import_once()
    running = asyncio.create_task(reader.run(0.02))
    await asyncio.sleep(0.3)
    seen_away = reader.away
    other.execute("ROLLBACK")
    other.close()
    for _ in range(100):
        if len(await imported(storage)) == 5 and not reader.away:
            break
        await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await impatient.close()
    assert await imported(storage) == ["0", "1", "2", "3", "4"]
    assert (seen_away, reader.away) == (True, False)


class Crash(Exception):
    pass


@pytest.mark.parametrize("where", range(1, 14))
async def test_a_crash_at_any_statement_leaves_all_or_nothing(
    storage: Storage, live: Path, where: int
) -> None:
    append(live, [*numbered(3), b"junk", *numbered(2, 3)])
    count = 0

    def on_statement(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == where:
            raise Crash

    event.listen(storage.engine.sync_engine, "before_cursor_execute", on_statement)
    event.listen(storage.engine.sync_engine, "commit", on_statement)
    try:
        await importer(storage, live).import_once()
    except Crash:
        assert await imported_without_counting(storage, on_statement) == []
    event.remove(storage.engine.sync_engine, "before_cursor_execute", on_statement)
    event.remove(storage.engine.sync_engine, "commit", on_statement)
    await importer(storage, live).import_once()
    assert await imported(storage) == ["0", "1", "2", "3", "4"]


async def imported_without_counting(storage: Storage, listener: Any) -> list[str]:
    event.remove(storage.engine.sync_engine, "before_cursor_execute", listener)
    event.remove(storage.engine.sync_engine, "commit", listener)
    names = await imported(storage)
    event.listen(storage.engine.sync_engine, "before_cursor_execute", listener)
    event.listen(storage.engine.sync_engine, "commit", listener)
    return names


class KilledAt:
    """Awaits `body` and cancels the task that does so at the n-th time that it really waits."""

    def __init__(self, body: Coroutine[Any, Any, object], at: int) -> None:
        self._body = body
        self._at = at
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, object]:
        inner = self._body.__await__()
        try:
            waited_for = next(inner)
            while True:
                self.waits += 1
                if self.waits == self._at:
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                try:
                    answer = yield waited_for
                except BaseException as error:  # noqa: BLE001  # handed on to the body as it came
                    waited_for = inner.throw(error)
                else:
                    waited_for = inner.send(answer)
        except StopIteration as done:
            return done.value


async def test_killed_at_each_await_nothing_is_lost_or_doubled(storage: Storage, live: Path) -> None:
    append(live, numbered(4))
    await importer(storage, live).import_once()
    total = 4
    at = 0
    while True:
        at += 1
        append(live, numbered(1, total))
        total += 1

        async def killed(at: int = at) -> int:
            cut = KilledAt(importer(storage, live).import_once(), at)
            await cut
            return cut.waits

        task = asyncio.create_task(killed())
        [result] = await asyncio.gather(task, return_exceptions=True)
        await importer(storage, live).import_once()
        assert await imported(storage) == [str(n) for n in range(total)]
        if not isinstance(result, asyncio.CancelledError):
            break
    assert at > 10, "the importer was cut at fewer places than it waits"


class Pen:
    """Writes numbered lines, whole and in halves, and moves the file away as operators do."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._rest = b""
        self._copies = 0
        self.written = 0

    def write(self, count: int) -> None:
        self.finish()
        append(self._live, numbered(count, self.written))
        self.written += count

    def half(self, size: int) -> None:
        if not self._rest:
            [line] = numbered(1, self.written)
            append(self._live, [line[:size]])
            self._rest = line[size:]
            self.written += 1

    def finish(self) -> None:
        if self._rest:
            append(self._live, [self._rest])
        self._rest = b""

    def rotate(self) -> None:
        self.finish()
        if self._live.exists():
            self._live.rename(self._away())

    def copy(self) -> None:
        if self._live.exists():
            shutil.copyfile(self._live, self._away())

    def copytruncate(self) -> None:
        self.finish()
        self.copy()
        if self._live.exists():
            os.truncate(self._live, 0)

    def _away(self) -> Path:
        self._copies += 1
        return self._live.with_name(f"calls.csv.{self._copies}")


steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 4)),
        st.tuples(st.just("half"), st.integers(1, 60)),
        st.tuples(st.sampled_from(["import", "restart", "rotate", "copytruncate", "copy"]), st.just(0)),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=share(0.5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_whatever_order_of_writing_rotation_and_restarts(
    storage: Storage, tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, int]]
) -> None:
    async with storage.write() as transaction:
        for table in (store.rows, store.files, store.quarantine, store.to_derive):
            await transaction.connection.execute(delete(table))
    live = tmp_path_factory.mktemp("cel") / "calls.csv"
    pen, reader = Pen(live), importer(storage, live)
    for step, amount in story:
        if step == "import":
            await reader.import_once()
        elif step == "restart":
            reader = importer(storage, live)
        else:
            getattr(pen, step)(*([amount] if amount else []))
    pen.finish()
    await reader.import_once()
    await importer(storage, live).import_once()
    assert sorted(await imported(storage), key=int) == [str(n) for n in range(pen.written)]


async def test_the_calls_of_new_lines_are_marked_to_be_derived(storage: Storage, live: Path) -> None:
    told = answered_call()
    append(live, told.lines)
    await importer(storage, live).import_once()
    async with storage.read() as connection:
        marked = list((await connection.execute(select(store.to_derive.c.linkedid))).scalars())
    assert marked == [told.ids["trunk"]]
