"""A phone that is lost in a call, and which page has a person's phone: with a switch that is played."""

from __future__ import annotations

import dataclasses
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock
from core.errors import Forbidden
from hotline.control.errors import SwitchAway
from hotline.control.lost_phones import LostPhones
from hotline.control.model import Verb
from hotline.desk_phones.errors import PhoneElsewhere, PhoneNotYours
from hotline.desk_phones.model import PhoneClaim, judge
from hotline.desk_phones.service import DeskPhones
from hotline.errors import NoTelephone
from hotline.events import PhoneClaimed
from tests.hotline.stream import message
from tests.hotline.test_control import Centre, centre
from tests.hotline.world import LI

__all__ = ["centre"]

PAGE, OTHER = ("page-one-1", "load-one-1"), ("page-two-2", "load-two-2")


def lost(centre: Centre) -> LostPhones:
    return centre.control.lost_phones


def phones(centre: Centre) -> DeskPhones:
    found = centre.world.hotline.desk_phones
    assert found is not None
    return found


async def first_claim(centre: Centre) -> None:
    """A page takes the phone that nobody has, and registers it."""
    centre.switch.phones["agent101"] = "away"
    await phones(centre).claim(LI, *PAGE, take_over=False)
    phones(centre).registered(LI, *PAGE)
    centre.switch.phones["agent101"] = "free"


def unreachable(centre: Centre) -> None:
    centre.switch.phones["agent101"] = "away"
    centre.world.hears([message("PeerStatus", Peer="PJSIP/agent101", PeerStatus="Unreachable")])


def agent_channel(centre: Centre) -> str:
    return centre.world.hotline.calls.legs[centre.agent].channel


async def looks(centre: Centre, times: int = 3) -> None:
    """As `run` does, with the pause that makes silence count."""
    for _ in range(times):
        await lost(centre).look()
        centre.world.clock.advance(0.03)


@pytest.fixture
def quick(centre: Centre) -> Centre:
    centre.control.lost_phones._settings = centre.control._settings.model_copy(
        update={"lost_still_s": 0.02, "lost_silent_s": 0.05}
    )
    return centre


async def test_a_socket_that_breaks_while_sound_comes_breaks_no_call(quick: Centre) -> None:
    unreachable(quick)
    await looks(quick, 4)
    assert quick.switch.told == []
    assert quick.call.state == "talking"


async def test_a_silent_leg_without_registration_is_lost_and_its_citizen_waits(quick: Centre) -> None:
    quick.switch.silent.add(agent_channel(quick))
    unreachable(quick)
    await looks(quick)
    assert quick.switch.told[0] == ("move", quick.script.channel, "control-away", "agent101")
    assert quick.call.state == "returning"
    assert quick.agent not in quick.world.hotline.calls.legs
    # While nobody can ring the phone, nobody does.
    await looks(quick, 1)
    assert len([one for one in quick.switch.told if one[0] == "move"]) == 1
    quick.switch.phones["agent101"] = "free"
    await looks(quick, 1)
    assert quick.switch.told[-1] == ("move", quick.script.channel, "control-return", "agent101")
    assert quick.call.state == "returning"


async def test_a_held_citizen_waits_too_when_a_registered_browser_is_silent(
    quick: Centre,
) -> None:
    quick.switch.browsers = frozenset({"agent101"})
    await quick.act(Verb.HOLD)
    quick.switch.silent.add(agent_channel(quick))
    await looks(quick, 4)
    assert ("move", quick.script.channel, "control-away", "agent101") in quick.switch.told


async def test_a_silent_telephone_that_is_registered_is_left_alone(quick: Centre) -> None:
    quick.switch.silent.add(agent_channel(quick))
    await looks(quick, 4)
    assert quick.switch.told == []


async def test_a_snapshot_doubts_every_phone_so_that_a_restart_loses_no_citizen(quick: Centre) -> None:
    quick.switch.silent.add(agent_channel(quick))
    quick.switch.phones["agent101"] = "away"
    lost(quick).found(list(quick.world.hotline.calls.legs.values()))
    await looks(quick)
    assert quick.call.state == "returning"


