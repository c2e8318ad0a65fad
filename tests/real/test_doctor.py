"""The doctor at the bedside of a real Asterisk: silent on a sound one, and right about a broken one."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

from gateway.asterisk.console import ControlSocket
from gateway.asterisk.doctor import LocalConsole, examine
from gateway.asterisk.findings import Severity
from gateway.asterisk.silence import control_socket
from tests.peers.asterisk import AsteriskPeer, alarm_prompts, private_settings, short_prompts
from tests.peers.checkout import ASTERISK, CHECKOUT
from tests.peers.songhua import SonghuaPeer, to_toml
from tests.real.trunk_world import TrunkWorld
from tests.waiting import wait_for

pytestmark = pytest.mark.real


AS_NOBODY = """
import os, sys
from typer.main import get_command
from gateway.cli import build
command = get_command(build(["doctor"]))
def doctor():
    try:
        command(["doctor", "--json", "--config", sys.argv[1]])
    except SystemExit as done:
        return done.code
# What it imports on its way is loaded while everything may be read.
with open(os.devnull, "w") as nowhere:
    kept, sys.stdout = sys.stdout, nowhere
    doctor()
    sys.stdout = kept
os.setgroups([])
os.setegid(65534)
os.seteuid(65534)
sys.exit(doctor())
"""


def as_nobody(switch: AsteriskPeer, folder: Path) -> dict[str, Any]:
    """The findings of `songhua doctor` for a user who may read the settings alone; one of each check."""
    service = SonghuaPeer(folder / "service", asterisk=switch, broker=None)
    told = tomllib.loads(service.config.read_text())
    secret = folder / "ami"
    secret.write_text(told["ami"].pop("secret"))
    secret.chmod(0o600)
    told["ami"]["secret_file"] = str(secret)
    with NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(to_toml(told))
        config.flush()
        Path(config.name).chmod(0o644)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, config.name], cwd=CHECKOUT, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)}


@pytest.fixture
def switch(tmp_path: Path) -> AsteriskPeer:
    return AsteriskPeer(
        private_settings(tmp_path, prompts=alarm_prompts(short_prompts(tmp_path / "prompts")))
    )


async def test_nothing_to_say_about_what_we_render(switch: AsteriskPeer, tmp_path: Path) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    control = ControlSocket(control_socket(switch.settings))
    try:
        found = await examine(switch.settings, console)
        assert await examine(switch.settings, control) == found, "its socket tells what its program tells"
        # A program that is not there tells nothing of whether the switch runs.
        blind = await examine(switch.settings, LocalConsole("/no/asterisk", switch.settings.directories.etc))
        assert [(one.check, one.severity) for one in blind] == [("running", Severity.UNCHECKED)]
        seen = as_nobody(switch, tmp_path)
    finally:
        switch.close()
    assert seen["running"]["severity"] == "unchecked"
    assert "may not open its console" in seen["running"]["what"]
    assert {one["severity"] for one in seen.values()} >= {"unchecked"}
    assert seen["secrets"]["where"] == "ami.secret"
    assert (await examine(switch.settings, control))[0].severity is Severity.FAULT, "now it does not run"
    # This switch has a trunk that calls come in on, and none to call out on.
    assert {finding.check for finding in found} == {"emergency"}


async def test_nothing_at_all_about_two_trunks_and_everything_when_they_are_broken(tmp_path: Path) -> None:
    with TrunkWorld(tmp_path) as world:
        console = LocalConsole(ASTERISK, world.settings.directories.etc)
        assert await examine(world.settings, console) == []
        await console.run('dialplan add extension 5,1,"Dial(PJSIP/1@second)" into desk')
        await console.run("dialplan remove extension 119@emergency")
        world.first.stop()
        wait_for(lambda: not world.up("first"), "loss of the first trunk")
        found = await examine(world.settings, console)
    assert sorted(finding.check for finding in found) == ["emergency", "limits", "trunk"]


async def test_a_module_and_a_prompt_that_went_missing(switch: AsteriskPeer) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    try:
        await console.run("module unload cel_custom.so")
        (switch.settings.directories.prompts / "zh" / "greeting.wav").unlink()
        found = await examine(switch.settings, console)
    finally:
        switch.close()
    assert {finding.check for finding in found} == {"modules", "cel", "prompts", "emergency"}


async def test_a_rendered_dialplan_uses_no_application_that_is_missing(switch: AsteriskPeer) -> None:
    switch.start()
    try:
        assert "WARNING" not in switch.messages.read_text()
        assert "ERROR" not in switch.messages.read_text()
    finally:
        switch.close()
