"""A lane runs pytest and learns of each test as it ends; the summary gives the verdict."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from tests.suite import lanes
from tests.suite.lanes import Lane, Running
from tests.suite.summary import Summary
from tests.waiting import wait_for

TESTS = """
import os
import pytest

def test_passes(): pass

def test_fails(): assert 1 == 2, "one is not two"

@pytest.mark.skip(reason="there is no peer")
def test_skipped(): pass

@pytest.fixture
def broken():
    yield
    raise OSError("it stays open")

def test_teardown_fails(broken): pass
"""


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lanes, "REPORTS", tmp_path / "reports")
    return tmp_path / "reports"


def run(file: Path, text: str, *more: str, also: Path | None = None, niceness: int = 0) -> Running:
    file.write_text(text)
    files = [str(one) for one in (file, also) if one]
    options = ["-c", "/dev/null", "--rootdir", str(file.parent), *more]
    running = Running(Lane("small", files, niceness=niceness, more=options))
    deadline = time.monotonic() + 120
    while running.status is None and time.monotonic() < deadline:
        running.look()
        time.sleep(0.05)
    running.stop()
    return running


def test_each_outcome_is_told_with_its_reason(tmp_path: Path, reports: Path) -> None:
    ended = run(tmp_path / "test_small.py", TESTS)
    told = {one.test.partition("::")[2]: (one.outcome, one.why) for one in ended.ended}
    assert told["test_passes"] == ("passed", "")
    assert told["test_fails"] == ("failed", "AssertionError: one is not two")
    assert told["test_skipped"] == ("skipped", "Skipped: there is no peer")
    assert told["test_teardown_fails"] == ("failed", "OSError: it stays open")
    assert ended.planned == 4
    assert not ended.passed()
    assert "one is not two" in ended.story()
    assert len(lanes.records(reports)) == 4


def test_a_process_that_dies_fails_the_test_that_it_ran(tmp_path: Path) -> None:
    ended = run(tmp_path / "test_small.py", "import os\ndef test_dies(): os._exit(3)\n")
    assert not ended.passed()
    assert not Summary([ended]).passed


def test_a_file_that_cannot_be_imported_fails_the_lane(tmp_path: Path) -> None:
    ended = run(tmp_path / "test_small.py", "import nothing_of_this_name\n")
    assert [one.outcome for one in ended.ended] == ["failed"]
    assert not Summary([ended]).passed


def test_the_second_time_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = run(tmp_path / "test_small.py", "def test_fails(): assert False\ndef test_passes(): pass\n")
    summary = Summary([ended])
    assert len(summary.failed) == 1
    summary.second(run(tmp_path / "test_small.py", "def test_fails(): pass\n"), tuple(ended.failed()))
    assert summary.failed == []
    summary.tell(1.0)
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"


def test_a_lane_without_tests_passes(tmp_path: Path) -> None:
    ended = run(tmp_path / "test_small.py", "def test_passes(): pass\n", "-k", "another")
    assert ended.passed()
    assert ended.ended == []


def test_a_file_that_is_not_there_fails_the_lane(tmp_path: Path) -> None:
    text = "def test_passes(): pass\n"
    assert not run(tmp_path / "test_small.py", text, "-n", "2", also=tmp_path / "test_gone.py").passed()
    assert not run(tmp_path / "test_small.py", text, also=tmp_path / "test_gone.py").passed()


def test_files_in_several_processes_are_all_counted(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_a(): pass\ndef test_b(): pass\n")
    ended = run(
        tmp_path / "test_small.py", "def test_passes(): pass\n", "-n", "2", also=tmp_path / "test_other.py"
    )
    assert ended.passed()
    assert len(ended.ended) == 3


def test_what_a_crashed_lane_left_running_is_ended(tmp_path: Path) -> None:
    text = """
import os, pathlib, subprocess
def test_dies():
    left = subprocess.Popen(["sleep", "600"], start_new_session=True)
    pathlib.Path("FILE").write_text(str(left.pid))
    os._exit(3)
""".replace("FILE", str(tmp_path / "left"))
    run(tmp_path / "test_small.py", text)
    left = int((tmp_path / "left").read_text())
    wait_for(lambda: not psutil.pid_exists(left) or psutil.Process(left).status() == "zombie", "its end")


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel has no autogroups")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root goes before others")
def test_a_lane_has_its_priority_among_sessions_and_sound_goes_first(tmp_path: Path) -> None:
    text = """
import time
from pathlib import Path
from tests.peers.program import Program
def priority(pid): return Path(f"/proc/{pid}/autogroup").read_text().split()[-1]
def test_says():
    argv, log = ["sleep", "60"], Path("FOLDER") / "peer"
    peers = [Program(argv, log=log), Program(argv, log=log, carries_sound=True)]
    Path("FOLDER/told").write_text(" ".join([priority("self"), *(priority(one.pid) for one in peers)]))
    for one in peers:
        one.kill()
""".replace("FOLDER", str(tmp_path))
    assert run(tmp_path / "test_small.py", text, niceness=10).passed()
    assert (tmp_path / "told").read_text() == "10 0 -10"
