"""Handing a call over: what is refused, and what came of it, with a switch that is played."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text

from hotline.control.model import Verb
from hotline.handovers.errors import NoSuchHandover, NoWayOut
from hotline.handovers.service import Handovers
from hotline.handovers.settings import HandoverPreset
from hotline.settings import HotlineSettings
from tests.hotline.stream import message
from tests.hotline.test_control import Centre, centre
from tests.hotline.world import LI, settle

__all__ = ["centre"]


def handovers(centre: Centre) -> Handovers:
    found = centre.world.hotline.handovers
    assert found is not None
    return found


async def test_one_press_calls_the_service_as_configured_and_says_so(centre: Centre) -> None:
    presets = {one.service: one for one in handovers(centre).presets(LI)}
    assert {one.number for one in presets.values()} == {"110", "119", "120", "122"}
    op = uuid4()
    acted = await handovers(centre).hand_over(LI, centre.call.id, op, "fire")
    assert acted.verb is Verb.CONSULT
    assert centre.switch.told[-1][2] == "control-held"
    shown = centre.world.hotline.board.call(centre.call.id).handover
    assert shown is not None
    assert (shown.service, shown.number, shown.by, shown.state) == ("fire", "119", "li", "calling")
    # Pressed twice, it is done once.
    again = await handovers(centre).hand_over(LI, centre.call.id, op, "fire")
    assert again == acted
    assert len(centre.switch.told) == 1


async def test_no_trunk_took_it_is_failed_and_written_down(centre: Centre) -> None:
    await handovers(centre).hand_over(LI, centre.call.id, uuid4(), "fire")
    about = {"Linkedid": centre.script.linkedid, "Uniqueid": "x", "Channel": "PJSIP/x-1"}
    centre.world.hears([message("UserEvent", **about, UserEvent="Emergency", Number="119", Failed="yes")])
    shown = centre.world.hotline.board.call(centre.call.id).handover
    assert shown is not None
    assert shown.state == "failed"
    assert shown.settled_at is not None
    await handovers(centre).written.write_waiting()
    await settle()
    async with centre.world.ports.storage.read() as connection:
        rows = (await connection.execute(text("SELECT envelope FROM outbox"))).all()
    assert sum("hotline.handover_settled" in str(row[0]) for row in rows) == 1


async def test_what_is_not_there_is_refused_with_what_to_do(centre: Centre) -> None:
    with pytest.raises(NoSuchHandover):
        await handovers(centre).hand_over(LI, centre.call.id, uuid4(), "coastguard")
    handovers(centre)._way_out = lambda _: False
    with pytest.raises(NoWayOut) as refused:
        await handovers(centre).hand_over(LI, centre.call.id, uuid4(), "fire")
    assert "119" in refused.value.remedy
    assert centre.switch.told == []
    assert not any(one.available for one in handovers(centre).presets(LI))


def test_a_service_is_configured_once() -> None:
    one = HandoverPreset(service="fire", number="119", zh="消防", en="Fire")
    with pytest.raises(ValueError, match="services must differ"):
        HotlineSettings(handovers=(one, one))
