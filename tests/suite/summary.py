"""What a run says at its end: its lanes, the slowest files, what was skipped or unsteady, and the counts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from tests.suite.lanes import Ended, Running
from tests.suite.order import file_of
from tests.suite.runs import Part, Run

SLOWEST: Final = 10
SET_UP_VARIABLE: Final = "SONGHUA_SET_UP_S"
"""Seconds that `scripts/test` spent on set-up."""


class Summary:
    """`passed` is the verdict of the run."""

    def __init__(self, lanes: Sequence[Running]) -> None:
        self._lanes = list(lanes)
        self._unsteady: tuple[Ended, ...] = ()
        self._notes: list[str] = []
        self._again: Running | None = None
        self._seconds = 0.0

    def add(self, note: str) -> None:
        self._notes.append(note)

    def second(self, lane: Running, steady: tuple[Ended, ...]) -> None:
        """What was run once more, and which of it passed then."""
        self._again, self._unsteady = lane, steady

    def lane_of(self, test: str) -> str:
        return next(lane.lane.name for lane in self._lanes if any(one.test == test for one in lane.ended))

    @property
    def failed(self) -> list[Ended]:
        steady = {one.test for one in self._unsteady}
        return [one for lane in self._lanes for one in lane.failed() if one.test not in steady]

    @property
    def passed(self) -> bool:
        broken_off = [lane for lane in self._lanes if not lane.passed() and not lane.failed()]
        return not self.failed and not broken_off

    def run(self, commit: str, *, busy_s: float) -> Run:
        """The row that is kept of a complete run, once it was told."""
        lanes = [*self._lanes, *([] if self._again is None else [self._again])]
        return Run(
            day=datetime.now(UTC).date().isoformat(),
            commit=commit,
            processors=os.cpu_count() or 1,
            set_up_s=float(os.environ.get(SET_UP_VARIABLE, "0")),
            seconds=round(self._seconds, 1),
            busy_s=round(busy_s, 1),
            parts=tuple(Part(one.lane.name, round(one.seconds, 1), len(one.ended)) for one in lanes),
            passed=self._counted("passed") + len(self._unsteady),
            failed=len(self.failed),
            skipped=self._counted("skipped"),
            again=tuple(one.test for one in self._unsteady),
        )

    def _counted(self, outcome: str) -> int:
        return sum(one.outcome == outcome for lane in self._lanes for one in lane.ended)

    def tell(self, seconds: float) -> None:
        self._seconds = seconds
        ended = [one for lane in self._lanes for one in lane.ended]
        for lane in self._lanes:
            if not lane.passed() and (self.failed or not lane.failed()):
                print(f"\n== {lane.lane.name}: failures\n{lane.story()}")
        if self._again is not None and not self._again.passed():
            print(f"\n== once more: failures\n{self._again.story()}")
        self._tell_slowest(ended)
        skipped = [one for one in ended if one.outcome == "skipped"]
        for one in skipped:
            print(f"skipped: {one.test}: {one.why}")
        for note in self._notes:
            print(note)
        for one in self._unsteady:
            print(f"unsteady: {one.test}: {one.why}")
        print("\n== parts")
        for lane in self._lanes:
            word = "passed" if lane.passed() else "failed"
            print(f"{lane.lane.name:12} {word:8} {len(lane.ended):6} tests {lane.seconds:6.0f} s")
        print(
            f"{'whole':12} {'passed' if self.passed else 'failed':8} {len(ended):6} tests {seconds:6.0f} s\n"
        )
        passed = self._counted("passed") + len(self._unsteady)
        print(f"{passed} passed, {len(self.failed)} failed, {len(skipped)} skipped")

    def _tell_slowest(self, ended: Sequence[Ended]) -> None:
        files: dict[str, float] = {}
        for one in ended:
            files[file_of(one.test)] = files.get(file_of(one.test), 0.0) + one.seconds
        print("\n== slowest files")
        for file in sorted(files, key=lambda one: -files[one])[:SLOWEST]:
            print(f"{files[file]:7.1f} s  {file}")
