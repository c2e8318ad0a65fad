"""What the steps leave on a machine: once, twice, and after something was lost or changed."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from core.actor import Role
from gateway.commands.acting import operator
from gateway.commands.common import open_storage
from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import Installation, StepOfInstallation
from gateway.installation.plan import StepName
from gateway.installation.run import StepDone, all_steps, install, look
from gateway.installation.steps.database import make_role_and_database
from gateway.installation.steps.folders import FOLDERS
from gateway.installation.steps.people import VARIABLES
from gateway.installation.steps.services import UNITS
from identity.model import User
from identity.service import IdentityService
from tests.gateway.installation.machine import NotedMachine, installation
from tests.peers.checkout import CHECKOUT
from tests.peers.prepared import with_people

STARTS = (StepName.SERVICES, StepName.TEST_CALL)


def before_starts() -> list[StepOfInstallation]:
    return [one for one in all_steps() if one.name not in STARTS]


def installed(to: Installation) -> dict[StepName, StepDone]:
    return {one.step: one for one in install(to, before_starts(), lambda _: None)}


def with_schema(root: Path) -> Path:
    """The root with a database that has its schema already: to make one takes seconds."""
    file = root / "var/lib/songhua/songhua.db"
    file.parent.mkdir(parents=True)
    shutil.copyfile(with_people([]), file)
    return root


def files(root: Path) -> dict[str, tuple[int, bytes]]:
    """Each file's time and content; the database's are its own matter."""
    found = (one for one in root.rglob("*") if one.is_file() and "songhua.db" not in one.name)
    return {str(one): (one.stat().st_mtime_ns, one.read_bytes()) for one in found}


async def people(to: Installation) -> dict[str, User]:
    async with open_storage(to.settings) as storage:
        return {one.id: one for one in await IdentityService(storage, to.settings.identity).users()}


def test_all_is_made_from_nothing_and_a_second_run_changes_nothing(root: Path) -> None:
    first = installation(root, NotedMachine(users=["asterisk", "mosquitto"]))
    # What Debian's package left there is kept beside.
    (root / "etc/asterisk").mkdir(parents=True)
    (root / "etc/asterisk/extensions.conf").write_text("[default]\n")
    told = installed(first)
    assert [one.stopped for one in told.values()] == [""] * len(told)
    assert {step for step, one in told.items() if not one.did} == {StepName.PROGRAMS}
    assert (root / "etc/asterisk.before-songhua/extensions.conf").read_text() == "[default]\n"
    assert (
        "test-call" in (root / "etc/asterisk/extensions.conf").read_text()
        or (root / "etc/asterisk/dialplan/test_call.conf").exists()
    )
    made = asyncio.run(people(first))
    assert made["admin"].roles == {Role.ADMIN}
    assert made["agent"].roles == {Role.AGENT}
    assert made["agent"].endpoint == "agent-1"
    assert set(first.passwords) == {"admin", "agent"}
    accounts = json.loads((root / "var/lib/songhua-broker/passwords.json").read_text())
    assert accounts["centre"] == (root / "etc/songhua/secrets/mqtt-centre").read_text().strip()
    assert "user root" not in (root / "var/lib/songhua-broker/mosquitto.conf").read_text()
    secret = [root / "etc/songhua" / name for name in ("ledger.key", "ledger.key.seal", "recordings.key")]
    assert {one.stat().st_mode & 0o077 for one in secret} == {0}

    before = files(root)
    second = installation(root, first.machine)  # type: ignore[arg-type]
    assert look(second, before_starts()) == []
    assert {one.did for one in installed(second).values()} == {()}
    assert second.passwords == {}
    assert files(root) == before


def test_a_lost_secret_alone_is_made_anew_and_reaches_who_uses_it(root: Path) -> None:
    machine = NotedMachine(users=["songhua", "asterisk", "mosquitto"])
    first = installation(with_schema(root), machine)
    installed(first)
    for service in UNITS:
        first.started(service)
    lost = {name: root / "etc/songhua/secrets" / name for name in ("agent-1", "mqtt-radio")}
    kept = {
        one: one.read_bytes() for one in (root / "etc/songhua/secrets").iterdir() if one not in lost.values()
    }
    for file in lost.values():
        file.unlink()
    to = installation(root, machine)
    told = {step: one.did for step, one in installed(to).items() if one.did}
    assert told[StepName.SETTINGS] == tuple(
        str(file) for file in sorted(lost.values(), key=str, reverse=True)
    )
    assert told[StepName.BROKER] == (str(root / "var/lib/songhua-broker/passwords.json"),)
    assert told[StepName.SWITCH] == (str(root / "etc/asterisk/pjsip.conf"),)
    assert set(told) == {StepName.SETTINGS, StepName.BROKER, StepName.SWITCH}
    assert {one: one.read_bytes() for one in kept} == kept
    assert lost["agent-1"].read_text().strip() in (root / "etc/asterisk/pjsip.conf").read_text()
    assert [one for one in UNITS if to.waiting(one)] == list(UNITS)


def test_a_link_in_the_switchs_folder_is_replaced_and_not_followed(root: Path) -> None:
    """The folder belongs to Asterisk's user, and root writes there."""
    (root / "etc/asterisk").mkdir(parents=True)
    other = root / "shadow"
    other.write_text("root's")
    (root / "etc/asterisk/pjsip.conf").symlink_to(other)
    (root / "etc/asterisk/manager.conf.partial").symlink_to(other)
    installed(installation(with_schema(root), NotedMachine(users=["songhua", "asterisk", "mosquitto"])))
    assert other.read_text() == "root's"
    assert not (root / "etc/asterisk/pjsip.conf").is_symlink()
    assert "[agent-1]" in (root / "etc/asterisk/pjsip.conf").read_text()


