"""A plug-in of pytest that records which lines each test executes, in this process and in those it starts.

Contexts of coverage.py tell whose lines they are: a test's id, or `FILE::*` for what fixtures of a wider
scope execute for all tests of a file. Seconds and outcomes stand beside them, a line of JSON for each test.
Used as `-p tests.mutation.recorder` with the folder for the results in `SONGHUA_RECORD`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

FOLDER = "SONGHUA_RECORD"
CONTEXT = "SONGHUA_RECORD_CONTEXT"
OF_A_FILE = "::*"
# Programs that a test starts read this; `context` is the test that starts them.
CONFIGURATION = """[run]
branch = false
core = ctrace
concurrency = thread, greenlet
parallel = true
sigterm = true
data_file = {folder}/coverage
context = ${{{context}}}
include = {included}
disable_warnings = no-data-collected, module-not-imported, module-not-measured, module-not-python
"""


def configuration(folder: Path, sources: list[Path]) -> None:
    """Write what coverage.py reads, before pytest is started."""
    folder.mkdir(parents=True, exist_ok=True)
    included = "".join(f"\n    {source}/*" for source in sources)
    text = CONFIGURATION.format(folder=folder, context=CONTEXT, included=included)
    (folder / "coveragerc").write_text(text, encoding="utf-8")


class Recorder:
    """One of these in each process of pytest-xdist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.environ[CONTEXT] = ""
        self._coverage = Coverage(config_file=str(folder / "coveragerc"))
        self._coverage.start()
        os.environ["COVERAGE_PROCESS_START"] = str(folder / "coveragerc")
        self._test = ""
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()

    def _is(self, context: str) -> None:
        os.environ[CONTEXT] = context
        self._coverage.switch_context(context)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._test = item.nodeid
        self._is(self._test)
        yield
        self._test = ""
        self._is("")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        if fixturedef.scope == "function" or not self._test:
            yield
            return
        before = os.environ[CONTEXT]
        self._is(self._test.split("::")[0] + OF_A_FILE)
        yield
        self._is(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration
        if report.outcome != "passed":
            self._failed.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        with (self._folder / f"tests.{os.getpid()}.jsonl").open("w", encoding="utf-8") as out:
            for test, seconds in self._seconds.items():
                line = {"id": test, "seconds": round(seconds, 4), "passed": test not in self._failed}
                out.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """The process that only hands out tests to others records nothing."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(os.environ[FOLDER])), "mutation-recorder")
