"""Mumble's messages and packets of sound: known bytes, there and back, and any bytes at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.drivers.mumble import fields, voice
from radio_bridge.drivers.mumble import messages as m
from radio_bridge.drivers.mumble.codec import MAX_FRAME, MumbleFrameReader, decode, encode

KNOWN = [
    (m.MumbleVersion(m.VERSION, "x"), "0000 00000007 0880880412 0178"),
    (m.Authenticate("ab", "", opus=True), "0002 00000008 0a026162 1200 2801"),
    (m.MumblePing(300), "0003 00000003 08ac02"),
    (m.ServerSync(5), "0005 00000002 0805"),
    (m.UserState(session=5, channel=0), "0009 00000004 0805 2800"),
    (m.MumbleTextMessage(None, (1, 2), (), "hi"), "000b 00000008 1001 1002 2a026869"),
    (m.Tunnel(b"\x80\x01"), "0001 00000002 8001"),
]


def read(frames: bytes) -> list[m.Message]:
    return [decode(kind, body) for kind, body in MumbleFrameReader().feed(frames)]


@pytest.mark.parametrize(("message", "hexadecimal"), KNOWN)
def test_known_bytes_are_written_and_read(message: m.Message, hexadecimal: str) -> None:
    data = bytes.fromhex(hexadecimal)
    assert encode(message) == data
    assert read(data) == [message]


def test_fields_that_are_not_known_are_passed_over_and_lists_may_be_packed() -> None:
    body = bytes.fromhex("08 05 0d 01020304 11 0102030405060708 a2 06 01 78 38 01")
    assert decode(9, body) == m.UserState(session=5)
    assert decode(11, bytes.fromhex("12 02 07 08 2a 00")) == m.MumbleTextMessage(None, (7, 8), (), "")
    assert decode(99, b"\xff") == m.IgnoredMessage(99)


@pytest.mark.parametrize(
    "hexadecimal",
    ["08", "0a05616263", "0b", "00", "08ffffffffffffffffffff01", "0a00", "1a0161 2a00", "0d0102"],
)
def test_what_is_no_message_is_malformed(hexadecimal: str) -> None:
    with pytest.raises(Malformed):
        decode(9, bytes.fromhex(hexadecimal))


def test_a_frame_longer_than_any_is_malformed_and_never_kept() -> None:
    with pytest.raises(Malformed):
        list(MumbleFrameReader().feed(b"\0\x09" + (MAX_FRAME + 1).to_bytes(4)))
    with pytest.raises(ValueError, match="bytes"):
        encode(m.Tunnel(bytes(MAX_FRAME + 1)))
    with pytest.raises(ValueError, match="never sent"):
        encode(m.IgnoredMessage(1))


_text = st.text(max_size=20)
_number = st.integers(0, 2**32 - 1)
_maybe = st.none() | _number
_messages: st.SearchStrategy[m.Message] = st.one_of(
    st.builds(m.MumbleVersion, _maybe, st.none() | _text),
    st.builds(m.SignInRejected, _maybe, st.none() | _text),
    st.builds(m.ChannelState, _maybe, _maybe, st.none() | _text),
    st.builds(
        m.UserState,
        _maybe,
        st.none() | _text,
        _maybe,
        _maybe,
        st.none() | st.booleans(),
        st.none() | st.booleans(),
    ),
    st.builds(m.MumbleTextMessage, _maybe, st.lists(_number).map(tuple), st.lists(_number).map(tuple), _text),
    st.builds(m.Tunnel, st.binary(max_size=50)),
)


@given(st.lists(_messages, max_size=5), st.lists(st.integers(1, 30), min_size=1))
def test_messages_come_back_however_the_stream_is_cut(messages: list[m.Message], cuts: list[int]) -> None:
    data = b"".join(map(encode, messages))
    reader, found, at, turn = MumbleFrameReader(), [], 0, 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        found += [decode(kind, body) for kind, body in reader.feed(data[at : at + step])]
        at, turn = at + step, turn + 1
    assert found == messages


def is_one_or_malformed(read: Callable[[], object]) -> None:
    try:
        read()
    except Malformed:
        return


@given(st.integers(0, 30), st.binary(max_size=80))
def test_any_bytes_are_a_message_or_malformed(kind: int, body: bytes) -> None:
    is_one_or_malformed(lambda: decode(kind, body))
    is_one_or_malformed(lambda: list(fields.read(body)))
    is_one_or_malformed(lambda: list(MumbleFrameReader().feed(body)))


# --- sound --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [
        (0, "00"), (0x7F, "7f"), (0x80, "8080"), (0x3FFF, "bfff"), (0x4000, "c04000"), (0x1FFFFF, "dfffff"),
        (0x200000, "e0200000"), (0xFFFFFFF, "efffffff"), (0x10000000, "f010000000"),
        (2**32, "f40000000100000000"),
    ],
)  # fmt: skip
def test_numbers_have_as_many_octets_as_their_first_bits_say(value: int, hexadecimal: str) -> None:
    data = bytes.fromhex(hexadecimal)
    assert voice.written(value) == data
    assert voice.varint(data, 0) == (value, len(data))


def test_a_known_packet() -> None:
    # Opus, normal talk; session 5, number 6, 3 octets, the last one.
    data = bytes.fromhex("80 05 06 a003 010203")
    packet = voice.VoicePacket(6, b"\x01\x02\x03", last=True, session=5)
    assert voice.decode(data) == packet
    # Behind it, where in a game he stands.
    assert voice.decode(data + bytes(12)) == packet
    assert voice.encode(voice.VoicePacket(6, b"\x01\x02\x03", last=True)) == bytes.fromhex(
        "80 06 a003 010203"
    )
    assert voice.decode(b"\x20") is None, "a ping is no sound"


@given(
    _number,
    st.integers(0, 2**40),
    st.binary(max_size=200),
    st.booleans(),
    st.integers(0, 31),
    st.binary(max_size=9),
)
def test_packets_come_back(
    session: int, seq: int, opus: bytes, last: bool, target: int, behind: bytes
) -> None:
    packet = voice.VoicePacket(seq, opus, last, session, target)
    assert voice.decode(voice.encode(packet) + behind) == packet


@given(st.binary(max_size=60))
def test_any_bytes_are_sound_or_malformed(data: bytes) -> None:
    is_one_or_malformed(lambda: voice.decode(data))
    is_one_or_malformed(lambda: voice.decode(b"\x80" + data))
