"""A drain: new calls wait in the switch, running ones go on, and a stop then loses nobody. And what
`songhua status` says meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.peers.checkout import CHECKOUT
from tests.real.control_world import CHIEF, ControlWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


def command(world: ControlWorld, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", *words, "--config", str(world.service.config)],
        cwd=CHECKOUT, env={**os.environ, "SONGHUA_USER": CHIEF.id, "SONGHUA_PASSWORD": CHIEF.password},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def said(program: subprocess.Popen[str]) -> tuple[int, str]:
    told, _ = program.communicate(timeout=60)
    return program.returncode, told


def drain(world: ControlWorld) -> dict[str, Any]:
    found: dict[str, Any] = world.chief.visitor.get("/api/drain")
    return found


def ready(world: ControlWorld) -> list[str]:
    try:
        with urllib.request.urlopen(f"{world.service.address}/readyz", timeout=20) as answer:
            told = json.load(answer)
    except urllib.error.HTTPError as refused:
        told = json.load(refused)
    return list(told["reasons"])


@contextmanager
def draining(world: ControlWorld) -> Iterator[subprocess.Popen[str]]:
    program = command(world, "drain", "--within", "60", "--json")
    try:
        wait_for(lambda: drain(world)["on"], "the drain", 30)
        yield program
    finally:
        program.kill()
        program.wait(10)


def test_a_drain_keeps_new_calls_back_and_a_stop_loses_nobody(tmp_path: Path) -> None:
    with ControlWorld(tmp_path) as world:
        one, two = world.agents
        first, first_call = world.talk(one)
        code, told = said(command(world, "status", "--json"))
        status = json.loads(told)
        assert status["parts"]["calls"] == {
            "state": "up", "why": "", "now": 1, "waiting": 0, "agents": status["parts"]["calls"]["agents"],
        }  # fmt: skip
        assert status["parts"]["calls"]["agents"]["talking"] == 1
        assert status["parts"]["role centre"]["state"] == "up"
        assert status["parts"]["role centre"]["pid"] == world.service.program.pid
        # No broker runs here, nor the other roles.
        assert (code, status["parts"]["role radio"]["state"], status["parts"]["broker"]["state"]) == (
            1, "down", "down",
        )  # fmt: skip
        with draining(world) as program:
            world.sign_in(two)
            second = world.dial()
            wait_for(lambda: drain(world)["kept_waiting"] == 1, "a caller who is kept waiting", 30)
            assert "draining" in ready(world)
            assert world.call(first_call)["state"] == "talking"
            assert world.state_of(two) == "ready"
            assert program.poll() is None
            first.hang_up()
            code, told = said(program)
            assert (code, json.loads(told)["left"], json.loads(told)["kept_waiting"]) == (0, 0, 1)
            assert world.state_of(two) == "ready"
            assert said(command(world, "drain", "--off"))[0] == 0
        world.waiting(second, "talking", within=40)
        assert ready(world) == []
        second.hang_up()
        world.switch.wait_idle()
        # Now the service stops while somebody is kept waiting: he is still there when it is back.
        with draining(world) as program:
            third = world.dial()
            wait_for(lambda: drain(world)["kept_waiting"] == 1, "a caller who is kept waiting", 30)
            assert said(program)[0] == 0
        world.service.program.stop(20)
        code, told = said(command(world, "status", "--json"))
        status = json.loads(told)
        assert (code, status["parts"]["role centre"]["state"]) == (2, "down")
        assert status["parts"]["switch"]["state"] == "up"
        assert any("calls" in one for one in status["not_asked"])
        assert third.program.running
        world.start_service()
        assert not drain(world)["on"]
        for seat in (one, two):
            for call in world.owed(seat):
                world.dispose(seat, call)
        two.visitor.post("/api/agents/me/state", {"state": "ready"})
        world.waiting(third, "talking", within=60)
