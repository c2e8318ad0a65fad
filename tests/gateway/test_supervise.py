"""Supervision: SIGHUP is passed on; a dead role is started again; no role outlives its supervisor, even one
killed by -9.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

CHILD = """
import signal, sys
from gateway.supervise import end_with_supervisor
end_with_supervisor()
signal.signal(signal.SIGHUP, lambda *_: open(sys.argv[1], "a").write("read again\\n"))
open(sys.argv[1], "a").write("started\\n")
while True:
    signal.pause()
"""
SUPERVISE = """
import asyncio, sys
from gateway.supervise import Supervisor
class Trial(Supervisor):
    def _command(self, role):
        return [sys.executable, "-c", sys.argv[1], sys.argv[2]]
asyncio.run(Trial(["centre"], None).run())
"""


def _until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def _starts(file: Path) -> int:
    return file.read_text().count("started") if file.exists() else 0


def test_sighup_is_passed_on_a_dead_role_is_started_again_and_none_outlives_its_supervisor(
    tmp_path: Path,
) -> None:
    log = tmp_path / "starts"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISE, CHILD, str(log)])
    try:
        _until(lambda: _starts(log) == 1)
        (child,) = psutil.Process(supervisor.pid).children()
        os.kill(supervisor.pid, signal.SIGHUP)
        _until(lambda: "read again" in log.read_text())
        assert child.is_running()
        child.kill()
        _until(lambda: _starts(log) == 2)
        (child,) = psutil.Process(supervisor.pid).children()
        os.kill(supervisor.pid, signal.SIGKILL)
        _until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    finally:
        supervisor.kill()
        supervisor.wait()
