"""An installation below a folder, on a real Asterisk and a real Mosquitto, without systemd."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.ami.settings import AmiSettings
from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.machine import ThisMachine
from gateway.installation.places import InstallationPlaces
from gateway.installation.plan import StepName
from gateway.installation.run import StepDone, all_steps, install, look
from gateway.installation.steps import broker
from gateway.installation.steps.services import RunningServices
from gateway.installation.switch_link import signed_in
from gateway.installation.test_call import LEAST_S, place_test_call
from tests.peers.asterisk import RTP_PORTS, AsteriskPeer, installed_switch
from tests.peers.checkout import ASTERISK, CHECKOUT
from tests.peers.ports import free_port, free_port_range, release

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


class OneUser(ThisMachine):
    """As if the service's user were there: all of the installation belongs to who runs the test."""

    @property
    def systemd(self) -> bool:
        return False

    def program(self, name: str) -> str | None:
        return str(ASTERISK) if name == "asterisk" else super().program(name)

    def user(self, name: str) -> bool:
        return name == "songhua"

    def group(self, name: str) -> bool:
        del name
        return False

    def in_group(self, user: str, group: str) -> bool:
        del user, group
        return True


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where it is installed; the settings' variables give it ports and folders of its own."""
    modules, data = installed_switch()
    folders = {name: tmp_path / "asterisk" / name for name in ("varlib", "spool", "run", "log")}
    names = ("sip", "sips", "http", "https", "ami", "fastagi")
    ports = {name: free_port() for name in names}
    rtp = free_port_range(RTP_PORTS)
    ports |= {"rtp_first": rtp, "rtp_last": rtp + RTP_PORTS - 1}
    told: dict[str, object] = {f"ASTERISK__DIRECTORIES__{name}": folder for name, folder in folders.items()}
    told |= {"ASTERISK__DIRECTORIES__MODULES": modules, "ASTERISK__DIRECTORIES__DATA": data}
    told |= {f"ASTERISK__PORTS__{name}": port for name, port in ports.items()}
    own = ("WEB__PORT", "MQTT__PORT", "METRICS__RADIO_PORT", "METRICS__SPEECH_PORT")
    told |= {"AMI__PORT": ports["ami"], **{name: free_port() for name in own}}
    for name, value in told.items():
        monkeypatch.setenv(f"SONGHUA__{name.upper()}", str(value))
    brokers = [free_port() for _ in range(3)]
    for name, port in zip(("WS_PORT", "TLS_PORT", "TLS_WS_PORT"), brokers, strict=True):
        monkeypatch.setattr(broker, name, port)
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    yield tmp_path
    for port in (*(ports[name] for name in names), *(int(str(told[name])) for name in own), *brokers):
        release(port)
    release(rtp, RTP_PORTS)


@pytest.fixture
def started() -> Iterator[RunningServices]:
    step = RunningServices()
    yield step
    step.close()


def test_all_steps_end_with_a_call_that_both_sides_hear(root: Path, started: RunningServices) -> None:
    told = InstallationAnswers(names=("hotline.example.org",), network=False)
    to = Installation(OneUser(), lambda: told, InstallationPlaces(root))
    steps = [started if one.name is StepName.SERVICES else one for one in all_steps()]
    done: list[StepDone] = []
    install(to, steps, done.append)
    assert [(one.step, one.stopped) for one in done if one.stopped] == []
    assert [one.step for one in done] == list(StepName)
    heard = json.loads(to.places.heard.read_text())
    assert min(heard["citizen_hears_agent"], heard["agent_hears_citizen"], heard["recorded"]) >= LEAST_S
    assert look(to, steps) == []


async def test_a_side_that_hears_nothing_is_named(asterisk: AsteriskPeer) -> None:
    """The gateway is away, so the dialplan alone leads the call; the agent's sound is missing."""
    (asterisk.settings.directories.tones / "test-agent.wav").unlink()
    account = AmiSettings(port=asterisk.ports.ami, secret=asterisk.settings.ami.secret)
    async with signed_in(account) as switch:
        with pytest.raises(InstallationStopped, match="citizen does not hear the agent"):
            await place_test_call(switch, longest_s=40)
    asterisk.rx("channel request hangup all")
    asterisk.wait_idle()
