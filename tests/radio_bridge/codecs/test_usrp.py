"""USRP: AllStar's sound and who talks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import usrp
from radio_bridge.codecs.bits import Undecodable
from tests.radio_bridge.codecs import vectors


def test_a_keyed_packet_without_sound() -> None:
    packet = usrp.decode(bytes.fromhex(vectors.USRP[0]))
    assert packet == usrp.UsrpPacket(11, keyed=True)
    assert usrp.encode(packet).hex() == vectors.USRP[0]


def test_who_talks() -> None:
    packet = usrp.decode(bytes.fromhex(vectors.USRP[1]))
    assert packet.info == usrp.Info(1_234_567, 0, 0, 0, 0, "N0CALL")
    assert packet.kind is usrp.UsrpKind.TEXT
    assert usrp.encode(packet).hex() == vectors.USRP[1]


def test_the_kind_is_read_in_both_orders() -> None:
    frame = bytes.fromhex(vectors.USRP[1])
    turned = frame[:20] + frame[20:24][::-1] + frame[24:]
    assert usrp.decode(turned) == usrp.decode(frame)


u32 = st.integers(0, 2**32 - 1)


@given(u32, st.booleans(), st.sampled_from(usrp.UsrpKind), u32, st.binary(max_size=200), u32, u32, u32)
def test_a_packet_comes_back(
    seq: int,
    keyed: bool,
    kind: usrp.UsrpKind,
    talkgroup: int,
    payload: bytes,
    memory: int,
    mpxid: int,
    rest: int,
) -> None:
    if kind is usrp.UsrpKind.VOICE:
        payload = payload[:1] * 320
    packet = usrp.UsrpPacket(seq, keyed, kind, talkgroup, payload, memory, mpxid, rest)
    assert usrp.decode(usrp.encode(packet)) == packet


@given(st.integers(0, 2**24 - 1), u32, st.integers(0, 2**24 - 1), st.sampled_from(["N0CALL", "", "BY2AA"]))
def test_who_talks_comes_back(dmr_id: int, repeater: int, talkgroup: int, callsign: str) -> None:
    info = usrp.Info(dmr_id, repeater, talkgroup, 1, 2, callsign)
    assert (
        usrp.UsrpPacket(1, keyed=True, kind=usrp.UsrpKind.TLV, payload=usrp.info_payload(info)).info == info
    )


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"USRQ" + bytes(28), "bit 0"),
        (b"USRP", "bit 32: the header ends 28 octets too early"),
        (b"USRP" + bytes(8) + b"\0\0\0\x02" + bytes(16), "bit 96: keyup is 2"),
        (b"USRP" + bytes(16) + b"\0\0\x07\0" + bytes(8), "bit 160: kind"),
        (b"USRP" + bytes(28) + bytes(100), "bit 256: 100 octets of sound"),
    ],
)
def test_what_is_wrong_is_said_with_its_bit(frame: bytes, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        usrp.decode(frame)
