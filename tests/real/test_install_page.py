"""`docs/install.md` on a bare Debian 13: the commands of the page, none added, lead to a heard call."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_install_page import PAGE, commands_of
from tests.peers.bare_debian import BareDebian
from tests.peers.checkout import CHECKOUT

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.own_process, pytest.mark.timeout(2400)]

LONGEST_S = 600.0
"""For the whole page."""
ENTER = "\n" * 12
"""Takes what each question proposes."""


PACKAGES = "SONGHUA_PACKAGES"
"""Environment variable with a folder of packages that are built already."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if PACKAGES in os.environ:
        return Path(os.environ[PACKAGES])
    folder = tmp_path_factory.mktemp("packages")
    subprocess.run([CHECKOUT / "scripts" / "package", "all", "--out", folder], check=True, timeout=1200)
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[BareDebian]:
    made = BareDebian(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.mark.soak(
    rule="From a bare Debian 13 the commands of docs/install.md lead to a call heard in both directions",
    short=[
        "tests/real/test_installation.py::test_all_steps_end_with_a_call_that_both_sides_hear",
        "tests/gateway/installation/test_steps.py::test_all_is_made_from_nothing_and_a_second_run_changes_nothing",
    ],
)
def test_the_commands_of_the_page_lead_to_a_call_that_is_heard(packages: Path, machine: BareDebian) -> None:
    for package in packages.glob("*.deb"):
        machine.take(package)
    began = time.monotonic()
    for command in commands_of(PAGE):
        done = machine.run(command, typed=ENTER, timeout=LONGEST_S)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    assert time.monotonic() - began < LONGEST_S
    heard = json.loads(machine.run("cat /var/lib/songhua/test-call.json").stdout)
    assert min(heard["citizen_hears_agent"], heard["agent_hears_citizen"], heard["recorded"]) >= 1.0
    for unit in ("songhua", "songhua-broker", "asterisk"):
        assert machine.run(f"systemctl is-active {unit}").stdout.strip() == "active"

    kept = machine.run("sha256sum /etc/songhua/secrets/* /etc/songhua/*.key /etc/songhua/tls/*.key").stdout
    pids = machine.run("systemctl show --property=MainPID songhua songhua-broker asterisk").stdout
    again = machine.run("songhua init --json", timeout=LONGEST_S)
    assert again.returncode == 0, again.stderr
    assert [one["did"] for one in json.loads(again.stdout)["steps"]] == [[]] * 11
    assert (
        machine.run("sha256sum /etc/songhua/secrets/* /etc/songhua/*.key /etc/songhua/tls/*.key").stdout
        == kept
    )
    assert machine.run("systemctl show --property=MainPID songhua songhua-broker asterisk").stdout == pids
