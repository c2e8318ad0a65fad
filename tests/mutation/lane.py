"""One copy of the tree, in which mutants are tried one after the other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.mutation import tree, witness
from tests.mutation.draw import Mutant
from tests.mutation.lines import Judge
from tests.peers.checkout import CHECKOUT, HOME

Fate = Literal["killed", "survived", "uncovered"]
# The first tests are run alone: most mutants fall to them, and collecting more takes longer than they do.
AT_ONCE: Final = (12, 120)
# A test may take so many times as long as when it was recorded, and never less than so many seconds.
PATIENCE: Final = 8.0
LEAST_S: Final = 30.0
START_S: Final = 90.0
REAL_S: Final = 420.0
# Exit codes of pytest: all passed; nothing to run.
PASSED, NOTHING = 0, 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: `by` killed it, of so many tests that judged."""

    fate: Fate
    by: str = ""
    judges: int = 0
    seconds: float = 0.0


class Lane:
    """A copy of the tree of its own."""

    def __init__(self, folder: Path, root: Path = CHECKOUT) -> None:
        self._tree = tree.copy(folder / "tree", root)
        self._orders = folder / "order.json"
        self._clean: dict[str, bool] = {}
        self._written = int(time.time())

    def judge(
        self, mutant: Mutant, first: list[Judge], rest: list[Judge], real: tuple[str, ...] = ()
    ) -> Verdict:
        """Try the tests of the line, those that may notice it, and the real ones, until one fails."""
        began = time.monotonic()
        tried = 0
        for batch in (*_batches(first), *_batches(rest)):
            tried += len(batch)
            if by := self._killer(mutant, [test.id for test in batch], _limits(batch)):
                return Verdict("killed", by, tried, time.monotonic() - began)
        for file in real:
            tried += 1
            if by := self._killer(mutant, [file], (REAL_S, REAL_S), "real"):
                return Verdict("killed", by, tried, time.monotonic() - began)
        fate: Fate = "survived" if first or real else "uncovered"
        return Verdict(fate, "", tried, time.monotonic() - began)

    def _killer(
        self, mutant: Mutant, tests: list[str], limits: tuple[float, float], marked: str = "not real"
    ) -> str:
        """The test that fails with the mutant and passes without it; empty if there is none."""
        left = list(tests)
        while left:
            with self.holding(mutant):
                by = self._run(left, limits, marked)
            if not by or self._passes(by, limits, marked):
                return by
            left = [test for test in left if by not in (test, test.split("::")[0])]
        return ""

    def _passes(self, test: str, limits: tuple[float, float], marked: str) -> bool:
        if test not in self._clean:
            # What failed before any of its tests ran was the collection of a file.
            collect = () if "::" in test else ("--collect-only",)
            self._clean[test] = not self._run([test], limits, marked, *collect)
        return self._clean[test]

    @contextmanager
    def holding(self, mutant: Mutant) -> Iterator[Path]:
        """The copy with this mutant in it, and without it afterwards."""
        file = self._tree / mutant.path
        original = file.read_text(encoding="utf-8")
        try:
            self._write(file, mutant.edit.applied(original))
            yield self._tree
        finally:
            self._write(file, original)
            shutil.rmtree(self._tree / HOME.name / "examples", ignore_errors=True)

    def _write(self, file: Path, text: str) -> None:
        """With a time of its own: byte code is known by its source's size and second."""
        file.write_text(text, encoding="utf-8")
        self._written += 2
        os.utime(file, (self._written, self._written))

    def _run(self, tests: list[str], limits: tuple[float, float], marked: str, *options: str) -> str:
        """The first of these tests that fails or takes too long; empty if all pass."""
        each, whole = limits
        self._orders.write_text(json.dumps({"order": tests}), encoding="utf-8")
        told = self._orders.with_suffix(".told")
        told.unlink(missing_ok=True)
        files = list(dict.fromkeys(test.split("::")[0] for test in tests))
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutation.witness", "-m", marked,
            "--hypothesis-seed=0", "--timeout", str(each), "--tb=no", *options, *files,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=self._tree, env={**tree.environment(self._tree), witness.FILE: str(self._orders)},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(whole)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            # Whatever the tests left running belongs to this session and ends with it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code in (PASSED, NOTHING):
            return ""
        seen = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        return str(seen.get("failed") or seen.get("running") or files[0])


def _batches(tests: list[Judge]) -> Iterator[list[Judge]]:
    """A few, then more, then all others, each batch with the tests of a file together."""
    rest = tests
    for size in (*AT_ONCE, len(tests)):
        batch, rest = rest[:size], rest[size:]
        if batch:
            files = list(dict.fromkeys(test.file for test in batch))
            yield sorted(batch, key=lambda test: files.index(test.file))


def _limits(tests: list[Judge]) -> tuple[float, float]:
    """Seconds for each test, and for all of them together with the start of pytest."""
    each = max(LEAST_S, PATIENCE * max(test.seconds for test in tests))
    return each, START_S + max(each, PATIENCE * sum(test.seconds for test in tests))
