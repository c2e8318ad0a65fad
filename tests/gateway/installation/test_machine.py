"""What is run on the machine: its failures are told with a remedy, it sees no secret, no link is followed."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest

from gateway.installation.errors import InstallationStopped
from gateway.installation.machine import ThisMachine

MACHINE = ThisMachine()
ME = pwd.getpwuid(os.geteuid()).pw_name
MINE = grp.getgrgid(os.getegid()).gr_name


def test_what_a_command_says_when_it_fails_is_the_cause() -> None:
    with pytest.raises(InstallationStopped, match="no such role") as stopped:
        MACHINE.run(["sh", "-c", "echo no such role >&2; exit 3"])
    assert "try sh by hand" in stopped.value.remedy
    with pytest.raises(InstallationStopped, match="no-such-program"):
        MACHINE.run(["/no-such-program"])
    assert MACHINE.says(["sh", "-c", "echo inactive; exit 3"]) == "inactive"
    assert MACHINE.says(["/no-such-program"]) == ""


def test_a_command_is_told_on_its_standard_input_and_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MACHINE.run(["cat"], told="CREATE ROLE songhua") == "CREATE ROLE songhua"
    monkeypatch.setenv("SONGHUA_ADMIN_PASSWORD", "a-river-of-2026-words")
    monkeypatch.setenv("SONGHUA__STORAGE__PASSWORD", "a-river-of-2026-words")
    assert "a-river" not in MACHINE.run(["env"])


def test_programs_of_root_are_found_whatever_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert MACHINE.program("useradd") == "/usr/sbin/useradd"
    assert MACHINE.program("no-such-program") is None


def test_owner_and_mode_are_set_on_the_thing_itself_and_on_no_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("")
    link.symlink_to(file)
    MACHINE.own(file, ME, MINE, 0o640)
    assert MACHINE.owned(file, ME, MINE, 0o640)
    assert not MACHINE.owned(file, ME, MINE, 0o600)
    assert not MACHINE.owned(tmp_path / "none", ME, MINE, 0o640)
    with pytest.raises(OSError, match="symbolic links"):
        MACHINE.own(link, ME, MINE, 0o644)
    assert MACHINE.owned(file, ME, MINE, 0o640)


def test_users_and_groups_are_the_machines() -> None:
    assert MACHINE.user(ME)
    assert MACHINE.group(MINE)
    assert not MACHINE.user("no-such-user")
    assert not MACHINE.group("no-such-group")
    assert not MACHINE.in_group(ME, "no-such-group")
