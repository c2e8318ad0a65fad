"""What `deploy/` tells systemd: units for every role, switch and broker, that may do little; and the users
and folders that they name are made.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from gateway.cli import COMMANDS
from gateway.processes.notify import SUPERVISED_EVERY_S
from gateway.processes.signs import LOOKS
from gateway.settings import ROLES
from tests.peers.checkout import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
UNITS = DEPLOY / "systemd"
SERVICES = sorted(file.name for file in UNITS.glob("*.service"))
OF_OTHERS = {"root", "mosquitto"}
"""Users of the system, and of Debian's package mosquitto, which ours depends on."""


def settings(name: str) -> list[str]:
    lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def values(name: str, *keys: str) -> list[str]:
    """Every word of these settings, without the sign that a missing folder is no fault."""
    lines = [line.partition("=") for line in settings(name)]
    return [word.lstrip("-") for key, _, words in lines if key in keys for word in words.split()]


def made_users() -> set[str]:
    lines = chain.from_iterable(file.read_text().splitlines() for file in (DEPLOY / "sysusers.d").iterdir())
    return {line.split()[1] for line in lines if re.match(r"[ug] ", line)}


def made_folders() -> dict[str, list[str]]:
    """Mode, user and group of each, by path."""
    lines = chain.from_iterable(file.read_text().splitlines() for file in (DEPLOY / "tmpfiles.d").iterdir())
    return {line.split()[1]: line.split()[2:5] for line in lines if line.startswith("d ")}


def test_both_units_are_the_same_but_for_the_role() -> None:
    one = [
        line.replace(" --role %i", "").replace("role %i", "the communications core of a hotline")
        for line in settings("songhua@.service")
    ]
    assert one == settings("songhua.service")
    head = (UNITS / "songhua@.service").read_text().splitlines()[0]
    assert re.findall(r"songhua@(\w+)", head) == list(ROLES)


def test_there_is_a_unit_for_the_switch_the_broker_and_each_timer() -> None:
    assert {"asterisk.service", "songhua-broker.service"} <= set(SERVICES)
    timers = {file.stem for file in UNITS.glob("*.timer")}
    assert {f"{name}.service" for name in timers} <= set(SERVICES)
    assert all(name.is_dir() or name.suffix in {".service", ".timer"} for name in UNITS.iterdir())


@pytest.mark.parametrize("name", ["songhua.service", "songhua@.service"])
def test_the_centre_goes_on_when_the_kernel_ends_the_process_that_trains(name: str) -> None:
    """Without it systemd ends the whole unit as soon as one of its processes was killed for memory."""
    assert "OOMPolicy=continue" in settings(name)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_reads_the_unit_and_finds_little_that_it_may_do(name: str, tmp_path: Path) -> None:
    file = tmp_path / name.replace("@", "@centre")
    file.write_text((UNITS / name).read_text())
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unknown key" not in done.stderr
    assert "ignoring" not in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_what_stays_running_says_when_it_is_ready_and_is_watched(name: str) -> None:
    if values(name, "Type") == ["oneshot"]:
        return
    assert values(name, "Type") == ["notify"]
    assert values(name, "Restart") == ["always"]
    assert values(name, "StartLimitIntervalSec") == ["0"]
    if name != "asterisk.service":  # Asterisk has no word for a watchdog
        assert float(values(name, "WatchdogSec")[0]) / LOOKS > SUPERVISED_EVERY_S


@pytest.mark.parametrize("name", SERVICES)
def test_what_the_units_run_is_a_command_of_ours(name: str) -> None:
    commands = [line.split()[1] for line in settings(name) if re.match(r"ExecStart=/usr/bin/songhua ", line)]
    assert set(commands) <= set(COMMANDS)
    assert commands or name == "asterisk.service"


@pytest.mark.parametrize("name", SERVICES)
def test_users_of_the_units_are_made(name: str) -> None:
    assert set(values(name, "User", "Group", "SupplementaryGroups")) <= made_users() | OF_OTHERS


@pytest.mark.parametrize("name", SERVICES)
def test_folders_that_the_units_write_to_are_made_for_their_user(name: str) -> None:
    folders = made_folders()
    own = {"StateDirectory": "/var/lib", "LogsDirectory": "/var/log", "RuntimeDirectory": "/run"}
    [user, *_] = [*values(name, "User"), "root"]
    for key, above in own.items():
        for word in values(name, key):
            path = f"{above}/{word}"
            if key != "RuntimeDirectory":
                assert folders[path] == [*values(name, f"{key}Mode"), user, user]
    for path in values(name, "ReadWritePaths"):
        assert path in folders or str(Path(path).parent) in folders, path


def test_owners_of_the_folders_are_made() -> None:
    assert {owner for owners in made_folders().values() for owner in owners[1:]} <= made_users() | OF_OTHERS


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")
def test_systemd_makes_the_users() -> None:
    files = sorted((DEPLOY / "sysusers.d").iterdir())
    done = subprocess.run(
        ["systemd-sysusers", "--dry-run", "--root=/", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
