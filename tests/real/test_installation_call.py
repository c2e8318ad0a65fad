"""The call with which an installation ends, on a real Asterisk: with the gateway, without it, and broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.ami.settings import AmiSettings
from gateway.installation.errors import InstallationStopped
from gateway.installation.switch_link import signed_in
from gateway.installation.test_call import LEAST_S, place_test_call
from tests.peers.asterisk import AsteriskPeer
from tests.peers.songhua import SonghuaPeer

pytestmark = pytest.mark.real


def account(switch: AsteriskPeer) -> AmiSettings:
    return AmiSettings(port=switch.ports.ami, secret=switch.settings.ami.secret)


async def test_each_side_hears_the_other_and_no_telephone_rings(
    asterisk: AsteriskPeer, tmp_path: Path
) -> None:
    service = SonghuaPeer(tmp_path / "service", asterisk=asterisk, broker=None)
    service.prepare([])
    service.start()
    try:
        async with signed_in(account(asterisk)) as switch:
            heard = await place_test_call(switch)
            assert min(heard.citizen_hears_agent, heard.agent_hears_citizen, heard.recorded) >= LEAST_S
            assert (await place_test_call(switch)).both, "an earlier call's recordings are not taken for it"
        assert "PJSIP/" not in asterisk.rx("core show channels concise")
        asterisk.rx("channel request hangup all")
        asterisk.wait_idle()
    finally:
        service.close()


async def test_a_side_that_hears_nothing_is_named(asterisk: AsteriskPeer) -> None:
    """The gateway is away, so the dialplan alone leads the call; the agent's sound is missing."""
    tone = asterisk.settings.directories.tones / "test-agent.wav"
    kept = tone.read_bytes()
    tone.unlink()
    try:
        async with signed_in(account(asterisk)) as switch:
            with pytest.raises(InstallationStopped, match="citizen does not hear the agent"):
                await place_test_call(switch, longest_s=40)
    finally:
        tone.write_bytes(kept)
        asterisk.rx("channel request hangup all")
        asterisk.wait_idle()
