"""A lane is one pytest run of its own: which tests, how many processes, and whether others go before it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.program import RUN_VARIABLE, prefer
from tests.suite.recorder import RECORD_VARIABLE

REPORTS: Final = HOME / "reports" / "tests"
NOTHING_TO_RUN: Final = 5
LOWEST_PRIORITY: Final = 19
IDLE_TIMEOUT_S: Final = 600


@dataclass(frozen=True, slots=True)
class Lane:
    """`niceness`: lanes with a lower one have the processors first. What runs at the `LOWEST_PRIORITY` takes
    what others leave, so its time limit for a test is longer.
    """

    name: str
    tests: Sequence[str]
    marks: str = ""
    processes: int = 1
    niceness: int = 0
    more: Sequence[str] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def words(self) -> list[str]:
        """The command line of pytest."""
        words = [sys.executable, "-m", "pytest", "-p", "tests.suite.recorder", "--color=no", "--tb=native"]
        if self.marks:
            words += ["-m", self.marks]
        if self.processes > 1:
            words += ["-n", str(self.processes), "--dist", "loadfile", "--no-loadscope-reorder"]
        if self.niceness == LOWEST_PRIORITY:
            words += ["--timeout", str(IDLE_TIMEOUT_S)]
        return [*words, *self.more, *self.tests]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one test ended: passed, failed or skipped, and the first line of why."""

    test: str
    outcome: str
    seconds: float
    why: str


class Running:
    """A lane that has begun. `look` reads what ended since the last look."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.ended: list[Ended] = []
        self.planned = 0
        self.status: int | None = None
        self.seconds = 0.0
        REPORTS.mkdir(parents=True, exist_ok=True)
        name = lane.name.replace(" ", "-")
        self.log = REPORTS / f"{name}.log"
        self._record = REPORTS / f"{name}.jsonl"
        self._record.unlink(missing_ok=True)
        self._read = 0
        self._began = time.monotonic()
        self._run = secrets.token_hex(8)
        niceness = ["nice", "-n", str(lane.niceness)] if lane.niceness else []
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*niceness, *lane.words()],
                cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ, **lane.environment,
                    RECORD_VARIABLE: str(self._record), RUN_VARIABLE: self._run,
                },
            )  # fmt: skip
        prefer(self._process.pid, lane.niceness)

    def look(self) -> list[Ended]:
        """What ended meanwhile. `status` is pytest's exit code once the lane is over."""
        status = self._process.poll()
        new = self._new_lines()
        self.ended += new
        if status is not None and self.status is None:
            self.status = status
            self.seconds = time.monotonic() - self._began
        return new

    def failed(self) -> list[Ended]:
        return [one for one in self.ended if one.outcome == "failed"]

    def passed(self) -> bool:
        """A lane that broke off without a failed test did not pass, nor one in which a test is missing.

        In several processes pytest says that there is nothing to run (5) also where a named file is absent.
        """
        if self.status == NOTHING_TO_RUN:
            return not absent(self.lane.tests)
        return self.status == 0 and len(self.ended) == self.planned

    def stop(self) -> None:
        """End it with everything that it started: peers have sessions of their own, and outlive a crash."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        left = [process for process in psutil.process_iter() if self._started(process)]
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        if left:
            print(f"{self.lane.name}: ended {len(left)} processes that its tests had left", flush=True)

    def _started(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(RUN_VARIABLE) == self._run
        except (psutil.Error, OSError):
            return False

    def story(self) -> str:
        """The failures as pytest tells them, or the end of the log when it tells none."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        for heading in ("= FAILURES =", "= ERRORS ="):
            _, found, rest = text.partition(heading)
            if found:
                return rest
        return "\n".join(text.splitlines()[-40:])

    def _new_lines(self) -> list[Ended]:
        if not self._record.exists():
            return []
        with self._record.open("rb") as record:
            record.seek(self._read)
            text = record.read()
        whole, _, _ = text.rpartition(b"\n")
        self._read += len(whole) + (1 if whole else 0)
        found = []
        for line in whole.splitlines():
            row = json.loads(line)
            if "planned" in row:
                self.planned = row["planned"]
            else:
                found.append(Ended(**row))
        return found


def absent(tests: Sequence[str]) -> list[str]:
    """Those whose file or folder is not there."""
    return [test for test in tests if not (CHECKOUT / test.partition("::")[0]).exists()]


def records(folder: Path = REPORTS) -> list[Ended]:
    """What every lane of the last run has recorded."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        found += [Ended(**row) for row in rows if set(row) == {"test", "outcome", "seconds", "why"}]
    return found
