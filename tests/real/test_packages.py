"""A bare Debian 13 without a network is installed from the archive of `scripts/bundle`: every role, the
broker and the switch run as their own users, and purging the packages keeps every record.

The machine is a folder that mmdebstrap fills. There is no systemd in it: what units say of users is done by
setpriv.
"""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from scripts.lib.bringup.apt_sources import debian_mirror
from scripts.lib.shipping.bundle import CODENAME
from tests.peers.checkout import CHECKOUT, program

pytestmark = [
    pytest.mark.real,
    pytest.mark.alone,
    pytest.mark.timeout(3_000),
    pytest.mark.soak(
        rule="a bare Debian 13 is installed without a network, serves, and keeps its data when purged",
        short=[
            "tests/scripts/test_packages.py::test_the_archive_installs_what_it_holds",
            "tests/scripts/test_packages.py::test_removing_and_purging_delete_nothing_and_say_where_the_data_are",
            "tests/scripts/test_units.py::test_users_of_the_units_are_made",
        ],
    ),
]
BARE = """
mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev" && mkdir "$0/dev/shm"
for one in null zero urandom random tty; do touch "$0/dev/$one"; mount --bind "/dev/$one" "$0/dev/$one"; done
ip link set lo up
exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -ec "$1"
"""
AS = 'as() { user=$1; shift; setpriv --reuid "$user" --regid "$user" --init-groups "$@"; }\n'
SET_UP = """
songhua config init > /dev/null
songhua config check > /dev/null
songhua asterisk render --out /etc/asterisk > /dev/null
chown -R asterisk:asterisk /etc/asterisk
songhua broker render --out /var/lib/songhua-broker > /dev/null
chown -R mosquitto:mosquitto /var/lib/songhua-broker
as songhua songhua db upgrade
"""
RUN = """
cd /var/lib/songhua
install -d -o asterisk -g asterisk -m 750 /run/asterisk; install -d -o songhua -g songhua -m 750 /run/songhua
as asterisk asterisk -f -C /etc/asterisk/asterisk.conf > /dev/null 2>&1 &
setpriv --reuid mosquitto --regid mosquitto --groups mosquitto,songhua \
    songhua broker run /var/lib/songhua-broker > /tmp/broker.log 2>&1 &
as songhua songhua serve > /tmp/serve.log 2>&1 &
for look in $(seq 120); do
    songhua status --json > /tmp/status || true
    grep -q '"state": "down"' /tmp/status || break
    sleep 1
done
as asterisk asterisk -C /etc/asterisk/asterisk.conf -rx "core waitfullybooted" > /tmp/booted
"""


class BareMachine:
    """A root folder; commands in it run in namespaces of their own, with loopback and nothing else."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, script: str) -> str:
        """What it prints; an error when a command of it fails."""
        words = [
            "unshare",
            "-n",
            "-m",
            "-p",
            "-f",
            "--kill-child",
            "sh",
            "-ec",
            BARE,
            str(self.root),
            AS + script,
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1_500)
        assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
        return done.stdout


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> BareMachine:
    if os.geteuid() != 0:
        pytest.skip("a root folder is filled and entered by root alone")
    folder = tmp_path_factory.mktemp("bare")
    dist, root = folder / "dist", folder / "root"
    subprocess.run([CHECKOUT / "scripts/package", "all", "--out", dist], check=True)
    subprocess.run([CHECKOUT / "scripts/bundle", "--out", dist], check=True)
    mirror = debian_mirror()
    trust = f"[signed-by={mirror.signed_by}] " if mirror.signed_by.startswith("/") else ""
    words = ["--quiet", "--variant=minbase", CODENAME, str(root), f"deb {trust}{mirror.uri} {CODENAME} main"]
    subprocess.run([program("mmdebstrap", package="mmdebstrap"), *words], check=True)
    [archive] = dist.glob("*.tar")
    with tarfile.open(archive) as opened:
        opened.extractall(root / "media", filter="data")
    archive.unlink()
    return BareMachine(root)


def test_it_installs_without_a_network(machine: BareMachine) -> None:
    assert list((machine.root / "var/lib/apt/lists").glob("*Packages*")) == [], "an empty cache"
    machine.run("/media/songhua-*/install")
    assert machine.run("songhua --version").startswith("songhua ")
    assert machine.run("asterisk -V").startswith("Asterisk ")
    installed = machine.run("dpkg-query -W -f '${Package} '")
    assert not {"chromium", "sip-tester", "svxlink-server", "nodejs", "gcc"} & set(installed.split())
    packages = machine.root / "usr/lib/songhua/lib/python3.13/site-packages"
    assert not (packages / "tests").exists()
    assert not (packages / "lab").exists()
    assert (packages / "migrations/env.py").is_file()


def test_every_role_the_broker_and_the_switch_run_as_their_users(machine: BareMachine) -> None:
    machine.run(SET_UP)
    told = machine.run(RUN + "songhua status --json || [ $? = 1 ]")
    states = {name: part["state"] for name, part in json.loads(told)["parts"].items()}
    assert "down" not in states.values(), states
    assert "fully booted" in (machine.root / "tmp/booted").read_text()


def test_purged_it_keeps_every_record(machine: BareMachine) -> None:
    kept = ("etc/songhua/songhua.toml", "var/lib/songhua/songhua.db", "var/lib/songhua-broker/accounts.json")
    told = machine.run("dpkg --purge songhua songhua-asterisk")
    assert "/var/spool/songhua" in told
    for name in (*kept, "var/spool/songhua/recordings", "var/log/asterisk", "etc/asterisk"):
        assert (machine.root / name).exists(), name
    assert not (machine.root / "usr/lib/songhua").exists()
