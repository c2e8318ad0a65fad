"""Services are started by systemd, those that changed again, and those that answer are left alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.installation import health
from gateway.installation.context import Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.foreground import ForegroundServices
from gateway.installation.steps import services
from gateway.installation.steps.services import DEBIANS_BROKER, TIMERS, UNITS, RunningServices
from tests.gateway.installation.machine import NotedMachine, installation
from tests.gateway.installation.test_steps import installed, with_schema
from tests.waiting import wait_for


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Services that do not answer."""
    found: set[str] = set()

    def answers(_settings: object, service: str) -> bool:
        return service not in found

    monkeypatch.setattr(services, "answers", answers)
    monkeypatch.setattr(health, "answers", answers)
    return found


def ready(root: Path, *, running: bool) -> Installation:
    units = dict.fromkeys([*UNITS.values(), *TIMERS], running) | {DEBIANS_BROKER: not running}
    machine = NotedMachine(users=["songhua", "asterisk", "mosquitto"], units=units)
    to = installation(with_schema(root), machine)
    installed(to)
    return to


def systemctl(to: Installation) -> list[list[str]]:
    assert isinstance(to.machine, NotedMachine)
    return [one[1:] for one in to.machine.commands if one[0] == "systemctl"]


def test_everything_is_started_and_debians_broker_makes_room(root: Path, silent: set[str]) -> None:
    to = ready(root, running=False)
    silent.update(UNITS)

    class Starting(RunningServices):
        def _by_systemd(self, to: Installation) -> list[str]:
            done = super()._by_systemd(to)
            silent.clear()
            return done

    step = Starting()
    step.do(to)
    assert systemctl(to) == [
        ["disable", "--now", DEBIANS_BROKER],
        ["daemon-reload"],
        ["enable", *UNITS.values(), *TIMERS],
        *(["restart", unit] for unit in UNITS.values()),
        ["start", *TIMERS],
    ]
    assert step.missing(to) == []


def test_only_what_changed_is_started_again(root: Path, silent: set[str]) -> None:
    to = ready(root, running=True)
    for service in UNITS:
        to.started(service)
    assert not silent
    step = RunningServices()
    assert step.missing(to) == []
    to.wait_for_start("asterisk")
    assert step.missing(to) == ["asterisk.service has to be started again"]
    to.places.heard.write_text("{}")
    step.do(to)
    restarted = [one[1] for one in systemctl(to) if one[0] == "restart"]
    assert restarted == ["asterisk.service"]
    assert not to.places.heard.exists(), "a start is followed by a test call"
    assert step.missing(to) == []


def test_a_unit_that_is_not_installed_is_named(root: Path, silent: set[str]) -> None:
    to = ready(root, running=False)
    assert not silent
    assert isinstance(to.machine, NotedMachine)
    assert to.machine.units is not None
    del to.machine.units["asterisk.service"]
    with pytest.raises(InstallationStopped, match=r"no unit asterisk\.service") as stopped:
        RunningServices().do(to)
    assert "songhua-asterisk" in stopped.value.remedy


def test_who_does_not_answer_in_time_is_named_and_stays_to_be_started(root: Path, silent: set[str]) -> None:
    to = ready(root, running=False)
    silent.add("asterisk")
    with pytest.raises(InstallationStopped, match="does not answer: asterisk"):
        health.wait_until_all_answer(to.settings, longest_s=0, sleep=lambda _: None)
    assert to.waiting("asterisk")


def test_without_systemd_a_service_that_ends_is_started_again(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    once = [sys.executable, "-c", f"open({str(lives)!r}, 'a').write('x')"]
    kept = ForegroundServices({"songhua": once}, folder=tmp_path, as_users=False)
    kept.start("songhua")

    def three_lives() -> bool:
        kept.look_after()
        return lives.exists() and len(lives.read_text()) >= 3

    wait_for(three_lives, "a service that ended three times")
    kept.close()
    assert not kept.any_started
