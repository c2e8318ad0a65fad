"""A recording is muted in the switch: done, refused, or not known, and the three are told apart."""

from __future__ import annotations

from typing import cast

import pytest

from cdr.errors import RecorderAway
from gateway.ami.actions import MuteRecording
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, ActionTimeout, AmiError
from gateway.wiring.cdr import SwitchRecorder


class Client:
    """A link to the switch that answers as it is told."""

    def __init__(self, error: AmiError | None = None) -> None:
        self.error = error
        self.asked: list[object] = []

    async def perform(self, action: object, *, deadline: float) -> None:
        self.asked.append(action)
        if self.error is not None:
            raise self.error


def recorder(client: Client) -> SwitchRecorder:
    return SwitchRecorder(cast("AmiClient", client))


async def test_what_the_switch_did_is_done() -> None:
    client = Client()
    assert await recorder(client).mute("PJSIP/trunk-1", muted=True)
    assert client.asked == [MuteRecording("PJSIP/trunk-1", muted=True)]


async def test_what_the_switch_refuses_was_not_done() -> None:
    """It records nothing on that channel."""
    assert await recorder(Client(ActionRefused("No such channel"))).mute("PJSIP/trunk-1", muted=True) is False


async def test_what_is_not_known_is_asked_again() -> None:
    with pytest.raises(RecorderAway, match="no answer"):
        await recorder(Client(ActionTimeout("no answer"))).mute("PJSIP/trunk-1", muted=False)
