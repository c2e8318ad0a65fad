"""Supervision: SIGHUP is passed on; a dead role is started again; no role outlives its supervisor, even one
killed by -9; roles do not need the preloaded process that forked them, and none runs twice.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.peers.checkout import CHECKOUT

PRELOADED = """
import signal, sys
from gateway.processes import preloaded
from gateway.processes.linux import end_with_supervisor
def role(words):
    end_with_supervisor()
    def told(what):
        open(words[-1], "a").write(f"{words[2]} {what}\\n")
    signal.signal(signal.SIGHUP, lambda *_: told("reads again"))
    told("started")
    while True:
        signal.pause()
preloaded.main(modules=("json", "no_such_module"), run=role)
"""
SUPERVISE = """
import asyncio, sys
from pathlib import Path
from gateway.processes.notify import ServiceNotifier
from gateway.supervise import Supervisor
notifier = ServiceNotifier.asked()
supervisor = Supervisor(["centre", "radio"], Path(sys.argv[2]), program=[sys.argv[1]], notifier=notifier)
asyncio.run(supervisor.run())
"""


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


class Supervised:
    """A supervisor with two roles that write into a file what happens to them; each does `more`."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.log = folder / "told"
        script = folder / "p.py"
        script.write_text(PRELOADED.replace("    while", f"    {more}\n    while"))
        self.program = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(script), str(self.log)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )

    def told(self, line: str) -> int:
        return self.log.read_text().splitlines().count(line) if self.log.exists() else 0

    def wait_for(self, line: str, times: int = 1) -> None:
        until(lambda: self.told(line) == times)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.program.pid).children()

    def role(self, name: str) -> psutil.Process:
        (found,) = [one for one in self.children() if name in one.cmdline()]
        return found

    def preloaded(self) -> psutil.Process:
        (found,) = [one for one in self.children() if "--role" not in one.cmdline()]
        return found


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    one = Supervised(tmp_path)
    try:
        one.wait_for("centre started")
        one.wait_for("radio started")
        yield one
    finally:
        one.program.kill()
        one.program.wait()


def test_a_role_has_its_words_its_supervisor_and_its_end(supervised: Supervised) -> None:
    centre = supervised.role("centre")
    words = [
        sys.executable,
        "-m",
        "gateway.cli",
        "serve",
        "--role",
        "centre",
        "--config",
        str(supervised.log),
    ]
    assert centre.cmdline() == words
    shown = subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(supervised.role("radio").pid)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.strip() == " ".join(words).replace("centre", "radio")
    os.kill(supervised.program.pid, signal.SIGHUP)
    supervised.wait_for("centre reads again")
    supervised.wait_for("radio reads again")
    centre.kill()
    supervised.wait_for("centre started", 2)
    assert supervised.role("centre").pid != centre.pid
    roles = [supervised.role("centre"), supervised.role("radio"), supervised.preloaded()]
    os.kill(supervised.program.pid, signal.SIGKILL)
    until(lambda: all(gone(one) for one in roles))


def test_roles_outlive_the_preloaded_process_and_the_next_one_starts_what_dies(
    supervised: Supervised,
) -> None:
    first, centre, radio = supervised.preloaded(), supervised.role("centre"), supervised.role("radio")
    first.kill()
    centre.kill()
    supervised.wait_for("centre started", 2)
    assert radio.is_running()
    assert supervised.preloaded().pid != first.pid
    assert supervised.told("radio started") == 1
    assert len(supervised.children()) == 3


def test_it_stops_as_a_process_group_and_leaves_nobody(supervised: Supervised) -> None:
    """Ctrl-C goes to every process of the terminal."""
    everybody = supervised.children()
    supervised.preloaded().send_signal(signal.SIGINT)
    supervised.preloaded().send_signal(signal.SIGTERM)
    supervised.program.terminate()
    assert supervised.program.wait(15) == 0
    assert all(gone(one) for one in everybody)
    assert supervised.told("centre started") == supervised.told("radio started") == 1


def test_an_orphan_of_a_role_leaves_no_zombie(tmp_path: Path) -> None:
    """The supervisor becomes its parent."""
    supervised = Supervised(tmp_path, "import subprocess; subprocess.Popen(['sleep', '600'])")
    try:
        supervised.wait_for("centre started")
        centre = supervised.role("centre")
        until(lambda: len(centre.children()) == 1)
        (orphan,) = centre.children()
        centre.kill()
        until(lambda: orphan.ppid() == supervised.program.pid)
        orphan.kill()
        until(lambda: not orphan.is_running())
    finally:
        supervised.program.kill()
        supervised.program.wait()
