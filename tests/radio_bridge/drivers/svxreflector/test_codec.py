"""SvxReflector messages: known bytes, every message there and back, and any bytes at all."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.drivers.svxreflector import messages as m
from radio_bridge.drivers.svxreflector.codec import (
    MAX_FRAME,
    SvxFrameReader,
    decode_datagram,
    decode_frame,
    digest,
    encode_datagram,
    encode_frame,
)

# The form of svxreflector 24.02; `tests/radio_bridge/drivers/conformance` speaks to a real one.
FRAMES: list[tuple[str, m.TcpMessage]] = [
    ("00000002 0001", m.Heartbeat()),
    ("00000006 0005 0002 0000", m.ProtoVer(2, 0)),
    ("00000006 0006 0002 0000", m.ProtoVerDowngrade(2, 0)),
    ("00000018 000a 0014 000102030405060708090a0b0c0d0e0f10111213", m.AuthChallenge(bytes(range(20)))),
    (
        "0000001c 000b 0002 4e31 0014 000102030405060708090a0b0c0d0e0f10111213",
        m.AuthResponse("N1", bytes(range(20))),
    ),
    ("00000002 000c", m.AuthOk()),
    ("00000011 000d 000d 4163636573732064656e696564", m.ErrorMessage("Access denied")),
    (
        "00000017 0064 0000 3039 0002 0002 4e31 0002 4e32 0001 0003 533136",
        m.ServerInfo(0, 12345, ("N1", "N2"), ("S16",)),
    ),
    ("00000006 0066 0002 4e32", m.NodeJoined("N2")),
    ("00000006 0067 0002 4e32", m.NodeLeft("N2")),
    ("0000000a 0068 00000fab 0002 4e32", m.TalkerStart(4011, "N2")),
    ("0000000a 0069 00000fab 0002 4e32", m.TalkerStop(4011, "N2")),
    ("00000006 006a 00000fab", m.SelectTg(4011)),
    ("0000000c 006b 0002 00000001 00000fab", m.TgMonitor((1, 4011))),
    ("00000006 006d 00000fab", m.RequestQsy(4011)),
]
DATAGRAMS: list[tuple[str, m.UdpHeader]] = [
    ("0001 3039 0000", m.UdpHeader(12345, 0, m.UdpHeartbeat())),
    ("0065 3039 0001 0004 01000200", m.UdpHeader(12345, 1, m.UdpAudio(b"\x01\x00\x02\x00"))),
    ("0066 3039 ffff", m.UdpHeader(12345, 65535, m.UdpFlush())),
    ("0067 3039 0002", m.UdpHeader(12345, 2, m.UdpAllFlushed())),
]
_names = st.text(max_size=40)
_u16 = st.integers(0, 0xFFFF)
_u32 = st.integers(0, 0xFFFFFFFF)


@pytest.mark.parametrize(("hexes", "message"), FRAMES)
def test_a_frame_is_read_and_written_as_the_reflector_does(hexes: str, message: m.TcpMessage) -> None:
    wire = bytes.fromhex(hexes)
    assert list(SvxFrameReader().feed(wire)) == [wire[4:]]
    assert decode_frame(wire[4:]) == message
    assert encode_frame(message) == wire


@pytest.mark.parametrize(("hexes", "datagram"), DATAGRAMS)
def test_a_datagram_is_read_and_written_as_the_reflector_does(hexes: str, datagram: m.UdpHeader) -> None:
    wire = bytes.fromhex(hexes)
    assert decode_datagram(wire) == datagram
    assert encode_datagram(datagram) == wire


def test_the_proof_is_the_hmac_of_the_challenge() -> None:
    # RFC 2202, test case 2.
    assert digest("Jefe", b"what do ya want for nothing?").hex() == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"


def test_an_unknown_type_is_a_message_and_is_never_sent() -> None:
    assert decode_frame(bytes.fromhex("0070 0001 41 05 07")) == m.UnknownMessage(0x70)
    assert decode_datagram(bytes.fromhex("0068 3039 0000")) == m.UdpHeader(12345, 0, m.UnknownMessage(104))
    with pytest.raises(ValueError, match="never sent"):
        encode_frame(m.UnknownMessage(0x70))


def test_a_frame_longer_than_any_is_refused_before_it_is_kept() -> None:
    with pytest.raises(Malformed, match="a frame of"):
        list(SvxFrameReader().feed((MAX_FRAME + 1).to_bytes(4)))


def test_too_much_for_a_field_is_not_written() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        encode_datagram(m.UdpHeader(1, 0, m.UdpAudio(bytes(65_536))))
    with pytest.raises(ValueError, match="bytes"):
        encode_frame(m.NodeInfo("x" * MAX_FRAME))
    with pytest.raises(ValueError, match="32 bits"):
        encode_frame(m.SelectTg(-1))


@given(
    st.one_of(
        st.builds(m.ServerInfo, _u16, _u16, st.lists(_names, max_size=9).map(tuple), st.just(("S16",))),
        st.builds(m.TalkerStart, _u32, _names),
        st.builds(m.TgMonitor, st.lists(_u32, max_size=9).map(tuple)),
        st.builds(m.AuthResponse, _names, st.binary(max_size=40)),
    ),
    st.data(),
)
def test_frames_come_whole_however_the_stream_is_cut(message: m.TcpMessage, data: st.DataObject) -> None:
    wire = encode_frame(message) + encode_frame(m.Heartbeat())
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    reader = SvxFrameReader()
    bodies: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        bodies += reader.feed(wire[start:end])
    assert [decode_frame(body) for body in bodies] == [message, m.Heartbeat()]


@given(_u16, _u16, st.binary(max_size=2000))
def test_a_frame_of_sound_comes_back_as_it_was(client_id: int, seq: int, sound: bytes) -> None:
    sent = m.UdpHeader(client_id, seq, m.UdpAudio(sound))
    assert decode_datagram(encode_datagram(sent)) == sent


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_malformed(noise: bytes) -> None:
    with contextlib.suppress(Malformed):
        decode_frame(noise)
    with contextlib.suppress(Malformed):
        decode_datagram(noise)
    with contextlib.suppress(Malformed):
        for body in SvxFrameReader().feed(noise):
            assert len(body) <= MAX_FRAME


@given(st.sampled_from(FRAMES + DATAGRAMS), st.data())
def test_a_known_message_cut_flipped_or_longer_is_a_message_or_malformed(
    vector: tuple[str, m.TcpMessage | m.UdpHeader], data: st.DataObject
) -> None:
    wire = bytearray.fromhex(vector[0])
    datagram = isinstance(vector[1], m.UdpHeader)
    match data.draw(st.sampled_from(["cut", "flip", "longer"])):
        case "cut":
            del wire[data.draw(st.integers(0, len(wire))) :]
        case "flip":
            bit = data.draw(st.integers(0, 8 * len(wire) - 1))
            wire[bit // 8] ^= 1 << bit % 8
        case _:
            wire += data.draw(st.binary(min_size=1, max_size=60))
    with contextlib.suppress(Malformed):
        if datagram:
            decode_datagram(bytes(wire))
        else:
            for body in SvxFrameReader().feed(bytes(wire)):
                decode_frame(body)


@given(st.sampled_from(FRAMES), st.binary(max_size=60))
def test_what_follows_the_last_known_field_is_left_unread(
    vector: tuple[str, m.TcpMessage], more: bytes
) -> None:
    assert decode_frame(bytes.fromhex(vector[0])[4:] + more) == vector[1]
