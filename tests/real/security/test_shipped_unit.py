"""The service in the sandbox of the shipped unit encrypts recordings; in one that forgets their folder it
says so. systemd does not run in tests: a mount namespace makes everything read-only but what the unit's own
lines name, as `ProtectSystem=strict` does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdr.recordings.vault import keys
from tests.peers.checkout import CHECKOUT
from tests.peers.prepared import with_people
from tests.peers.program import Program
from tests.peers.songhua import to_toml
from tests.real.security.planted_secrets import planted
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(150)]

UNIT = CHECKOUT / "deploy/systemd/songhua.service"
PLACES = {
    "/var/lib/songhua": "state", "/run/songhua": "run",
    "/var/spool/songhua/recordings": "recordings", "/var/spool/songhua/ivr": "ivr",
}  # fmt: skip
SANDBOX = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 1
for one in $2; do mount --bind "$1/$one" "$1/$one" && mount -o remount,bind,rw "$1/$one" || exit 1; done
shift 2; exec "$@"
"""


class Unit:
    """The role centre with the rights that `lines` give it."""

    def __init__(self, folder: Path, lines: str) -> None:
        self.folder = folder
        for name in (*PLACES.values(), "etc"):
            (folder / name).mkdir()
        self.recording = folder / "recordings" / "2026-01-02" / "1767312000.1-in.alaw"
        self.recording.parent.mkdir()
        self.recording.write_bytes(b"\xd5" * 16_000)
        os.utime(self.recording, (time.time() - 3_600,) * 2)
        shutil.copyfile(with_people([]), folder / "state" / "songhua.db")
        (folder / "state" / "songhua.db").chmod(0o640)
        keys.init(folder / "etc" / "recordings.key", datetime.now(UTC))
        self.config = folder / "etc" / "songhua.toml"
        self.config.write_text(to_toml(_settings(folder)))
        self.config.chmod(0o600)
        writable = " ".join(PLACES[path] for path in _writable(lines) if path in PLACES)
        argv = [
            "unshare",
            "-m",
            "--propagation",
            "private",
            "sh",
            "-ec",
            SANDBOX,
            "sh",
            str(folder),
            writable,
        ]
        serve = [sys.executable, "-m", "gateway.cli", "serve", "--role", "centre", "-c", str(self.config)]
        self.program = Program([*argv, *serve], log=folder.with_suffix(".log"), cwd=CHECKOUT)
        self.program.wait_until(lambda: '"role is up"' in self.program.tail(200), what="centre", timeout=60)

    def part(self, name: str) -> dict[str, Any]:
        parts = json.loads(self._get("/api/health"))["parts"]
        return next(one for one in parts if one["part"] == name)

    def figure(self, name: str) -> float:
        found = re.findall(rf"^{re.escape(name)} (\S+)$", self._get("/metrics"), re.MULTILINE)
        return float(found[0]) if found else -1.0

    def doctor(self) -> list[dict[str, str]]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "asterisk", "doctor", "--json", "-c", str(self.config)],
            cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        found: list[dict[str, str]] = json.loads(done.stdout)
        return found

    def _get(self, path: str) -> str:
        port = (self.folder / "run" / "centre.port").read_text().strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Callable[[str], Unit]]:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a mount namespace")
    made: list[Unit] = []

    def make(lines: str) -> Unit:
        folder = tmp_path / f"unit-{len(made)}"
        folder.mkdir()
        made.append(Unit(folder, lines))
        return made[-1]

    yield make
    for one in made:
        one.program.stop(15)


def test_under_the_shipped_unit_recordings_are_encrypted(unit: Callable[[str], Unit]) -> None:
    one = unit(UNIT.read_text())
    wait_for(lambda: list(one.recording.parent.glob("*.enc")) and not one.recording.exists(), "encryption")
    assert one.part("files")["state"] == "up"
    assert one.part("cdr.recordings")["state"] == "up"
    left = list((one.folder / "state").iterdir())
    assert left
    assert {file.name: oct(file.stat().st_mode) for file in left if file.stat().st_mode & 0o007} == {}


def test_a_unit_that_forgets_the_recordings_is_told_what_to_do(unit: Callable[[str], Unit]) -> None:
    one = unit(re.sub(r"(?m)^(ReadWritePaths=).*$", r"\1-/var/spool/songhua/ivr", UNIT.read_text()))
    state = one.part("files")
    assert state["state"] == "degraded"
    assert f"ReadWritePaths={one.recording.parent.parent}" in state["why"]
    assert one.figure('songhua_files_unusable{what="recordings"}') >= 1
    wait_for(
        lambda: "1 recordings wait to be encrypted" in one.part("cdr.recordings")["why"], "the vault's word"
    )
    assert one.figure("songhua_cdr_recordings_plain") == 1
    told = [found for found in one.doctor() if found["check"] == "health"]
    assert any("ReadWritePaths" in found["what"] for found in told)
    assert one.recording.exists()


def test_the_doctor_finds_what_everybody_may_read(unit: Callable[[str], Unit]) -> None:
    one = unit(UNIT.read_text())
    (one.folder / "state" / "songhua.db").chmod(0o644)
    one.config.chmod(0o644)
    (one.folder / "recordings").chmod(0o755)
    told = {found["where"]: found["remedy"] for found in one.doctor() if found["check"] == "modes"}
    wanted = {one.config, one.folder / "state" / "songhua.db", one.folder / "recordings"}
    assert {str(path) for path in wanted} <= set(told)
    assert told[str(one.config)] == f"chmod o= {one.config}"


def _writable(lines: str) -> list[str]:
    """Folders that the unit lets its service write to."""
    named = dict.fromkeys(
        path.lstrip("-") for line in re.findall(r"(?m)^ReadWritePaths=(.*)$", lines) for path in line.split()
    )
    state = [f"/var/lib/{name}" for name in re.findall(r"(?m)^StateDirectory=(\S+)$", lines)]
    return [*state, *(f"/run/{name}" for name in re.findall(r"(?m)^RuntimeDirectory=(\S+)$", lines)), *named]


def _settings(folder: Path) -> dict[str, Any]:
    told = planted(folder / "etc")
    asterisk = told["asterisk"]
    log = folder / "etc" / "asterisk-log"
    (log / "cel-custom").mkdir(parents=True)
    directories = {**asterisk["directories"], "recordings": str(folder / "recordings"), "log": str(log)}
    state = folder / "state"
    return told | {
        "storage": {"url": f"sqlite+aiosqlite:///{state / 'songhua.db'}"},
        "web": {**told["web"], "port_file": str(folder / "run" / "centre.port")},
        "metrics": {"radio_port": 0, "speech_port": 0, "port_files": str(folder / "run")},
        "asterisk": {**asterisk, "directories": directories},
        "ivr": {"uploads": str(folder / "ivr")},
        "field": {"photos": str(state / "photos")},
        "speech": {**told["speech"], "spool": str(state / "speech-spool.sqlite")},
        "cdr": {
            "key_file": str(folder / "etc" / "ledger.key"), "heads_file": str(state / "heads"),
            "recordings_key_file": str(folder / "etc" / "recordings.key"),
            "orphan_after_s": 0.5, "recording_still_s": 0.1, "recording_poll_s": 0.3, "sweep_every_s": 0.5,
        },
    }  # fmt: skip
