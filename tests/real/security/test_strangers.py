"""A name proves nothing: a stranger who writes a trunk's or an agent's name is challenged like everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.asterisk import AsteriskPeer
from tests.peers.hostile_sip import HostileSip, Invite

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

STRANGER = "127.0.0.2"
NAMES = ("trunk", "agent-1", "songhua-units", "nobody", "anonymous", "1001")


@pytest.fixture
def stranger(asterisk: AsteriskPeer) -> Iterator[HostileSip]:
    sip = HostileSip(asterisk.ports.sip, address=STRANGER)
    yield sip
    sip.close()


def test_who_writes_a_trunks_name_is_not_the_trunk(asterisk: AsteriskPeer, stranger: HostileSip) -> None:
    told = {"P-Asserted-Identity": "<sip:trunk@127.0.0.1>"}
    for name in NAMES:
        assert stranger.invite(Invite(caller=name)) == 401, name
        assert stranger.invite(Invite(caller=name, contact_user=name, headers=told)) == 401, name
    assert asterisk.channels() == 0


def test_registering_tells_nobody_which_names_there_are(stranger: HostileSip) -> None:
    assert {name: stranger.register(name) for name in NAMES} == dict.fromkeys(NAMES, 401)


def test_the_trunk_itself_calls_whatever_name_it_writes(asterisk: AsteriskPeer) -> None:
    sip = HostileSip(asterisk.ports.sip)
    try:
        for name in ("trunk", "13904510001", "anonymous"):
            assert sip.invite(Invite(caller=name)) == 200, name
    finally:
        sip.close()
    asterisk.wait_idle()
