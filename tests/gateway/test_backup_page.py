"""docs/backup.md: its commands are run as they stand, on one machine and then on an empty one; and what tells
that the last backup is old.
"""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.storage import Storage
from gateway.backup.listing import listed
from gateway.backup.settings import BackupSettings
from gateway.examination.status import look_at
from gateway.settings import Settings
from gateway.wiring.backup import BackupPart
from tests.cdr.world import World
from tests.gateway.backup_world import COMMANDS, PAGE, BackedUp, told
from tests.peers.checkout import CHECKOUT


@pytest.fixture
async def installed(storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackedUp:
    folder = tmp_path / "world"
    folder.mkdir()
    url = storage.engine.url.render_as_string(hide_password=False)
    made = BackedUp(World(storage, folder), tmp_path, url)
    await (await made.stamped()).call()
    made.key.unlink()  # the page makes it
    monkeypatch.setenv("SONGHUA_CONFIG", str(made.config))
    return made


async def test_its_commands_run_in_their_order(installed: BackedUp, tmp_path: Path) -> None:
    """All but the copy to PostgreSQL, which `test_backup_postgres.py` runs."""
    own = {
        "/etc/songhua/backup.key": str(installed.key),
        "/etc/songhua/songhua.toml": str(installed.config),
        "/mnt/safe": str(tmp_path / "safe"),
    }
    (tmp_path / "safe").mkdir()
    run = []
    for command in COMMANDS:
        for there, here in own.items():
            command = command.replace(there, here)  # noqa: PLW2901  # the same command, here
        if "/srv/backup/" in command:
            newest = str(listed(installed.backups)[0].file)
            command = re.sub(r"/srv/backup/\S+", newest, command)  # noqa: PLW2901  # the same
        command = command.replace("/srv/backup", str(installed.backups))  # noqa: PLW2901  # the same
        words = shlex.split(command)
        if words[1:3] == ["db", "copy"]:
            continue
        if words[1] == "restore":
            installed.key.rename(tmp_path / "safe" / "backup.key")
            await installed.world.storage.close()
            installed.empty_machine()
        await told(*words[1:])
        run.append(" ".join(words[1:3]))
    assert len(run) == len(COMMANDS) - 1 == 7
    settings = Settings.model_validate({"backup": _example()})
    assert (settings.backup.every_h, settings.backup.keep) == (24, 14)


def _example() -> dict[str, object]:
    import tomllib

    block = re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block is not None
    found: dict[str, object] = tomllib.loads(block.group(1))["backup"]
    return found


async def test_health_and_metric_say_when_the_last_backup_is_old(installed: BackedUp) -> None:
    await told("backup", "init-key", installed.key)
    clock = ManualClock()
    part = BackupPart(BackupSettings(folder=installed.backups, every_h=24), clock)
    await part.look(installed.backups)
    assert "mount it" in part.health().why
    installed.backups.mkdir()
    await part.look(installed.backups)
    assert "there is no backup" in part.health().why
    await told("backup", installed.backups)
    (one,) = listed(installed.backups)
    for hours, state in ((23, "up"), (25, "degraded")):
        part = BackupPart(
            BackupSettings(folder=installed.backups), ManualClock(one.begun + timedelta(hours=hours))
        )
        await part.look(installed.backups)
        assert part.health().state == state
    assert "25 h old, every_h = 24" in part.health().why


async def test_the_state_of_the_system_has_the_age_of_the_last_backup(installed: BackedUp) -> None:
    settings = Settings.load(installed.config)
    assert settings.backup.folder == installed.backups
    installed.backups.mkdir()
    for state in ("degraded", "up"):
        part = (await look_at(settings)).parts["last good backup"]
        assert part["state"] == state
        if state == "degraded":
            await told("backup", "init-key", installed.key)
            await told("backup", installed.backups)
    assert part["age_h"] < 1


def test_the_timer_runs_the_command() -> None:
    units = CHECKOUT / "deploy" / "systemd"
    assert "bin/songhua backup --config" in (units / "songhua-backup.service").read_text()
    assert "Persistent=yes" in (units / "songhua-backup.timer").read_text()
