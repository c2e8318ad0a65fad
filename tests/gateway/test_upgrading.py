"""An upgrade whose process dies at any moment, any number of times, ends as one that nobody disturbed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Invalid
from gateway.upgrading import packages
from gateway.upgrading.journal import Journal, alone, begin, journals, unfinished
from gateway.upgrading.model import BACK, FORWARD, Step, UpgradePlan, UpgradeState
from gateway.upgrading.service import StepFailed, carry_out

PLAN = UpgradePlan(
    upgrade_id="20261201T200000000000Z", package="/new.whl", sha256="0" * 64, previous="/old.whl",
    from_version="1", to_version="2", schema_revision="0016",
)  # fmt: skip


class Killed(BaseException):
    """The process is gone."""


class SimulatedMachine:
    """A machine with a service, an installed version and a database; it dies before or in the midst of the
    actions that `deaths` counts, and `broken` steps fail.
    """

    def __init__(
        self, deaths: Mapping[int, str] | None = None, broken: frozenset[Step] = frozenset()
    ) -> None:
        self.runs, self.version, self.schema, self.half = True, "1", "0016", ""
        self.backups = 0
        self.deaths, self.broken = dict(deaths or {}), broken
        self.done: list[Step] = []
        self._acts = 0

    def do(self, step: Step, state: UpgradeState) -> Mapping[str, Any] | None:
        self._acts += 1
        death = self.deaths.get(self._acts)
        if death == "before":
            raise Killed
        if step in self.broken:
            raise StepFailed(f"{step} is broken")
        self._act(step)
        self.done.append(step)
        if death == "after":
            raise Killed
        return {"step": step}

    def _act(self, step: Step) -> None:
        if step in {Step.MIGRATE, Step.BACK_SCHEMA, Step.INSTALL, Step.BACK_INSTALL}:
            assert not self.runs, "nothing is changed under a running service"
        if step in {Step.MIGRATE, Step.BACK_SCHEMA}:
            assert self.version == "2", "only the new version knows both schemas"
        if step in {Step.START, Step.BACK_START}:
            assert self.schema == {"1": "0016", "2": "0083"}[self.version], "a version meets its schema"
        changes: Mapping[Step, Mapping[str, Any]] = {
            Step.BACKUP: {"backups": self.backups + 1},
            Step.STOP: {"runs": False}, Step.BACK_STOP: {"runs": False},
            Step.START: {"runs": True}, Step.BACK_START: {"runs": True},
            Step.INSTALL: {"version": "2"}, Step.BACK_INSTALL: {"version": "1"},
            Step.MIGRATE: {"schema": "0083"}, Step.BACK_SCHEMA: {"schema": "0016"},
        }  # fmt: skip
        for name, value in changes.get(step, {}).items():
            setattr(self, name, value)


def carried(folder: Path, machine: SimulatedMachine) -> UpgradeState:
    """As the operator does it: the command again and again, until it says how it ended."""
    journal = begin(folder, PLAN)
    for _ in range(40):
        try:
            return carry_out(journal, machine)
        except Killed:
            again = unfinished(folder)
            assert again is not None
            journal = again
    raise AssertionError("it never ended")


DEATHS = st.dictionaries(st.integers(1, 16), st.sampled_from(["before", "after"]), max_size=6)


@given(deaths=DEATHS)
def test_an_upgrade_that_dies_anywhere_ends_upgraded(
    deaths: dict[int, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = SimulatedMachine(deaths)
    state = carried(tmp_path_factory.mktemp("journal"), machine)
    assert state.outcome == "upgraded"
    assert (machine.runs, machine.version, machine.schema) == (True, "2", "0083")
    assert machine.backups >= 1
    assert list(dict.fromkeys(machine.done)) == list(FORWARD)


@given(deaths=DEATHS, broken=st.sampled_from(FORWARD))
def test_a_step_that_fails_leads_back_from_wherever_it_dies(
    deaths: dict[int, str], broken: Step, tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = SimulatedMachine(deaths, frozenset({broken}))
    state = carried(tmp_path_factory.mktemp("journal"), machine)
    assert (machine.runs, machine.version, machine.schema) == (True, "1", "0016")
    assert state.failed is broken
    changed = FORWARD.index(broken) >= FORWARD.index(Step.STOP)
    assert state.outcome == ("went-back" if changed else "nothing-done")


@pytest.mark.parametrize("broken", [Step.BACK_SCHEMA, Step.BACK_INSTALL, Step.BACK_START, Step.BACK_CHECK])
def test_a_way_back_that_stops_goes_on_when_it_was_mended(tmp_path: Path, broken: Step) -> None:
    machine = SimulatedMachine(broken=frozenset({Step.CHECK, broken}))
    with pytest.raises(StepFailed, match="broken"):
        carried(tmp_path, machine)
    machine.broken = frozenset({Step.CHECK})
    journal = unfinished(tmp_path)
    assert journal is not None
    assert carry_out(journal, machine).outcome == "went-back"
    assert (machine.runs, machine.version, machine.schema) == (True, "1", "0016")
    assert [step for step in dict.fromkeys(machine.done) if step in BACK] == list(BACK)


def test_an_upgrade_that_nobody_can_mend_is_given_up(tmp_path: Path) -> None:
    broken = SimulatedMachine(broken=frozenset({Step.CHECK, Step.BACK_INSTALL}))
    with pytest.raises(StepFailed):
        carried(tmp_path, broken)
    journal = unfinished(tmp_path)
    assert journal is not None
    journal.add(Step.BACK_INSTALL, "given-up")
    assert journal.state().outcome == "given-up"
    assert unfinished(tmp_path) is None


@given(cut=st.integers(0, 400))
def test_a_line_that_broke_off_counts_as_not_written(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = begin(folder, PLAN)
    whole = journal.file.read_bytes()
    journal.add(Step.BACKUP, "begun")
    line = journal.file.read_bytes()[len(whole) :]
    journal.file.write_bytes(whole + line[: min(cut, len(line) - 1)])
    assert journal.state().next is Step.BACKUP
    journal.add(Step.BACKUP, "done", {"file": "x"})
    assert [one.state for one in journal.state().lines] == ["done"]


def test_a_journal_of_another_version_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    journal = begin(tmp_path, PLAN)
    plan = json.loads(journal.file.read_text())
    for text in (json.dumps({**plan, "format": 9}), "{}", "no JSON", '["a"]'):
        journal.file.write_text(text + "\n")
        with pytest.raises(Invalid):
            journal.state()


def test_two_upgrades_at_once_are_refused(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Conflict, match="still running"), alone(tmp_path):
        raise AssertionError("both got in")


def test_the_package_of_the_running_version_is_found_for_the_way_back(tmp_path: Path) -> None:
    wheel = tmp_path / "songhua-2-py3-none-any.whl"
    wheel.write_bytes(b"a package")
    assert packages.version_of(wheel) == "2"
    copy = packages.kept(tmp_path / "folder", wheel, packages.digest_of(wheel))
    assert (copy.name, copy.read_bytes()) == (wheel.name, b"a package")
    journal = begin(tmp_path / "folder", PLAN.model_copy(update={"package": str(copy)}))
    assert packages.of_version(tmp_path / "folder", "2") is None
    carry_out(journal, SimulatedMachine())
    assert packages.of_version(tmp_path / "folder", "2") == copy
    packages.prune(tmp_path / "folder", {copy})
    assert copy.exists()
    packages.prune(tmp_path / "folder", set())
    assert not copy.exists()
    assert [Journal(one.file).file for one in journals(tmp_path / "folder")] == [journal.file]
