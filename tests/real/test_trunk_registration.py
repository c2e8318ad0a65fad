"""A trunk that wants our registration: 401, then 200; calls come in on it, keys go out as it wants them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.asterisk.settings import AsteriskSettings, Outside, Trunk
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.carrier import SippCarrier
from tests.peers.dialler import SippDialler
from tests.peers.sipp import SippCaller
from tests.real.trunk_world import eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

USER, SECRET = "8451", "secret-of-the-line"


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[SippCarrier]:
    peer = SippCarrier(tmp_path / "carrier")
    peer.start()
    yield peer
    peer.close()


@pytest.fixture(params=["auto", "info"])
def switch(request: pytest.FixtureRequest, tmp_path: Path, carrier: SippCarrier) -> Iterator[AsteriskPeer]:
    base = private_settings(
        tmp_path / "switch", agents=(agent("agent-1"),), prompts=short_prompts(tmp_path / "prompts")
    )
    line = Trunk(
        name="line",
        username=USER,
        secret=SECRET,
        registers=True,
        contact="127.0.0.1",
        contact_port=carrier.port,
        qualify_seconds=1,
        dtmf=request.param,
    )
    changes = {"trunks": (line,), "outside": Outside(trunks=("line",))}
    peer = AsteriskPeer(AsteriskSettings.model_validate(base.model_dump() | changes))
    peer.start()
    eventually(lambda: "Registered" in peer.rx("pjsip show registrations"))
    yield peer
    peer.close()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("switch", ["auto"], indirect=True)
def test_the_challenge_is_answered_rightly(switch: AsteriskPeer, carrier: SippCarrier) -> None:
    assert "Registered" in switch.rx("pjsip show registrations")
    asked, answered = [one for one in carrier.messages() if one.first.startswith("REGISTER ")][:2]
    assert not asked.header("Authorization")
    given = dict(re.findall(r'(\w+)="?([^",]+)', answered.header("Authorization").removeprefix("Digest ")))
    expected = md5(f"{md5(f'{USER}:carrier:{SECRET}')}:{given['nonce']}:{md5('REGISTER:' + given['uri'])}")
    assert given["response"] == expected


@pytest.mark.parametrize("by_line", [True, False], ids=["by-line", "by-address"])
@pytest.mark.parametrize("switch", ["auto"], indirect=True)
def test_calls_come_in_on_the_registration(
    switch: AsteriskPeer, carrier: SippCarrier, tmp_path: Path, by_line: bool
) -> None:
    contact = next(one for one in carrier.messages() if one.first.startswith("REGISTER ")).header("Contact")
    caller = SippCaller(
        tmp_path / "caller",
        switch_port=switch.ports.sip,
        line=contact.strip("<>") if by_line else "",
        seconds=2,
    )
    caller.dial()
    try:
        eventually(lambda: "PJSIP/line-" in switch.rx("core show channels concise"))
        assert caller.wait(20) == 0
    finally:
        caller.close()


def test_keys_go_out_as_the_trunk_wants_them(
    switch: AsteriskPeer, carrier: SippCarrier, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    switch.rx('dialplan add extension 7703,1,"Dial(PJSIP/01087654321@line,20,D(12#9))" into desk')
    phone = SippDialler(tmp_path / "phone", phone=switch.settings.agents[0], switch_port=switch.ports.sip)
    phone.dial("7703", seconds=5)
    info = request.node.callspec.params["switch"] == "info"

    def keys() -> str:
        if not info:
            return carrier.digits()
        infos = [one.text for one in carrier.messages() if one.first.startswith("INFO ")]
        return "".join(re.findall(r"^Signal=\s*(\S)", "\n".join(infos), re.MULTILINE))

    try:
        eventually(lambda: keys() == "12#9", 10)
        assert phone.wait() == 0
    finally:
        phone.close()
