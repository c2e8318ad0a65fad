"""A trunk that wants our registration: 401, then 200; calls come in on it, keys go out as it wants them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.asterisk.settings import AsteriskSettings, OutgoingRules, Trunk
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.carrier import SippCarrier
from tests.peers.dialler import SippDialler
from tests.peers.sipp import SippCaller
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

USER, SECRET = "8451", "secret-of-the-line"


@dataclass(frozen=True, slots=True)
class Line:
    """A switch that is registered with a carrier; `dtmf` is how the trunk wants keys."""

    switch: AsteriskPeer
    carrier: SippCarrier
    dtmf: str


@pytest.fixture(scope="module", params=["auto", "info"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("line")
    carrier = SippCarrier(folder / "carrier")
    base = private_settings(
        folder / "switch", agents=(agent("agent-1"),), prompts=short_prompts(folder / "prompts")
    )
    trunk = Trunk(
        name="line",
        username=USER,
        secret=SECRET,
        registers=True,
        contact="127.0.0.1",
        contact_port=carrier.port,
        qualify_seconds=1,
        dtmf=request.param,
    )
    changes = {"trunks": (trunk,), "outside": OutgoingRules(trunks=("line",))}
    switch = AsteriskPeer(AsteriskSettings.model_validate(base.model_dump() | changes))
    try:
        carrier.start()
        switch.start()
        wait_for(lambda: "Registered" in switch.rx("pjsip show registrations"), "the registration", 20)
        yield Line(switch, carrier, request.param)
    finally:
        switch.close()
        carrier.close()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("line", ["auto"], indirect=True)
def test_the_challenge_is_answered_rightly(line: Line) -> None:
    assert "Registered" in line.switch.rx("pjsip show registrations")
    asked, answered = [one for one in line.carrier.messages() if one.first.startswith("REGISTER ")][:2]
    assert not asked.header("Authorization")
    given = dict(re.findall(r'(\w+)="?([^",]+)', answered.header("Authorization").removeprefix("Digest ")))
    expected = md5(f"{md5(f'{USER}:carrier:{SECRET}')}:{given['nonce']}:{md5('REGISTER:' + given['uri'])}")
    assert given["response"] == expected


@pytest.mark.parametrize("by_line", [True, False], ids=["by-line", "by-address"])
@pytest.mark.parametrize("line", ["auto"], indirect=True)
def test_calls_come_in_on_the_registration(line: Line, tmp_path: Path, by_line: bool) -> None:
    contact = next(one for one in line.carrier.messages() if one.first.startswith("REGISTER ")).header(
        "Contact"
    )
    caller = SippCaller(
        tmp_path / "caller",
        switch_port=line.switch.ports.sip,
        line=contact.strip("<>") if by_line else "",
        seconds=2,
    )
    caller.dial()
    try:
        wait_for(lambda: "PJSIP/line-" in line.switch.rx("core show channels concise"), "the call")
        assert caller.wait(20) == 0
    finally:
        caller.close()


def test_keys_go_out_as_the_trunk_wants_them(line: Line, tmp_path: Path) -> None:
    line.switch.rx('dialplan add extension 7703,1,"Dial(PJSIP/01087654321@line,20,D(12#9))" into desk')
    phone = SippDialler(
        tmp_path / "phone", phone=line.switch.settings.agents[0], switch_port=line.switch.ports.sip
    )
    phone.dial("7703", seconds=5)

    def keys() -> str:
        if line.dtmf != "info":
            return line.carrier.digits()
        infos = [one.text for one in line.carrier.messages() if one.first.startswith("INFO ")]
        return "".join(re.findall(r"^Signal=\s*(\S)", "\n".join(infos), re.MULTILINE))

    try:
        wait_for(lambda: keys() == "12#9", "the keys")
        assert phone.wait() == 0
    finally:
        phone.close()
