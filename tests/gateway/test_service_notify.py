"""A process tells systemd, or the supervisor, that it is up and lives; a role that stands still is started
again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import Process
from gateway.processes.linux import SUPERVISOR
from gateway.processes.notify import SUPERVISED_EVERY_S, ServiceNotifier, supervisor_address
from gateway.processes.signs import LOOKS, RoleSigns
from tests.gateway.test_supervise import Supervised
from tests.waiting import until


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """Stands in systemd's place: what it is told, datagram by datagram."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "notify"))
        link.settimeout(30)
        yield link


def told(link: socket.socket) -> list[str]:
    return link.recv(4096).decode().splitlines()


def test_the_environment_says_who_is_told_and_no_child_inherits_it() -> None:
    given = {
        "NOTIFY_SOCKET": "/run/n",
        "WATCHDOG_USEC": "6000000",
        "WATCHDOG_PID": str(os.getpid()),
        "A": "b",
    }
    assert ServiceNotifier.asked(given).limit_s == 6.0
    assert given == {"A": "b"}
    other = {"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "1"}
    assert ServiceNotifier.asked(other).limit_s is None
    for wrong in ("", "0", "-1", "soon"):
        assert ServiceNotifier.asked({"NOTIFY_SOCKET": "/run/n", "WATCHDOG_USEC": wrong}).limit_s is None


async def test_a_role_is_ready_when_its_parts_are_up_and_lives_while_its_loop_runs(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SUPERVISOR, raising=False)
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    process = Process("speech", [])
    running = asyncio.ensure_future(process.run())
    assert await asyncio.to_thread(told, systemd) == ["READY=1", "STATUS=speech up"]
    for _ in range(3):
        assert await asyncio.to_thread(told, systemd) == ["WATCHDOG=1"]
    assert "NOTIFY_SOCKET" not in os.environ
    process.end()
    await running
    while (last := await asyncio.to_thread(told, systemd)) == ["WATCHDOG=1"]:
        pass
    assert last == ["STOPPING=1"]


async def test_who_is_not_there_to_be_told_stops_nothing(tmp_path: Path) -> None:
    silent = ServiceNotifier(str(tmp_path / "gone"), every_s=60)
    silent.ready()
    silent.stopping()
    ServiceNotifier().ready("up")


async def test_a_supervised_role_is_known_by_its_pid_and_missed_when_it_is_silent() -> None:
    up: list[int] = []
    roles = {os.getpid()}
    signs = RoleSigns(roles.__contains__, up.append)
    with signs.listen():
        role = ServiceNotifier.asked({SUPERVISOR: str(os.getpid())})
        role.ready()
        await until(lambda: up == [os.getpid()], "sign that it is up")
        assert [signs.look() for _ in range(LOOKS)] == [[]] * LOOKS
        assert signs.look() == [os.getpid()]
        ServiceNotifier(supervisor_address(os.getpid())).ready()
        await until(lambda: signs.look() == [], "sign of life")
        role.stopping()
        await until(lambda: not any(signs.look() for _ in range(LOOKS + 1)), "sign of its end")
        roles.clear()
        role.ready()
        role.stopping()
        await asyncio.sleep(0.05)
        assert signs.look() == []
    assert len(up) == 2
    assert SUPERVISED_EVERY_S < 60 / LOOKS, "of the units' WatchdogSec"


LIVES = """
    import asyncio
    from gateway.processes.notify import ServiceNotifier, supervisor_address
    async def live():
        supervisor = supervisor_address(int(__import__("os").environ["SONGHUA_SUPERVISOR"]))
        ServiceNotifier(supervisor, every_s=0.1).ready()
        await asyncio.Event().wait()
    asyncio.run(live())
"""


def test_systemd_hears_of_the_first_role_and_a_frozen_role_is_started_again(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
    monkeypatch.setenv("WATCHDOG_USEC", "4000000")
    supervised = Supervised(tmp_path, LIVES.strip("\n").strip())
    try:
        heard: list[str] = []
        while "READY=1" not in heard:
            heard = told(systemd)
        assert "STATUS=centre up" in heard[-1]
        supervised.wait_for("radio started")
        centre, radio = supervised.role("centre"), supervised.role("radio")
        centre.send_signal(signal.SIGSTOP)
        supervised.wait_for("centre started", 2)
        assert radio.is_running()
        assert supervised.told("radio started") == 1
        supervised.program.terminate()
        while "STOPPING=1" not in heard:
            heard = told(systemd)
    finally:
        supervised.program.kill()
        supervised.program.wait()