async def test_a_switch_that_does_not_answer_loses_nobody(quick: Centre) -> None:
    quick.switch.silent.add(agent_channel(quick))
    unreachable(quick)
    await looks(quick, 1)
    quick.switch.fails = SwitchAway()
    quick.world.clock.advance(0.03)
    with pytest.raises(SwitchAway):
        await lost(quick).look()
    quick.switch.fails = None
    await looks(quick, 1)
    assert quick.call.state == "returning"


# --- which page has the phone ---------------------------------------------------------------------------


async def test_a_reload_gives_the_call_back_as_soon_as_the_page_is_registered(centre: Centre) -> None:
    await first_claim(centre)
    centre.switch.told.clear()
    await phones(centre).claim(LI, PAGE[0], "load-one-2", take_over=False)
    await lost(centre).look()
    assert ("move", centre.script.channel, "control-return", "agent101") not in centre.switch.told
    phones(centre).registered(LI, PAGE[0], "load-one-2")
    await lost(centre).look()
    assert centre.switch.told[-1] == ("move", centre.script.channel, "control-return", "agent101")


async def test_another_page_gets_the_phone_only_by_a_takeover_and_every_page_is_told(centre: Centre) -> None:
    await first_claim(centre)
    with pytest.raises(PhoneElsewhere) as refused:
        await phones(centre).claim(LI, *OTHER, take_over=False)
    assert refused.value.extra["since"]
    assert phones(centre).of(LI).page_id == PAGE[0]
    await phones(centre).claim(LI, *OTHER, take_over=True)
    assert phones(centre).of(LI).page_id == OTHER[0]
    assert [event.claim.page_id for event in centre.world.bus.of(PhoneClaimed)] == [PAGE[0], OTHER[0]]
    with pytest.raises(PhoneNotYours):
        phones(centre).registered(LI, *PAGE)


async def test_a_page_that_is_gone_is_asked_nothing_and_a_claim_outlives_a_restart(centre: Centre) -> None:
    await first_claim(centre)
    again = DeskPhones(
        centre.switch,
        lost(centre),
        desk_of=centre.control.desk_of,
        reachable=lambda _: True,
        storage=centre.world.ports.storage,
        bus=centre.world.bus,
        clock=centre.world.ports.clock,
    )
    await again.start()
    assert again.of(LI).page_id == PAGE[0]
    with pytest.raises(PhoneElsewhere):
        await again.claim(LI, *OTHER, take_over=False)
    centre.switch.phones["agent101"] = "away"
    assert (await again.claim(LI, *OTHER, take_over=False)).page_id == OTHER[0]


async def test_only_who_has_a_phone_and_takes_calls_has_one_on_a_page(centre: Centre) -> None:
    with pytest.raises(Forbidden):
        await phones(centre).claim(dataclasses.replace(LI, roles=frozenset()), *PAGE, take_over=False)
    with pytest.raises(NoTelephone):
        phones(centre).of(dataclasses.replace(LI, id=f"nobody-{uuid4()}"))


IDS = st.sampled_from(["page-aaaa", "page-bbbb"])


@given(IDS, IDS, IDS, IDS, st.booleans(), st.booleans())
def test_nobody_loses_a_phone_that_is_registered_without_a_takeover(
    page: str, load: str, wish_page: str, wish_load: str, registered: bool, take_over: bool
) -> None:
    now = SystemClock().now()
    held = PhoneClaim("li", "agent101", page, load, now)
    wish = PhoneClaim("li", "agent101", wish_page, wish_load, now)
    verdict = judge(held, wish, registered=registered, take_over=take_over)
    if page != wish_page and registered and not take_over:
        assert verdict == "elsewhere"
    if verdict == "elsewhere":
        assert registered
        assert not take_over
    if verdict == "same":
        assert (page, load) == (wish_page, wish_load)
