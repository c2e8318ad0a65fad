"""A mute in the switch and its mark: both or neither, whatever ends when."""

from __future__ import annotations

from typing import cast

import pytest

from gateway.ami.actions import MUTED, Action, Getvar, MuteLeg, Setvar
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, NotReady
from gateway.wiring.control import AmiControl
from hotline.control.errors import SwitchAway, SwitchRefused
from tests.hotline.stream import Message

MUTE = "MUTEAUDIO(in)"
LEG = "PJSIP/agent-1-00000001"


class PlayedClient:
    """Keeps variables as a channel does; fails from the `fails_at`th action on."""

    def __init__(self, fails_at: int = 99) -> None:
        self.variables: dict[str, str] = {}
        self._left = fails_at

    async def perform(self, action: Action) -> Message:
        self._left -= 1
        if self._left < 0:
            raise NotReady("the link is down")
        if isinstance(action, Getvar):
            return Message("", {"Value": self.variables.get(action.variable, "")})
        assert isinstance(action, MuteLeg | Setvar)
        assert action.channel == LEG
        if isinstance(action, MuteLeg):
            self.variables |= {MUTED: "yes", MUTE: "on"} if action.muted else {MUTED: "no", MUTE: "off"}
        else:
            self.variables[action.variable] = action.value
        return Message("")


def _control(client: PlayedClient) -> AmiControl:
    return AmiControl(cast("AmiClient", client))


async def test_a_mute_is_marked_until_it_is_taken_back() -> None:
    client = PlayedClient()
    control = _control(client)
    assert not await control.muted(LEG)
    await control.mute(LEG, muted=True)
    assert client.variables[MUTE] == "on"
    assert await control.muted(LEG)
    await control.mute(LEG, muted=False)
    assert client.variables[MUTE] == "off"
    assert not await control.muted(LEG)


@pytest.mark.parametrize("muted", [True, False])
@pytest.mark.parametrize("done", [0, 1])
async def test_a_mute_that_fails_leaves_no_mark_for_the_next_start(muted: bool, done: int) -> None:
    """Who is told that he is not muted must not be so because the service starts anew."""
    before = PlayedClient()
    await _control(before).mute(LEG, muted=not muted)
    client = PlayedClient(fails_at=done)
    client.variables = dict(before.variables)
    refused = False
    try:
        await _control(client).mute(LEG, muted=muted)
    except SwitchAway:
        refused = True
    assert client.variables[MUTE] == ("on" if muted != refused else "off")
    assert client.variables[MUTED] == ("yes" if muted != refused else "no")
    assert refused == (done == 0)


async def test_a_leg_that_has_gone_is_told_apart_from_a_switch_that_is_away() -> None:
    class Refusing(PlayedClient):
        async def perform(self, action: Action) -> Message:
            raise ActionRefused("No such channel")

    with pytest.raises(SwitchRefused):
        await _control(Refusing()).muted(LEG)
