"""A pytest plugin: writes each test's outcome and seconds as it ends, one JSON line each.

`-p tests.suite.recorder` with SONGHUA_TEST_RECORD=FILE. Of a run in several processes only the first one
writes. `finished` lines are the tests' own; a `planned` line tells how many there are.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

RECORD_VARIABLE: Final = "SONGHUA_TEST_RECORD"


class Recorder:
    """Adds up set-up, call and tear-down of each test; the worst of the three is its outcome."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lines = file.open("w", encoding="utf-8")
        self._running: dict[str, tuple[float, str, str]] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seconds, outcome, why = self._running.pop(report.nodeid, (0.0, "passed", ""))
        seconds += report.duration
        if report.outcome != "passed" and outcome == "passed":
            outcome = report.outcome
            why = _first_line(report)
        if report.when == "teardown":
            self._write({"test": report.nodeid, "outcome": outcome, "seconds": round(seconds, 3), "why": why})
        else:
            self._running[report.nodeid] = (seconds, outcome, why)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(
                {"test": report.nodeid, "outcome": "failed", "seconds": 0.0, "why": "it cannot be imported"}
            )

    @pytest.hookimpl
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self._write({"planned": len(session.items)})

    @pytest.hookimpl
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._write({"planned": len(ids)})

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """What had begun and never ended went with its process."""
        for test, (seconds, _, _) in self._running.items():
            self._write({"test": test, "outcome": "failed", "seconds": seconds, "why": "its process ended"})
        self._lines.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lines.flush()


def pytest_configure(config: pytest.Config) -> None:
    file = os.environ.get(RECORD_VARIABLE)
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(file)))


def _first_line(report: pytest.TestReport) -> str:
    if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message) if crash is not None else str(report.longrepr)
    return text.strip().partition("\n")[0][:200]
