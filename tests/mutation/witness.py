"""A plug-in of pytest for judging a mutant: it runs the chosen tests in order and tells which one
failed.

`SONGHUA_WITNESS` names a file of JSON: `order` is read, and `failed` and `running` are written beside it.
"""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

FILE: Final = "SONGHUA_WITNESS"
# A mutant that never ends may also never end to grow.
MOST_BYTES: Final = 8 << 30


class Witness:
    """What happened to the chosen tests."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place = {
            test: at for at, test in enumerate(json.loads(file.read_text(encoding="utf-8"))["order"])
        }
        self._told: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Only the chosen ones. Where a mutant changed what tests are called, all of their files."""
        chosen = [item for item in items if item.nodeid in self._place]
        if chosen:
            left = [item for item in items if item.nodeid not in self._place]
            config.hook.pytest_deselected(items=left)
            items[:] = sorted(chosen, key=lambda item: self._place[item.nodeid])

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._tell("running", item.nodeid)
        yield

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._tell("failed", report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._tell("failed", report.nodeid)

    def _tell(self, what: str, test: str) -> None:
        self._told.setdefault(what, test)
        if what == "running":
            self._told[what] = test
        self._file.with_suffix(".told").write_text(json.dumps(self._told), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Limit the memory, and watch."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    config.pluginmanager.register(Witness(Path(os.environ[FILE])), "mutation-witness")
