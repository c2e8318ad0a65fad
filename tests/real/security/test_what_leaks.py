"""Nothing of the service leaves the machine by itself, and no secret of its settings stands in what it
prints, serves, starts or leaves behind: with all roles running and every peer away, where most is said.
"""

from __future__ import annotations

import ipaddress
import re
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gateway.cli import COMMANDS, build
from tests.peers.checkout import CHECKOUT
from tests.real.security.planted_secrets import MARK, PlantedService, unplanted
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

ENDLESS = {
    "serve",
    "board",
    "broker run",
    "mqtt run",
    "config init",
    "init",
    "unit on",
    "unit run",
    "speech bench",
}
PAGES = ("/api/health", "/metrics", "/api/openapi.json", "/openapi.json", "/api/unit/config", "/api/nothing")
SETTLED_S = 4.0
"""What a library does behind our back, it does within this time after its import."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantedService]:
    made = PlantedService(tmp_path_factory.mktemp("planted"))
    try:
        made.wait_up()
        yield made
    finally:
        made.close()


def test_every_secret_that_settings_may_have_is_planted(service: PlantedService) -> None:
    assert unplanted(service.settings) == set()


def test_no_role_looks_anything_up_or_reaches_beyond_this_machine(service: PlantedService) -> None:
    time.sleep(SETTLED_S)
    calls = service.calls.read_text(errors="replace")
    assert "inet_addr(" in calls, "strace saw nothing"
    reached = set(re.findall(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)', calls))
    reached |= set(re.findall(r'sin6_port=htons\((\d+)\).{0,60}?inet_pton\(AF_INET6, "([^"]+)"', calls))
    assert {one for one in reached if not ipaddress.ip_address(one[1]).is_loopback or one[0] == "53"} == set()
    # A name is looked up by these too, where the machine has them.
    assert re.findall(r'sun_path="[^"]*(?:nscd|resolve|dbus)[^"]*"', calls) == []


def test_nothing_is_written_into_the_home_folder(service: PlantedService) -> None:
    assert list(service.home.rglob("*")) == []


def test_no_page_and_no_line_of_the_log_holds_a_secret(service: PlantedService) -> None:
    told = []
    for port in (service.port, service.figures_port("radio"), service.figures_port("speech")):
        for path in PAGES:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                    told.append(answer.read().decode())
            except urllib.error.HTTPError as error:
                told.append(error.read().decode())
    assert any('"parts"' in one for one in told)
    assert MARK not in "".join(told)
    assert MARK not in service.program.log.read_text(errors="replace")


def test_no_secret_stands_in_a_command_line_or_in_the_environment_of_a_helper(
    service: PlantedService,
) -> None:
    wait_for(lambda: any(b"speech.workers" in _line(one) for one in service.processes()), "a worker")
    seen = service.processes()
    assert len(seen) >= 5
    assert [one for one in seen if MARK.encode() in _line(one)] == []
    service_itself = (b"gateway.cli", b"gateway.processes.preloaded")
    helpers = [one for one in seen if not any(name in _line(one) for name in service_itself)]
    assert helpers
    assert [one for one in helpers if MARK.encode() in (one / "environ").read_bytes()] == []
    # Who is only a user of this machine looks with ps.
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert MARK not in listed


def test_no_core_file_is_written_when_a_role_dies(service: PlantedService) -> None:
    roles = [one for one in service.processes() if b"serve" in _line(one)]
    limits = [(one / "limits").read_text() for one in roles]
    assert [re.search(r"Max core file size\s+(\S+)\s+(\S+)", one).groups() for one in limits] == [  # type: ignore[union-attr]
        ("0", "0") for _ in roles
    ]


def test_what_the_service_leaves_is_its_users_alone(service: PlantedService) -> None:
    ours = [
        one
        for one in service.folder.rglob("*")
        if service.home not in one.parents
        and one not in {service.home, service.calls, service.program.log}
        and service.folder / "asterisk" not in [one, *one.parents]
    ]
    assert ours
    assert {str(one): oct(one.stat().st_mode) for one in ours if one.stat().st_mode & 0o007} == {}


@pytest.mark.timeout(600)  # each command in turn
def test_no_command_repeats_a_secret(
    service: PlantedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one as far as it comes without a database, a broker or a switch; most end in a failure."""
    monkeypatch.chdir(tmp_path)
    app = build([one for one in COMMANDS if one != "mqtt"])
    told = {}
    runner = CliRunner()
    for words, command in _leaves(get_command(app)):
        if " ".join(words) in ENDLESS:
            continue
        argv = [*words, *_needed(command, tmp_path)]
        if any("--config" in one.opts for one in command.params):
            argv += ["--config", str(service.config)]
        result = runner.invoke(app, argv, env={"SONGHUA_PASSWORD": f"{MARK}-person"})
        text = result.output + (result.stderr if result.stderr_bytes is not None else "")
        if result.exception is not None:
            text += "".join(traceback.format_exception(result.exception))
        told[" ".join(words)] = text
    assert len(told) > 80
    assert [words for words, text in told.items() if MARK in text] == []
    assert "********" in told["config show"]
    left = [one for one in tmp_path.rglob("*") if one.is_file() and MARK.encode() in one.read_bytes()]
    assert {one.name: oct(one.stat().st_mode & 0o777) for one in left if one.stat().st_mode & 0o077} == {}


def test_a_service_with_words_of_the_example_does_not_start(service: PlantedService, tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    text = service.config.read_text()
    file.write_text(re.sub(rf"{MARK}\d\d", "change-me-agent-1", text))
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "serve", "--config", str(file)],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "mqtt.accounts.centre.password" in done.stderr
    assert "songhua config init" in done.stderr


def _line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, inner in command.commands.items():
        yield from _leaves(inner, (*words, name))


def _needed(command: Any, folder: Path) -> list[str]:
    """A value for each thing that the command insists on: a folder where it makes files, else a word."""
    given: list[str] = []
    for one in command.params:
        if one.param_type_name == "argument" and one.required:
            given.append("1")
        elif one.param_type_name == "option" and (one.required or one.name in {"to", "out"}):
            given += [one.opts[0], str(folder / "out")]
    return given
