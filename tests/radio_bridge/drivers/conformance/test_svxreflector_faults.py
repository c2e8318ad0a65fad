"""The svxreflector driver against the reflector and the radio of Debian: what only this network has."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from radio_bridge.floor.model import Cause, FloorStage
from radio_bridge.floor.signals import NetworkTaken
from tests.peers.audio import tone_seconds
from tests.peers.svxreflector import SvxReflectorPeer
from tests.peers.tcp_udp_proxy import TcpUdpProxy
from tests.radio_bridge.drivers.conformance.control import Control
from tests.radio_bridge.drivers.conformance.suite import OURS_HZ, THEIRS_HZ
from tests.radio_bridge.drivers.conformance.svxreflector_world import (
    CALLSIGNS,
    CLOSED,
    CLOSED_TG,
    GROUP,
    SECOND,
    SECOND_TG,
    TG,
    SvxWorld,
    bare,
    network,
    world,
)

__all__ = ["bare", "network", "world"]

pytestmark = pytest.mark.real


async def test_a_wrong_password_is_told_and_nothing_is_keyed(bare: SvxWorld) -> None:
    driver = bare.join(TG, password="wrong")
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "denies access" in driver.health().why, "denial")
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_AWAY
    finally:
        await driver.stop()


async def test_a_forbidden_talkgroup_is_never_granted_and_the_dispatcher_is_told_why(bare: SvxWorld) -> None:
    driver = bare.join(CLOSED_TG)
    control = Control(driver)
    await driver.start()
    try:
        # The reflector does not say so before we ask.
        await control.up()
        request_id = control.press(CLOSED)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert not control.granted(request_id)
        assert driver.health().state == "degraded"
        assert "ALLOW" in driver.health().why
        assert f"Not allowed to use TG #{CLOSED_TG}" in bare.reflector.log
    finally:
        await driver.stop()


async def test_a_callsign_that_is_there_already_is_denied_until_the_other_one_goes(bare: SvxWorld) -> None:
    first, second = bare.join(TG), bare.join(TG)
    one, two = Control(first), Control(second)
    await first.start()
    await one.up()
    await second.start()
    try:
        await two.until(lambda: "denies access" in second.health().why, "denial")
        await first.stop()
        await two.up()
    finally:
        await first.stop()
        await second.stop()


async def test_udp_that_is_blocked_from_the_beginning_is_no_link(bare: SvxWorld) -> None:
    bare.proxy.udp_back = False
    driver = bare.join(TG)
    control = Control(driver)
    await driver.start()
    try:
        await control.until(lambda: "firewall" in driver.health().why, "reason", 10.0)
        bare.proxy.udp_back = True
        await control.up(20.0)
    finally:
        await driver.stop()


async def test_udp_that_is_blocked_in_mid_talk_ends_the_talk_and_the_link_comes_back(world: SvxWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.5)
    world.proxy.udp_there = False
    # The reflector hears nothing of us and says so by its other way, after four seconds.
    for _ in range(40):
        if control.end_of(request_id) is not None:
            break
        await control.say(GROUP, OURS_HZ, 0.2)
    assert control.end_of(request_id) in {Cause.NETWORK_TOOK_IT, Cause.NETWORK_AWAY}
    assert not world.keyed()
    world.proxy.udp_there = True
    await control.up(20.0)
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    control.let_go(GROUP, request_id)


async def test_a_half_open_connection_is_found_and_opened_anew(world: SvxWorld) -> None:
    control = world.control
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    world.proxy.dead = True
    await control.until(lambda: control.driver.health().state == "degraded", "degraded", 30.0)
    assert control.end_of(request_id) is not None
    world.proxy.dead = False
    # The reflector keeps the dead connection for 15 s, and our callsign with it.
    await control.up(60.0)
    await control.until(lambda: not world.keyed(), "end of our talk", 5.0)
    request_id = await control.talk(GROUP, OURS_HZ, 0.3)
    control.let_go(GROUP, request_id)


async def test_lost_datagrams_cost_their_own_sound_alone(world: SvxWorld) -> None:
    control = world.control
    world.listen_anew()
    request_id = await control.talk(GROUP, OURS_HZ, 0.5)
    world.proxy.udp_there = False
    await control.say(GROUP, OURS_HZ, 0.3)
    world.proxy.udp_there = True
    await control.say(GROUP, OURS_HZ, 1.0)
    assert world.keyed()
    world.proxy.udp_there = False
    control.let_go(GROUP, request_id)
    await asyncio.sleep(0.3)
    assert world.keyed(), "the end of the talk got through a blocked way"
    world.proxy.udp_there = True
    await control.until(lambda: not world.keyed(), "end of our talk", 1.0)
    assert control.driver.health().state == "up"
    await asyncio.sleep(0.5)
    assert 1.0 <= tone_seconds(world.heard_by_other(), OURS_HZ) <= 1.8


async def test_a_talker_who_began_before_we_came_is_not_talked_over(bare: SvxWorld) -> None:
    driver = bare.join(TG)
    control = Control(driver)
    # Once without us, so that the radio is on its talkgroup and sends from its first word on.
    bare.radio.say(THEIRS_HZ, 5.0)
    await asyncio.sleep(1.0)
    await driver.start()
    try:
        await control.until(lambda: control.talker(GROUP) == "svx:unknown", "nameless talker")
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_BUSY
        await control.until(lambda: control.stage(GROUP) is FloorStage.IDLE, "end of the talk", 10.0)
        assert control.talks(GROUP) == [("began", "svx:unknown"), ("ended", "svx:unknown")]
    finally:
        await driver.stop()


async def test_several_talkgroups_each_have_their_own_talk(bare: SvxWorld, tmp_path: Path) -> None:
    second = bare.radio_at(tmp_path / "second", "CREW-B", SECOND_TG)
    second.start()
    driver = bare.join(TG, SECOND_TG)
    control = Control(driver)
    await driver.start()
    try:
        await control.up(30.0)
        await control.until(lambda: {"svx:CREW-A", "svx:CREW-B"} == control.nodes, "both radios", 20.0)
        bare.listen_anew()
        second.listen_anew()
        first_id, second_id = await asyncio.gather(
            control.talk(GROUP, OURS_HZ, 1.5), control.talk(SECOND, 2 * OURS_HZ, 1.5)
        )
        control.let_go(GROUP, first_id)
        control.let_go(SECOND, second_id)
        await asyncio.sleep(0.5)
        for heard, own, others in (
            (bare.heard_by_other(), OURS_HZ, 2 * OURS_HZ),
            (second.transmitted(), 2 * OURS_HZ, OURS_HZ),
        ):
            assert tone_seconds(heard, own) >= 1.2
            assert tone_seconds(heard, others) == 0.0
        second.say(THEIRS_HZ, 1.0)
        await control.until(lambda: control.talker(SECOND) == "svx:CREW-B", "talker on the second", 3.0)
        assert control.talker(GROUP) is None
    finally:
        await driver.stop()
        second.close()


async def test_a_radio_that_comes_and_goes_is_told(world: SvxWorld, tmp_path: Path) -> None:
    second = world.radio_at(tmp_path / "second", "CREW-B", TG)
    second.start()
    try:
        await world.control.until(lambda: "svx:CREW-B" in world.control.nodes, "node", 5.0)
    finally:
        second.close()
    await world.control.until(lambda: "svx:CREW-B" not in world.control.nodes, "its end", 5.0)
    assert world.other in world.control.nodes


async def test_who_talks_for_too_long_is_blocked_and_the_dispatcher_is_told(tmp_path: Path) -> None:
    reflector = SvxReflectorPeer(tmp_path / "reflector", callsigns=CALLSIGNS, longest_talk_s=2)
    reflector.start()
    proxy = TcpUdpProxy(reflector.port)
    await proxy.start()
    driver = SvxWorld(reflector, None, proxy).join(TG)  # type: ignore[arg-type]
    control = Control(driver)
    await driver.start()
    try:
        await control.up()
        request_id = control.press(GROUP)
        await control.until(lambda: control.granted(request_id), "grant")
        for _ in range(30):
            if control.end_of(request_id) is None:
                await control.say(GROUP, OURS_HZ, 0.2)
        assert control.end_of(request_id) is Cause.NETWORK_TOOK_IT
        request_id = control.press(GROUP)
        await control.until(lambda: control.end_of(request_id) is not None, "answer")
        assert control.end_of(request_id) is Cause.NETWORK_DENIED
        assert "SQL_TIMEOUT" in driver.health().why
    finally:
        await driver.stop()
        await proxy.close()
        reflector.close()


async def test_a_codec_that_we_do_not_speak_is_named(tmp_path: Path) -> None:
    reflector = SvxReflectorPeer(tmp_path / "reflector", callsigns=CALLSIGNS, codec="GSM")
    reflector.start()
    proxy = TcpUdpProxy(reflector.port)
    await proxy.start()
    driver = SvxWorld(reflector, None, proxy).join(TG)  # type: ignore[arg-type]
    Control(driver)
    await driver.start()
    try:
        await Control(driver).until(lambda: "GSM" in driver.health().why, "reason")
        assert driver.health().state == "degraded"
    finally:
        await driver.stop()
        await proxy.close()
        reflector.close()


async def test_a_talker_who_goes_on_is_told_again(world: SvxWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    from radio_bridge.drivers.svxreflector import line

    monkeypatch.setattr(line, "STILL_TALKS_S", 0.5)
    world.other_says(THEIRS_HZ, 2.0)
    taken = NetworkTaken(world.other)
    await world.control.until(
        lambda: world.control.signals.count((GROUP, taken)) >= 3, "third word of the talker", 5.0
    )
    assert world.control.talks(GROUP) == [("began", world.other)]
