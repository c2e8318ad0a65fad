"""What the switch answers about a conference, in the room's terms."""

from __future__ import annotations

from typing import cast

import pytest

from core.errors import Conflict, Unavailable
from gateway.ami.actions import Action, ConferenceKick
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, ActionTimeout
from gateway.wiring.conference import AmiConferences


class Switch:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked: list[Action] = []

    async def perform(self, action: Action) -> None:
        self.asked.append(action)
        raise self.error


def conferences(error: Exception) -> tuple[AmiConferences, Switch]:
    switch = Switch(error)
    return AmiConferences(cast("AmiClient", switch)), switch


@pytest.mark.parametrize(
    "said", ["No Conference by that name found.", "No Channel by that name found in Conference."]
)
async def test_who_has_left_in_the_same_moment_is_out(said: str) -> None:
    made, switch = conferences(ActionRefused(f"ConfbridgeKick: {said}"))
    await made.send_out("app*daoli", "Local/svx*4011@talkgroup-patch-1;1")
    (asked,) = switch.asked
    assert isinstance(asked, ConferenceKick)


async def test_what_the_switch_refuses_for_another_reason_or_does_not_answer_is_no_success() -> None:
    with pytest.raises(Conflict):
        await conferences(ActionRefused("ConfbridgeKick: Permission denied"))[0].send_out("app*daoli", "x-1")
    with pytest.raises(Unavailable):
        await conferences(ActionTimeout("ConfbridgeKick"))[0].send_out("app*daoli", "x-1")
