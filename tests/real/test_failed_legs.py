"""A leg of nobody that is not answered leaves nothing behind: none in a conference, no call in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from gateway.ami import AmiClient, AmiSettings
from gateway.ami.actions import PatchLegs
from gateway.wiring.conference import NOTICE_CONTEXT, PATCH_CONTEXTS, RADIO_CONTEXT, RECORDER_CONTEXTS
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.real.test_ami_real import running

pytestmark = pytest.mark.real

ROOM = "app*daoli"
LED_TO = (RADIO_CONTEXT, PATCH_CONTEXTS[1], NOTICE_CONTEXT, RECORDER_CONTEXTS[1])
"""Where legs of nobody are led to, with a conference in the extension."""
NOBODY = "nobody-answers"
FAILED = "OutgoingSpoolFailed"
"""The name of the channel that Asterisk makes for the extension "failed" when nobody answered."""


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    folder = tmp_path_factory.mktemp("switch")
    made = AsteriskPeer(private_settings(folder, prompts=short_prompts(folder / "prompts")))
    try:
        made.start()
        made.rx(f"dialplan add extension s,1,Hangup(17) into {NOBODY}")
        made.rx("dialplan add extension _[a-z].,1,NoOp into any-word")
        yield made
    finally:
        made.close()


async def unanswered(switch: AsteriskPeer, context: str) -> int:
    """Send a leg there that nobody answers; how many lines there are of channels that Asterisk made then."""
    ami = switch.settings.ami
    settings = AmiSettings(
        port=switch.ports.ami, username=ami.name, secret=ami.secret, contexts=frozenset({NOBODY, context})
    )
    before = lines(switch)
    async with running(settings) as client:
        await leg(client, context)
        await asyncio.sleep(1.0)
    switch.wait_idle()
    return lines(switch) - before


async def leg(client: AmiClient, context: str) -> None:
    await client.perform(PatchLegs("svx:1", "svx:2", ("s", ROOM), (NOBODY, context), str(uuid4())))


def lines(switch: AsteriskPeer) -> int:
    return switch.cel.read_text().count(FAILED) if switch.cel.exists() else 0


@pytest.mark.parametrize("context", LED_TO)
async def test_a_leg_that_nobody_answered_has_no_place_and_is_no_call(
    switch: AsteriskPeer, context: str
) -> None:
    assert "=>" in switch.rx(f"dialplan show to*{ROOM}@{context}")
    assert "=>" not in switch.rx(f"dialplan show failed@{context}")
    assert await unanswered(switch, context) == 0


async def test_where_a_pattern_fits_it_would_be_one(switch: AsteriskPeer) -> None:
    assert await unanswered(switch, "any-word") > 0
