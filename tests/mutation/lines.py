"""Which tests execute which line: recorded once, kept under `.songhua/mutation`, and brought up to date.

The room tests run once under `recorder.py`. Afterwards only test files that are new or changed are recorded
again; a line of the product that moved since is found by its text.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData
from coverage.numbits import numbits_to_nums, nums_to_numbits

from tests.mutation import recorder, tree

TABLES = """
CREATE TABLE IF NOT EXISTS test (id TEXT PRIMARY KEY, file TEXT, seconds REAL, passed INTEGER);
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, digest TEXT);
CREATE TABLE IF NOT EXISTS source (digest TEXT PRIMARY KEY, text TEXT);
CREATE TABLE IF NOT EXISTS executed (path TEXT, source TEXT, context TEXT, file TEXT, lines BLOB);
CREATE INDEX IF NOT EXISTS executed_path ON executed (path);
CREATE INDEX IF NOT EXISTS executed_file ON executed (file);
"""
ARGUMENTS = ("-n", "2", "--dist", "loadfile", "-m", "not real", "--timeout", "400")


@dataclass(frozen=True, slots=True)
class Judge:
    """A test that can judge, and how long it takes."""

    id: str
    seconds: float

    @property
    def file(self) -> str:
        """Where it stands."""
        return self.id.split("::")[0]


class Lines:
    """The record. One of these for each run of the tool."""

    def __init__(self, database: Path) -> None:
        database.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(database, check_same_thread=False)
        self._database.executescript(TABLES)
        self._tests: dict[str, Judge] = {}
        self._of_file: dict[str, list[Judge]] = {}
        self._read()

    def _read(self) -> None:
        self._tests.clear()
        self._of_file.clear()
        for name, seconds in self._database.execute("SELECT id, seconds FROM test WHERE passed"):
            test = Judge(name, seconds)
            self._tests[name] = test
            self._of_file.setdefault(test.file, []).append(test)

    def bring(self, root: Path) -> None:
        """Record what is not recorded yet: all test files the first time, then those that changed."""
        known = dict(self._database.execute("SELECT name, digest FROM file"))
        now = {name: tree.digest(root / name) for name in test_files(root)}
        for gone in known.keys() - now.keys():
            self._forget(gone)
        changed = sorted(name for name, digest in now.items() if known.get(name) != digest)
        if changed:
            print(f"recording which lines {len(changed)} test files execute …", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="songhua-lines-") as folder:
                copy, results = tree.copy(Path(folder) / "tree", root), Path(folder) / "record"
                record(copy, results, changed)
                self.take(copy, results, changed)

    def take(self, copy: Path, results: Path, recorded: list[str]) -> None:
        """Keep what a recorded run of these test files has written."""
        for name in recorded:
            self._forget(name)
        for written in results.glob("tests.*.jsonl"):
            for line in written.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                row = (one["id"], one["id"].split("::")[0], one["seconds"], one["passed"])
                self._database.execute("INSERT OR REPLACE INTO test VALUES (?, ?, ?, ?)", row)
        for written in results.glob("coverage.*"):
            self._take_lines(written, copy)
        self._database.executemany(
            "INSERT OR REPLACE INTO file VALUES (?, ?)",
            [(name, tree.digest(copy / name)) for name in recorded],
        )
        self._database.commit()
        self._read()

    def _take_lines(self, written: Path, copy: Path) -> None:
        if not written.stat().st_size:  # of a program that was killed as it began
            return
        data = CoverageData(str(written))
        data.read()
        for measured in data.measured_files():
            path = Path(measured).relative_to(copy).as_posix()
            if path.startswith("tests/"):
                continue
            of_context: dict[str, set[int]] = {}
            for line, contexts in data.contexts_by_lineno(measured).items():
                for context in contexts:
                    of_context.setdefault(context, set()).add(line)
            of_context.pop("", None)
            digest, text = tree.digest(copy / path), (copy / path).read_text(encoding="utf-8")
            self._database.executemany(
                "INSERT INTO executed VALUES (?, ?, ?, ?, ?)",
                [
                    (path, digest, context, context.split("::")[0], nums_to_numbits(lines))
                    for context, lines in of_context.items()
                ],
            )
            self._database.execute("INSERT OR IGNORE INTO source VALUES (?, ?)", (digest, text))

    def _forget(self, name: str) -> None:
        for table in ("test", "executed"):
            self._database.execute(f"DELETE FROM {table} WHERE file = ?", (name,))
        self._database.execute("DELETE FROM file WHERE name = ?", (name,))

    def tests(self, path: str, wanted: set[int], source: str) -> list[Judge]:
        """Those that execute any of these lines of the source as it is now."""
        moved: dict[str, set[int]] = {}
        found: dict[str, Judge] = {}
        for digest, context, lines in self._database.execute(
            "SELECT source, context, lines FROM executed WHERE path = ?", (path,)
        ):
            if digest not in moved:
                moved[digest] = self._moved(digest, wanted, source)
            if not moved[digest].isdisjoint(numbits_to_nums(lines)):
                found |= {test.id: test for test in self._of_context(context)}
        return list(found.values())

    def _of_context(self, context: str) -> Iterator[Judge]:
        if context.endswith(recorder.OF_A_FILE):
            yield from self._of_file.get(context.removesuffix(recorder.OF_A_FILE), ())
        elif context in self._tests:
            yield self._tests[context]

    def of_files(self, names: set[str]) -> list[Judge]:
        """All tests of some test files."""
        return [test for name in sorted(names) for test in self._of_file.get(name, ())]

    def _moved(self, digest: str, wanted: set[int], source: str) -> set[int]:
        """Where these lines stood in a source that was recorded; lines that are new have none."""
        (text,) = self._database.execute("SELECT text FROM source WHERE digest = ?", (digest,)).fetchone()
        if text == source:
            return wanted
        matcher = difflib.SequenceMatcher(None, source.split("\n"), text.split("\n"), autojunk=False)
        before: dict[int, int] = {}
        for now, then, size in matcher.get_matching_blocks():
            before |= {now + step + 1: then + step + 1 for step in range(size)}
        return {before[line] for line in wanted if line in before}


def test_files(root: Path) -> list[str]:
    """The files with tests, those of this tool aside."""
    return [
        name
        for name in tree.files(root)
        if name.startswith("tests/")
        and not name.startswith("tests/mutation/")
        and name.rsplit("/", 1)[-1].startswith("test_")
        and name.endswith(".py")
    ]


def record(copy: Path, results: Path, names: list[str]) -> None:
    """Run the room tests of these files in a copy of the tree, under the recorder."""
    recorder.configuration(results, [copy / room for room in tree.ROOMS])
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.mutation.recorder", *ARGUMENTS, *names],
        cwd=copy, env={**tree.environment(copy), recorder.FOLDER: str(results)}, check=False,
    )  # fmt: skip
