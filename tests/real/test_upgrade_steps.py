"""`songhua upgrade` with a real database, a real backup and the real command, killed where it hurts.

The installing is simulated: the packages are files, and the same program runs before and after.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from gateway import database
from gateway.backup import keys
from tests.peers.checkout import CHECKOUT
from tests.upgrades.installation import Installation
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(600)]

BEFORE = sorted(database.revisions())[-2]
EARLIER, NEW = "0.0.9", "0.1.0"
AUDITED = {"identity_audit", "cdr_chain", "sqlite_sequence"}
KILLS = """#!/bin/sh
# Simulates the step {name}: the first time the upgrade dies in it.
echo {name} >> {log}
if [ -n "$1" ]; then cp "$1" {folder}/installed; fi
if [ ! -e {log}.{name} ]; then touch {log}.{name}; kill -9 $PPID; fi
"""
PROGRAM = """#!/bin/sh
# The program, which says the version of the package that was installed last. The earlier one finds its schema
# right. In its first migration the new one dies, and the upgrade with it.
version=$(cat {folder}/installed)
case "$*" in
  "--version --json") echo "{{\\"version\\": \\"$version\\"}}"; exit 0;;
  "db status"*"--json") ;;
  "db status"*) if [ "$version" = {earlier} ]; then exit 0; fi;;
  "db upgrade"*) if [ -e {log}.armed ] && [ ! -e {log}.migrate ]; then
    touch {log}.migrate
    timeout -s KILL 1 {python} -m gateway.cli "$@"
    kill -9 $PPID
    exit 1
  fi;;
esac
exec {python} -m gateway.cli "$@"
"""


class UpgradedMachine:
    """A centre without a running service: settings, the recorded database, a key for backups."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.file = folder / "ledger.db"
        self.config = folder / "songhua.toml"
        self.program = self._script("songhua", PROGRAM)
        keys.init(folder / "backup.key")
        stop, install, start = (self._script(name, KILLS) for name in ("stop", "install", "start"))
        self.config.write_text(
            f'[storage]\nurl = "sqlite+aiosqlite:///{self.file}"\n[cdr]\nkey_file = "{folder}/ledger.key"\n'
            f'heads_file = "{folder}/heads.jsonl"\n[speech]\nspool = "{folder}/spool.sqlite"\n'
            f'[field]\nphotos = "{folder}/photos"\nmaps = "{folder}/maps"\n[web]\nport = 1\n'
            f'[backup]\nfolder = "{folder}/backups"\nkey_file = "{folder}/backup.key"\n'
            f'[upgrade]\nfolder = "{folder}/upgrade"\nprogram = ["{self.program}"]\ncheck_s = 20\n'
            f'stop = ["{stop}"]\nstart = ["{start}"]\n'
            f'install = ["{install}", "{{package}}"]\n',
            encoding="utf-8",
        )

    def _script(self, name: str, text: str) -> Path:
        file = self.folder / name
        places = {"log": self.log, "folder": self.folder, "python": sys.executable}
        file.write_text(text.format(name=name, earlier=EARLIER, **places))
        file.chmod(0o755)
        return file

    def package(self, version: str, inside: str = "") -> Path:
        """One that says in its name which version it is, and is another `inside`."""
        file = self.folder / f"songhua-{version}-py3-none-any.whl"
        file.write_text(inside or version)
        return file

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway.cli", *map(str, words), "--config", str(self.config)]
        return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=300)

    def upgraded(self, *words: object) -> tuple[dict[str, Any], int]:
        """What the last of as many calls as it takes tells, and how often the upgrade was killed."""
        for killed in range(9):
            done = self.run("upgrade", *words, "--no-drain", "--json")
            if done.returncode != -signal.SIGKILL:
                return json.loads(done.stdout), killed
        raise AssertionError("it never ended")

    def schema(self) -> str:
        with sqlite3.connect(self.file) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])

    def rows(self, of: Collection[str] = ()) -> dict[str, int]:
        """Rows by table, of these or of all that an upgrade does not write itself: it is audited, and the
        audit trail stands under the chain.
        """
        with sqlite3.connect(self.file) as connection:
            names = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            return {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for name in names
                if name in of or (not of and name not in AUDITED)
            }


@pytest.fixture
def machine(tmp_path: Path) -> UpgradedMachine:
    """With rows of every kind, one schema behind."""
    made = UpgradedMachine(tmp_path)
    Installation("sqlite").put_sqlite(made.file)
    assert made.run("db", "upgrade").returncode == 0
    assert made.run("db", "downgrade", BEFORE, "--yes").returncode == 0
    (tmp_path / "log.armed").touch()
    (tmp_path / "installed").write_text(EARLIER)
    return made


def test_an_upgrade_that_is_killed_in_every_step_ends_upgraded(machine: UpgradedMachine) -> None:
    before = machine.rows()
    package, previous = machine.package(NEW), machine.package(EARLIER)
    tried = machine.run("upgrade", package, "--no-drain", "--dry-run", "--json")
    assert (tried.returncode, len(json.loads(tried.stdout)["faults"])) == (1, 1), tried.stderr
    assert not machine.log.exists()
    told, killed = machine.upgraded(package, "--previous", previous)
    assert (told["outcome"], killed) == ("upgraded", 4), told
    assert (machine.schema(), machine.rows(before)) == (database.head(), before)
    assert machine.log.read_text().split() == ["stop"] * 2 + ["install"] * 2 + ["start"] * 2
    backup = next(line["facts"]["file"] for line in told["steps"] if line["facts"].get("file"))
    assert machine.run("backup", "verify", backup).returncode == 0
    other = machine.run("upgrade", "--go-on")
    assert (other.returncode, "no upgrade is under way" in other.stderr) == (2, True)


def test_a_check_that_fails_leads_back_with_every_row(machine: UpgradedMachine) -> None:
    """The package says that it is another version than the one that runs then."""
    before = machine.rows()
    told, killed = machine.upgraded(machine.package("9.9.9", NEW), "--previous", machine.package(EARLIER))
    assert (told["outcome"], told["failed"], killed) == ("went-back", "check", 4), told
    assert "0.1.0 is installed, not 9.9.9" in told["why"]
    assert (machine.schema(), machine.rows(before)) == (BEFORE, before)
    done = [line["step"] for line in told["steps"] if line["state"] == "done"]
    assert done[-5:] == ["back-stop", "back-schema", "back-install", "back-start", "back-check"]


def test_a_migration_that_is_killed_is_repeated(tmp_path: Path) -> None:
    """From the oldest recorded schema, killed between two of its revisions."""
    made = UpgradedMachine(tmp_path)
    Installation("sqlite").put_sqlite(made.file)
    command = [sys.executable, "-m", "gateway.cli", "db", "upgrade", "--config", str(made.config)]
    running = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    wait_for(lambda: made.schema() > "0020" or running.poll() is not None, "some revisions", 120)
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    with sqlite3.connect(made.file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again = made.run("db", "upgrade")
    assert (again.returncode, made.schema()) == (0, database.head()), again.stderr
