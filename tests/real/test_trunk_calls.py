"""Calls over a trunk, with SIPp as the carrier: both laws, failover, early media, keys, fax, garbage."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest

from gateway.asterisk.settings import OutgoingLimits
from tests.peers import audio
from tests.real.trunk_world import CARRIER_TONE, CITIZEN_TONE, FIRST_NUMBER, MOBILE, TrunkWorld
from tests.waiting import seconds_until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkWorld]:
    with TrunkWorld(tmp_path_factory.mktemp("trunks"), limits=OutgoingLimits(user_per_minute=0)) as made:
        yield made


@pytest.fixture(autouse=True)
def _as_it_was(world: TrunkWorld) -> Iterator[None]:
    yield
    world.switch.wait_idle()


@pytest.mark.parametrize(("law", "name"), [("a-law", "alaw"), ("u-law", "ulaw")])
def test_a_citizen_is_heard_in_either_law(world: TrunkWorld, law: str, name: str) -> None:
    citizen = world.citizen(law=law, speech=world.speech[law], seconds=4)
    citizen.dial()
    wait_for(lambda: world.channels("PJSIP/first-"), "the call")
    (channel,) = world.channels("PJSIP/first-")
    assert f"NativeFormats: ({name})" in world.switch.rx(f"core show channel {channel}")
    assert citizen.wait(20) == 0
    world.switch.wait_idle()
    assert audio.tone_seconds(world.last_recording("in"), CITIZEN_TONE) > 2


@pytest.mark.parametrize("law", ["a-law", "u-law"])
def test_a_carrier_is_heard_in_either_law(tmp_path_factory: pytest.TempPathFactory, law: str) -> None:
    folder = tmp_path_factory.mktemp("law")
    voice = audio.to_ulaw(audio.tone(folder / "voice.wav", CARRIER_TONE, 5), folder / "voice", law=law)
    with TrunkWorld(folder, carriers={"law": law, "speech": voice}) as world:
        phone = world.phone()
        assert phone.call(MOBILE, seconds=3) == 200
        assert audio.tone_seconds(phone.heard(), CARRIER_TONE) > 1.5
        (offer,) = world.first.taken()
        assert "PCMA/8000" in offer.text
        assert "PCMU/8000" in offer.text


def test_the_carrier_is_given_the_number_as_it_is_dialled_here_and_ours(world: TrunkWorld) -> None:
    before = len(world.first.taken())
    phone = world.phone()
    dialled = (
        "+8613904510001",
        "008613904510001",
        "013904510001",
        "0451-87654321",
        "+8645187654321",
        "01087654321",
    )
    assert [phone.call(number.replace("-", "")) for number in dialled] == [200] * len(dialled)
    assert world.first.numbers()[before:] == [MOBILE, MOBILE, MOBILE, "87654321", "87654321", "01087654321"]
    for call in world.first.taken()[before:]:
        assert f"<sip:{FIRST_NUMBER}@" in call.header("From")
        assert "anonymous" not in call.text.lower()


def test_a_trunk_that_is_off_is_noticed_skipped_and_noticed_again(world: TrunkWorld) -> None:
    phone = world.phone()
    world.first.stop()
    # Off, and nobody knows yet: the call finds the second trunk when the first has not answered in 64 T1.
    before = len(world.second.taken())
    began = time.monotonic()
    assert phone.call(MOBILE) == 200
    assert time.monotonic() - began < 11
    # Noticed: no call is offered to it any more.
    assert seconds_until(lambda: not world.up("first"), "loss of the first trunk") < 8
    began = time.monotonic()
    assert phone.call(MOBILE) == 200
    assert time.monotonic() - began < 2
    assert len(world.second.taken()) == before + 2
    world.first.start()
    assert seconds_until(lambda: world.up("first"), "the first trunk") < 5
    offered = len(world.first.taken())
    assert phone.call(MOBILE) == 200
    assert len(world.first.taken()) == offered + 1


@pytest.mark.parametrize(("takes", "status", "second"), [("503", 200, 1), ("486", 486, 0), ("404", 404, 0)])
def test_only_the_trunks_own_fault_moves_a_call_on(
    world: TrunkWorld, takes: str, status: int, second: int
) -> None:
    world.first.stop()
    world.first.takes(takes)  # type: ignore[arg-type]
    world.first.start()
    wait_for(lambda: world.up("first"), "the first trunk")
    before = len(world.second.taken())
    try:
        assert world.phone().call(MOBILE) == status
        assert len(world.second.taken()) == before + second
    finally:
        world.first.stop()
        world.first.takes("answers")
        world.first.start()
        wait_for(lambda: world.up("first"), "the first trunk")


def test_an_announcement_before_the_answer_is_heard(world: TrunkWorld) -> None:
    world.first.stop()
    world.first.takes("early")
    world.first.start()
    wait_for(lambda: world.up("first"), "the first trunk")
    phone = world.phone()
    try:
        assert phone.call(MOBILE) == 404
        assert 183 in phone.provisional()
    finally:
        world.first.stop()
        world.first.takes("answers")
        world.first.start()
        wait_for(lambda: world.up("first"), "the first trunk")
    assert audio.tone_seconds(phone.heard(), CARRIER_TONE) > 1.5


@pytest.mark.parametrize("by", ["rtp", "info"])
def test_keys_arrive_by_rtp_and_by_info(world: TrunkWorld, by: str) -> None:
    number = {"rtp": "7701", "info": "7702"}[by]
    steps = ("Answer()", "Read(KEYS,,4,,1,6)", f"CELGenUserEvent(KEYS-{by},${{KEYS}})", "Hangup()")
    for priority, step in enumerate(steps, 1):
        world.switch.rx(f'dialplan add extension {number},{priority},"{step}" into hotline')
    citizen = world.citizen(called=number, digits="1479" if by == "info" else "", digits_by="info", seconds=8)
    citizen.dial()
    wait_for(lambda: world.channels("PJSIP/first-"), "the call")
    if by == "rtp":
        time.sleep(0.5)
        citizen.press("1479")
    wait_for(lambda: world.events(f"KEYS-{by}"), "the keys")
    citizen.wait(20)
    assert world.events(f"KEYS-{by}") == ['{"extra":"1479"}']


def test_fax_is_refused_and_the_call_goes_on(world: TrunkWorld) -> None:
    fax = world.citizen(scenario="fax.xml", speech=world.speech["u-law"], seconds=4)
    fax.dial()
    wait_for(lambda: world.channels("PJSIP/first-"), "the call")
    assert fax.wait(30) == 0, (fax.folder / "messages.log").read_text()[-3000:]
    world.switch.wait_idle()
    assert audio.tone_seconds(world.last_recording("in"), CITIZEN_TONE) > 4


GARBAGE = (
    b"",
    b"\0" * 400,
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE sip:12345@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b'INVITE sip:12345@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=\xff\xfe\r\nFrom: "'
    + b"A" * 9000
    + b"\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: 1 INVITE\r\n\r\n",
    b"BYE sip:s@127.0.0.1 SIP/2.0\r\nCall-ID: no-such\r\nCSeq: 4294967296 BYE\r\n\r\n",
    b"REGISTER sip:127.0.0.1 SIP/2.0\r\nContact: *\r\nExpires: -1\r\n\r\n",
    b"<xml/>" * 200,
)


def test_garbage_at_the_trunk_does_nothing_to_a_call(world: TrunkWorld) -> None:
    citizen = world.citizen(speech=world.speech["u-law"], seconds=6)
    citizen.dial()
    wait_for(lambda: world.channels("PJSIP/first-"), "the call")
    pid = world.switch.program.pid
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        for turn in range(300):
            link.sendto(GARBAGE[turn % len(GARBAGE)], ("127.0.0.1", world.switch.ports.sip))
            link.sendto(os.urandom(200), ("127.0.0.1", world.switch.ports.sip))
            time.sleep(0.005)
    assert world.channels("PJSIP/first-")
    assert citizen.wait(20) == 0
    assert world.switch.program.pid == pid
    assert world.switch.program.running
    world.switch.wait_idle()
    heard = world.last_recording("in")
    assert audio.tone_seconds(heard, CITIZEN_TONE) > 4
    assert world.phone().call(MOBILE) == 200
