"""A call that the role `radio` wants is made once, and a wish that is old is none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.clock import ManualClock
from core.errors import Unavailable
from gateway.ami.actions import RadioCall
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan
from gateway.bus import LocalBus
from radio_bridge.events import RadioCallWanted
from radio_bridge.switch.radio_calls.service import RadioCalls


class Switch:
    def __init__(self) -> None:
        self.called: list[tuple[str, str, UUID]] = []
        self.ended: list[UUID] = []
        self.away = False

    async def call(self, endpoint: str, user: str, *, host: str, port: int, leg: UUID) -> None:
        self.called.append((endpoint, user, leg))
        if self.away:
            raise Unavailable("no switch")

    async def end(self, leg: UUID) -> None:
        self.ended.append(leg)


def wanted(clock: ManualClock, age_s: float = 0.0) -> RadioCallWanted:
    return RadioCallWanted(
        at=clock.now() - timedelta(seconds=age_s),
        talkgroup="sip:north",
        endpoint="radio-north",
        user="4011",
        leg=uuid4(),
        host="127.0.0.1",
        port=9000,
    )


async def test_once_for_each_and_never_late() -> None:
    clock, switch = ManualClock(), Switch()
    calls = RadioCalls(LocalBus(), switch, clock)
    first = wanted(clock)
    await calls.on_wanted(first)
    await calls.on_wanted(first)
    await calls.on_wanted(wanted(clock, age_s=6.0))
    assert switch.called == [("radio-north", "4011", first.leg)]
    switch.away = True
    second = wanted(clock)
    await calls.on_wanted(second)
    await calls.on_wanted(second)
    assert len(switch.called) == 2
    switch.away = False
    third = wanted(clock).model_copy(update={"instead_of": second.leg})
    await calls.on_wanted(third)
    assert (switch.ended, switch.called[-1][2]) == ([second.leg], third.leg)


def test_the_action_says_nothing_that_could_be_more_than_a_name() -> None:
    dialplan = Dialplan(frozenset(), frozenset())
    leg = str(uuid4())
    headers = dict(RadioCall("radio-north", "4011", "127.0.0.1:9000", leg).headers(dialplan))
    assert headers["Channel"] == "PJSIP/4011@radio-north"
    assert headers["Data"] == f"{leg},127.0.0.1:9000"
    assert headers["ChannelId"] == f"tap-{leg}"
    for user in ("4011@evil", "4011&PJSIP/1", "", "a,b"):
        with pytest.raises(UnsafeValue):
            RadioCall("radio-north", user, "127.0.0.1:9000", leg).headers(dialplan)