def test_a_lost_key_that_was_used_is_not_replaced(root: Path) -> None:
    machine = NotedMachine(users=["songhua", "asterisk", "mosquitto"])
    to = installation(with_schema(root), machine)
    installed(to)  # people were added: entries of the trail are sealed
    key = root / "etc/songhua/ledger.key.seal"
    key.unlink()
    stopped = installed(installation(root, machine))[StepName.KEYS]
    assert "was in use, and is gone" in stopped.stopped
    assert "--why" in stopped.remedy
    assert not key.exists()


def test_people_who_are_there_stay_alone_and_passwords_may_be_given(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, "a-river-of-2026-words")
    machine = NotedMachine(users=["songhua", "asterisk", "mosquitto"])
    to = installation(with_schema(root), machine, InstallationAnswers(names=("a.example",), agent="li.na"))
    installed(to)
    assert to.passwords == {}
    others = installation(root, machine, InstallationAnswers(names=("a.example",), administrator="zhao.lei"))
    assert look(others, before_starts()) == []

    async def one_more() -> None:
        async with open_storage(to.settings) as storage:
            identity = IdentityService(storage, to.settings.identity)
            await identity.create_user(
                User("zhao.lei", "赵磊", frozenset({Role.ADMIN})), "a-river-of-2026-words", by=operator()
            )

    asyncio.run(one_more())
    assert [one.step for one in look(others, before_starts())] == [StepName.PEOPLE]


def test_an_empty_variable_gives_no_password(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, "")
    to = installation(with_schema(root), NotedMachine(users=["songhua", "asterisk", "mosquitto"]))
    installed(to)
    assert set(to.passwords) == {"admin", "agent"}


def test_settings_that_cannot_be_used_stop_it_with_their_place(root: Path) -> None:
    (root / "etc/songhua").mkdir(parents=True)
    (root / "etc/songhua/songhua.toml").write_text('tenant = "HARBIN"\n')
    told = installed(installation(root))
    assert "tenant" in told[StepName.SETTINGS].stopped
    assert list(told)[-1] is StepName.SETTINGS


def test_a_program_that_is_not_installed_stops_it_at_once(root: Path) -> None:
    machine = NotedMachine()
    machine.programs.discard("asterisk")
    told = installed(installation(root, machine, InstallationAnswers(database="postgresql")))
    assert list(told) == [StepName.PROGRAMS]
    assert told[StepName.PROGRAMS].stopped == (
        "not installed: asterisk (package songhua-asterisk), psql (package postgresql)"
    )
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("there", [(), ("pg_roles",), ("pg_roles", "pg_database")])
def test_role_and_database_of_postgresql_are_made_where_they_are_missing(
    root: Path, there: tuple[str, ...]
) -> None:
    machine = NotedMachine(units={"postgresql.service": False})
    machine.programs.add("psql")
    to = installation(root, machine, InstallationAnswers(database="postgresql"))
    install(to, before_starts()[:4], lambda _: None)
    machine.answers = dict.fromkeys(there, "1")
    machine.commands.clear()
    machine.told.clear()
    made = make_role_and_database(to)
    assert made == ["role songhua", "database songhua"][len(there) :]
    assert machine.commands[0] == ["systemctl", "enable", "--now", "postgresql.service"]
    assert to.settings.storage.password is not None
    password = to.settings.storage.password.get_secret_value()
    assert not any(password in word for command in machine.commands for word in command)
    assert any(password in told for told in machine.told) == (not there)


@pytest.mark.parametrize("sysusers", [True, False])
def test_users_are_made_by_systemd_where_it_can(root: Path, *, sysusers: bool) -> None:
    machine = NotedMachine(users=["asterisk"])
    if sysusers:
        machine.programs.add("systemd-sysusers")
    installed(installation(root, machine))
    assert machine.user("songhua")
    assert machine.in_group("songhua", "asterisk")
    assert [one[0] for one in machine.commands] == (
        ["/usr/bin/systemd-sysusers"] if sysusers else ["groupadd", "useradd", "usermod"]
    )


def test_a_folder_that_cannot_be_made_is_named(root: Path) -> None:
    (root / "var").write_text("a file")
    told = installed(installation(root))
    assert str(root / "var") in told[StepName.FOLDERS].stopped
    assert list(told)[-1] is StepName.FOLDERS


def test_folders_are_those_of_tmpfiles() -> None:
    """Owner and mode of what both make."""
    lines = [
        line.split()
        for file in (CHECKOUT / "deploy" / "tmpfiles.d").glob("*.conf")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("d ")
    ]
    theirs = {path: (user, group, int(mode, 8)) for _, path, mode, user, group, *_ in lines}
    ours = {f"/{one.path}": (one.user, one.group, one.mode) for one in FOLDERS}
    assert {path: theirs[path] for path in ours} == ours
