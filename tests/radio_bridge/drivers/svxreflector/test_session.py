"""A node's session on a clock that stands still, against a simulated reflector (see `simulated.py`)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.drivers.svxreflector import messages as m
from radio_bridge.drivers.svxreflector.codec import encode_datagram, encode_frame
from radio_bridge.drivers.svxreflector.effects import (
    NodeCame,
    NodeWent,
    SoundEnded,
    SvxKeyGranted,
    SvxKeyRefusal,
    SvxKeyRefused,
    SvxLinkDown,
    SvxLinkUp,
    SvxReflectorDownReason,
    SvxSound,
    SvxTalkerBegan,
    SvxTalkerEnded,
)
from radio_bridge.drivers.svxreflector.keying import KeyState
from radio_bridge.drivers.svxreflector.session import SvxLinkStage
from tests.radio_bridge.drivers.svxreflector.simulated import SILENCE, TG, Net


def up() -> Net:
    net = Net().start()
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]
    return net


def talking() -> Net:
    net = up()
    net.do(net.session.key())
    assert net.heard() == [SvxKeyGranted()]
    return net


# --- the link -----------------------------------------------------------------------------------------


def test_it_signs_in_goes_to_its_talkgroup_and_is_heard_over_udp() -> None:
    net = up()
    assert net.session.stage is SvxLinkStage.UP
    assert net.reflector.on_group


def test_a_wrong_password_is_told_once_and_tried_again_slowly() -> None:
    net = Net(password="another").start()
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.DENIED, "Access denied")]
    net.wait(15.0)
    assert net.session.counts.connects == 1
    net.wait(30.0)
    assert net.session.counts.connects >= 2
    assert net.heard() == []
    net.reflector.password = "secret"
    net.wait(30.0)
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]


def test_a_reflector_that_is_not_there_is_tried_again_with_growing_pauses() -> None:
    net = Net()
    net.there = False
    net.start()
    net.wait(120.0)
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.UNREACHABLE)]
    assert 9 <= net.session.counts.connects <= 25


def test_a_codec_that_we_do_not_speak_is_named() -> None:
    net = Net()
    net.reflector.codecs = ("SPEEX",)
    net.start()
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.NO_CODEC, "SPEEX")]


def test_udp_that_is_blocked_from_the_beginning_is_no_link() -> None:
    net = Net()
    net.reflector.udp_in = lambda: False
    net.start()
    net.wait(4.9)
    assert net.heard() == []
    net.wait(0.2)
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.UDP_BLOCKED)]


def test_one_first_datagram_that_is_lost_is_no_harm() -> None:
    net = Net()
    lost = iter([False, True])
    net.reflector.udp_in = lambda: next(lost, True)
    net.start()
    assert net.heard() == []
    net.wait(0.6)
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]


def test_udp_that_stops_is_found_and_the_link_opened_anew() -> None:
    net = up()
    net.reflector.udp_out = lambda: False
    # The stream goes on: only the datagrams are missing.
    net.wait(20.5)
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.UDP_LOST)]
    net.reflector.udp_out = lambda: True
    net.wait(2.0)
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]


def test_a_half_open_connection_is_found() -> None:
    net = up()
    net.cut = True
    net.wait(14.0)
    assert net.heard() == []
    net.wait(2.0)
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.HALF_OPEN)]


def test_an_idle_link_stays_up_for_an_hour() -> None:
    net = up()
    net.wait(3600.0)
    assert net.heard() == []
    assert net.session.counts.connects == 1


def test_nonsense_in_the_stream_ends_the_connection_and_in_a_datagram_it_is_counted() -> None:
    net = up()
    net.do(net.session.udp(b"\x00"))
    net.do(net.session.udp(encode_datagram(m.UdpHeader(78, 9, m.UdpAudio(b"of somebody else")))))
    assert net.heard() == []
    assert (net.session.counts.malformed, net.session.counts.stray) == (1, 1)
    net.do(net.session.tcp(bytes.fromhex("00000003 0068 00")))
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.MALFORMED, "ends at byte 3, 3 too early")]
    net.wait(2.0)
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]


def test_what_a_reflector_says_at_its_end_is_told_without_control_characters() -> None:
    net = up()
    net.do(net.session.tcp(encode_frame(m.ErrorMessage("bye\x1b[2J" + "x" * 300))))
    (told,) = net.heard()
    assert told == SvxLinkDown(SvxReflectorDownReason.CLOSED, "bye?[2J" + "x" * 73)


def test_stopped_for_good() -> None:
    net = talking()
    net.do(net.session.stop())
    assert net.session.stage is SvxLinkStage.ENDED
    assert net.session.wakeup() is None
    assert net.reflector.talker is None


# --- who is there and who talks ------------------------------------------------------------------------


def test_nodes_come_and_go() -> None:
    net = up()
    net.reflector.say(m.NodeJoined("N3"))
    net.reflector.say(m.NodeLeft("N2"))
    net.carry()
    assert net.heard() == [NodeCame("N3"), NodeWent("N2")]


def test_a_talker_is_told_with_his_callsign_and_heard() -> None:
    net = up()
    net.reflector.begin("N2")
    net.reflector.send(m.UdpAudio(b"hello"))
    net.reflector.end()
    net.carry()
    assert net.heard() == [SvxTalkerBegan("N2"), SvxSound(b"hello"), SvxTalkerEnded("N2"), SoundEnded()]


def test_a_talker_on_another_talkgroup_is_none() -> None:
    net = up()
    net.reflector.say(m.TalkerStart(TG + 1, "N2"))
    net.carry()
    assert net.heard() == []


def test_sound_of_nobody_is_somebody_who_began_before_we_came() -> None:
    net = up()
    for _ in range(20):
        net.reflector.send(m.UdpAudio(b"x"))
        net.carry()
        net.wait(0.02)
    assert SvxTalkerBegan("") in net.heard()
    net.do(net.session.key())
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.BUSY)]
    net.reflector.send(m.UdpFlush())
    net.carry()
    assert net.heard() == [SoundEnded(), SvxTalkerEnded("")]


def test_who_began_before_we_came_is_not_mistaken_for_a_forbidden_talkgroup() -> None:
    net = up()
    net.reflector.talker = "N2"
    net.do(net.session.key())
    for _ in range(20):
        net.reflector.talker_heard = net.clock.monotonic()
        net.reflector.send(m.UdpAudio(b"x"))
        net.carry()
        net.wait(0.02)
    told = [one for one in net.heard() if not isinstance(one, SvxSound)]
    assert told == [SvxKeyRefused(SvxKeyRefusal.BUSY), SvxTalkerBegan("")]


def test_the_last_frame_of_a_talk_is_nobody_new() -> None:
    net = up()
    net.reflector.send(m.UdpAudio(b"x"))
    net.carry()
    net.wait(10.0)
    assert net.heard() == [SvxSound(b"x"), SoundEnded()]


def test_datagrams_that_come_late_are_not_heard_and_missing_ones_are_counted() -> None:
    net = up()
    net.do(net.session.udp(encode_datagram(m.UdpHeader(77, 5, m.UdpAudio(b"five")))))
    net.do(net.session.udp(encode_datagram(m.UdpHeader(77, 3, m.UdpAudio(b"three")))))
    assert net.heard() == [SvxSound(b"five")]
    assert (net.session.counts.lost, net.session.counts.stray) == (4, 1)


def test_whoever_talks_when_the_link_ends_is_heard_no_more() -> None:
    net = up()
    net.reflector.begin("N2")
    net.carry()
    net.heard()
    net.do(net.session.link_down(SvxReflectorDownReason.CLOSED))
    assert net.heard() == [SoundEnded(), SvxTalkerEnded("N2"), SvxLinkDown(SvxReflectorDownReason.CLOSED)]


# --- our own talk -------------------------------------------------------------------------------------


def test_granted_only_when_the_reflector_has_named_us() -> None:
    net = up()
    net.reflector.hold()
    net.do(net.session.key())
    assert net.heard() == []
    assert net.reflector.heard == [SILENCE]
    net.do(net.session.sound(b"too early"))
    assert net.reflector.heard == [SILENCE]
    net.reflector.let_go()
    net.carry()
    assert net.heard() == [SvxKeyGranted()]
    net.do(net.session.sound(b"now"))
    assert net.reflector.heard == [SILENCE, b"now"]


def test_a_talk_ends_at_the_reflector_at_once() -> None:
    net = talking()
    net.do(net.session.unkey())
    assert net.reflector.talker is None
    net.do(net.session.sound(b"too late"))
    assert net.reflector.heard == [SILENCE]


def test_who_was_first_keeps_the_talkgroup() -> None:
    net = up()
    net.reflector.begin("N2")
    net.carry()
    net.heard()
    net.do(net.session.key())
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.BUSY)]
    assert net.reflector.heard == []


def test_who_was_first_by_a_moment_keeps_the_talkgroup() -> None:
    net = up()
    net.reflector.talker = "N2"
    net.do(net.session.key())
    assert net.heard() == []
    net.reflector.say(m.TalkerStart(TG, "N2"))
    net.carry()
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.BUSY), SvxTalkerBegan("N2")]


def test_a_forbidden_talkgroup_shows_when_we_ask() -> None:
    net = Net(permits=False).start()
    assert net.heard() == [SvxLinkUp("S16", ("N2",))]
    net.do(net.session.key())
    net.wait(2.0)
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.IGNORED)]
    assert net.session.stage is SvxLinkStage.UP


def test_an_unanswered_wish_to_talk_ends_the_link() -> None:
    net = up()
    net.reflector.udp_in = lambda: False
    net.do(net.session.key())
    net.wait(1.7)
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.SILENT), SvxLinkDown(SvxReflectorDownReason.UDP_LOST)]


def test_a_talk_that_the_reflector_ends_is_over() -> None:
    net = talking()
    net.reflector.end()
    net.carry()
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.STOPPED)]
    net.do(net.session.sound(b"x"))
    assert net.reflector.heard == [SILENCE]


def test_a_granted_talk_without_sound_is_kept_open() -> None:
    net = talking()
    net.wait(10.0)
    assert net.reflector.talker == "US"
    assert net.heard() == []
    assert set(net.reflector.heard) == {SILENCE}


def test_the_end_is_said_until_it_is_heard() -> None:
    net = talking()
    lost = iter([False] * 5)
    net.reflector.udp_in = lambda: next(lost, True)
    net.do(net.session.unkey())
    assert net.reflector.talker == "US"
    net.wait(0.6)
    assert net.reflector.talker is None


def test_an_end_that_cannot_be_said_ends_the_connection() -> None:
    net = talking()
    net.reflector.udp_in = lambda: False
    net.do(net.session.unkey())
    net.wait(2.1)
    assert net.reflector.talker is None
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.UDP_LOST)]


def test_pressed_again_before_the_end_is_confirmed_waits_for_it() -> None:
    net = talking()
    net.reflector.hold()
    net.do(net.session.unkey())
    net.do(net.session.key())
    assert net.session.key_state is KeyState.WAITING
    assert net.heard() == []
    net.reflector.let_go()
    net.carry()
    assert net.heard() == [SvxKeyGranted()]
    assert net.reflector.talker == "US"


def test_a_wish_that_is_withdrawn_before_it_was_answered_keys_nobody() -> None:
    net = up()
    net.reflector.hold()
    net.do(net.session.key())
    net.do(net.session.unkey())
    net.reflector.let_go()
    net.carry()
    assert net.heard() == []
    assert net.reflector.talker is None


def test_without_a_link_nobody_talks() -> None:
    net = Net()
    net.there = False
    net.start()
    net.heard()
    net.do(net.session.key())
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.DOWN)]


def test_a_talk_ends_with_its_link() -> None:
    net = talking()
    net.do(net.session.link_down(SvxReflectorDownReason.CLOSED))
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.DOWN), SvxLinkDown(SvxReflectorDownReason.CLOSED)]


# --- any order ----------------------------------------------------------------------------------------

_step = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.0, 5.0)),
    st.tuples(
        st.sampled_from(["key", "unkey", "sound", "other", "other ends", "cut", "whole", "peer closes"]),
        st.none(),
    ),
    st.tuples(st.sampled_from(["noise", "stream"]), st.binary(max_size=30)),
)
Step = tuple[str, float | bytes | None]


def take(net: Net, step: Step) -> None:
    """One thing that happens."""
    session, reflector = net.session, net.reflector
    what, value = step
    if isinstance(value, float):
        net.wait(value)
    elif isinstance(value, bytes):
        net.do(session.udp(value) if what == "noise" else session.tcp(value))
    elif what in {"cut", "whole"}:
        net.cut = what == "cut"
    elif what == "other":
        reflector.begin("N2")
    elif what == "other ends":
        if reflector.talker == "N2":
            reflector.end()
    elif what == "peer closes":
        reflector.disconnect()
        net.do(session.link_down(SvxReflectorDownReason.CLOSED))
    else:
        net.do(
            session.key() if what == "key" else session.unkey() if what == "unkey" else session.sound(b"x")
        )
    net.carry()


@given(st.lists(_step, max_size=40), st.integers(0, 2**32), st.sampled_from([0.0, 0.2, 0.6]))
def test_whatever_happens_nobody_is_left_keyed_and_the_link_comes_back(
    steps: list[Step], seed: int, loss: float
) -> None:
    net = Net().start()
    dice = random.Random(seed)
    net.reflector.udp_in = net.reflector.udp_out = lambda: dice.random() >= loss
    granted = False
    for step in steps:
        take(net, step)
        granted = granted and step[0] != "unkey"
        for told in net.heard():
            assert not (granted and isinstance(told, SvxKeyGranted)), "granted twice"
            granted = isinstance(told, SvxKeyGranted) or (granted and not isinstance(told, SvxKeyRefused))
        assert granted == (net.session.key_state is KeyState.ON)
    net.cut = False
    net.reflector.udp_in = net.reflector.udp_out = lambda: True
    net.do(net.session.unkey())
    net.wait(60.0)
    assert net.session.stage is SvxLinkStage.UP
    assert net.reflector.talker is None
    net.do(net.session.key())
    net.wait(1.0)
    assert net.session.key_state is KeyState.ON


def test_a_reflector_that_is_only_slow_is_not_said_to_forbid_it() -> None:
    net = up()
    net.reflector.hold()
    net.reflector.udp_out = lambda: False
    net.do(net.session.key())
    net.wait(1.05)
    net.reflector.udp_out = lambda: True
    net.wait(0.1)
    net.reflector.let_go()
    net.carry()
    net.wait(0.2)
    assert net.heard() == [SvxKeyRefused(SvxKeyRefusal.SILENT)]
    assert net.reflector.talker is None
    assert net.session.stage is SvxLinkStage.UP


@pytest.mark.parametrize("said", [0, 1, 2])
def test_a_reflector_that_stops_answering_while_we_sign_in_is_left(said: int) -> None:
    net = Net()
    net.reflector.silent_after = said
    net.start()
    net.wait(10.1)
    assert net.heard() == [SvxLinkDown(SvxReflectorDownReason.NO_ANSWER)]
