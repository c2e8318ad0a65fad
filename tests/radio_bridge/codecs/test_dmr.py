"""Bursts of DMR: captured ones are read and written as they were, wrong bits are mended or noticed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import dmrd, tms
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import bptc, burst, crc, data_header, datagram, link_control, trellis
from radio_bridge.codecs.dmr.block_codes import golay_20_8, quadratic_residue_16_7
from radio_bridge.codecs.dmr.reed_solomon import HEADER_MASK, TERMINATOR_MASK
from tests.radio_bridge.codecs import vectors

u24 = st.integers(0, 2**24 - 1)


def octets(digits: str) -> bytes:
    return bytes.fromhex(digits)


# --- frames of the Homebrew protocol ----------------------------------------------------------------------


def test_a_frame_of_an_mmdvm_host() -> None:
    frame = dmrd.decode(octets(vectors.DMRD[0]))
    assert (frame.source, frame.target, frame.repeater) == (2_308_155, 2_301, 420_111)
    assert (frame.slot, frame.private, frame.data_type) == (2, True, dmrd.DataType.CSBK)
    assert (frame.ber_code, frame.rssi_code) == (0, 60)
    assert dmrd.encode(frame) == octets(vectors.DMRD[0])


@given(
    st.integers(0, 255), u24, u24, st.integers(0, 2**32 - 1), st.integers(1, 2), st.booleans(),
    st.integers(0, 2**32 - 1), st.binary(min_size=33, max_size=33),
    st.one_of(st.tuples(st.sampled_from(dmrd.DataType), st.none()), st.tuples(st.none(), st.integers(0, 5))),
    st.none() | st.integers(0, 255),
)  # fmt: skip
def test_a_frame_comes_back(
    seq: int, source: int, target: int, repeater: int, slot: int, private: bool, stream: int, payload: bytes,
    what: tuple[dmrd.DataType | None, int | None], measured: int | None,
) -> None:  # fmt: skip
    frame = dmrd.Frame(
        seq, source, target, repeater, slot, private, stream, payload, *what, measured, measured
    )
    assert dmrd.decode(dmrd.encode(frame)) == frame


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"DMRX" + bytes(49), "bit 0"),
        (b"DMRD" + bytes(40), "bit 352: 44 octets"),
        (b"DMRD" + bytes(11) + b"\x36" + bytes(37), "bit 122: kind of burst 3 with number 6"),
    ],
)
def test_what_is_wrong_with_a_frame_is_said_with_its_bit(frame: bytes, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        dmrd.decode(frame)


# --- codes ------------------------------------------------------------------------------------------------


def test_a_captured_preamble_is_read_and_written_as_it_was() -> None:
    whole = octets(vectors.BURST_CSBK)
    block = burst.info_block(whole)
    assert block is not None
    assert block.hex() == "bd0080180008fd23383bb2ed"
    assert crc.crc16(block[:10], crc.CSBK_MASK) == int.from_bytes(block[10:])
    assert burst.slot_type(whole) == (5, dmrd.DataType.CSBK)
    assert burst.of_block(block, 5, dmrd.DataType.CSBK) == whole


@given(st.binary(min_size=12, max_size=12), st.sets(st.integers(0, 195), max_size=2))
def test_two_wrong_bits_are_mended(block: bytes, wrong: set[int]) -> None:
    bits = bptc.encode(block)
    for bit in wrong:
        bits ^= 1 << bit
    assert bptc.decode(bits) == block


def test_any_two_wrong_bits_are_mended() -> None:
    block = bytes(range(12))
    bits = bptc.encode(block)
    pairs = itertools.combinations(range(196), 2)
    assert [pair for pair in pairs if bptc.decode(bits ^ (1 << pair[0]) ^ (1 << pair[1])) != block] == []


@given(st.binary(min_size=18, max_size=18), st.integers(0, 195))
def test_a_wrong_bit_of_a_trellis_is_mended(block: bytes, wrong: int) -> None:
    assert trellis.decode(trellis.encode(block) ^ (1 << wrong)) == block


def test_noise_is_no_trellis() -> None:
    noise = int.from_bytes(b"nothing that a radio has sent") >> 36
    assert trellis.decode(noise) is None


@pytest.mark.parametrize(
    "bits", ["0001001110010001", "0001011101110100", "0001010100000111", "0001000111100010"]
)
def test_signalling_between_voice_has_its_check(bits: str) -> None:
    # The heads of bursts B to F at colour code 1, as every repeater sends them.
    assert quadratic_residue_16_7(int(bits, 2) >> 9) == int(bits, 2)


def test_slot_types_differ_in_seven_bits_at_least() -> None:
    words = [golay_20_8(value) for value in range(256)]
    assert min((one ^ words[0]).bit_count() for one in words[1:]) >= 7


# --- link control -----------------------------------------------------------------------------------------


def test_a_captured_voice_header() -> None:
    whole = octets(vectors.BURST_VOICE_HEADER)
    control = link_control.of_full(burst.info_bits(whole), HEADER_MASK)
    assert control == link_control.VoiceUser(private=True, options=0, target=4005, source=2_353_150)
    assert burst.slot_type(whole) == (3, dmrd.DataType.VOICE_HEADER)
    assert burst.data_burst(link_control.to_full(control, HEADER_MASK), 3, 1) == whole
    with pytest.raises(Undecodable, match="bit 72: the check"):
        link_control.of_full(burst.info_bits(whole), TERMINATOR_MASK)


def test_captured_signalling_within_voice() -> None:
    bits = int(vectors.EMBEDDED, 16)
    control = link_control.of_embedded(bits)
    assert control == link_control.VoiceUser(private=False, options=0, target=6, source=2_145_007)
    assert link_control.to_embedded(control) == bits


def test_a_captured_alias() -> None:
    blocks = [link_control.decode(octets(digits)) for digits in vectors.LINK_CONTROL[2:]]
    found = [one for one in blocks if isinstance(one, link_control.AliasBlock)]
    assert link_control.alias(found) == "R4WBP Dmitrii"
    assert link_control.alias(found[:3]) is None
    assert link_control.alias(found[1:]) is None


def test_where_a_talker_is() -> None:
    found = link_control.decode(octets("08000E4A27C7518099"))
    assert isinstance(found, link_control.GpsInfo)
    assert (found.lat, found.lon) == pytest.approx((57.306329, 52.140502), abs=1e-6)


@pytest.mark.parametrize("digits", vectors.LINK_CONTROL)
def test_link_control_is_written_as_it_was(digits: str) -> None:
    assert link_control.encode(link_control.decode(octets(digits))) == octets(digits)


users = st.builds(link_control.VoiceUser, st.booleans(), st.integers(0, 255), u24, u24)


@given(users, st.integers(0, 127))
def test_link_control_comes_back_through_each_code(control: link_control.VoiceUser, wrong: int) -> None:
    assert link_control.of_full(link_control.to_full(control, TERMINATOR_MASK), TERMINATOR_MASK) == control
    bits = link_control.to_embedded(control)
    assert link_control.of_embedded(bits) == control
    assert link_control.of_embedded(bits ^ (1 << wrong)) == control


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0xD7FF), min_size=1, max_size=13))
def test_an_alias_comes_back(text: str) -> None:
    blocks = link_control.alias_blocks(text)
    assert link_control.alias(list(reversed(blocks))) == text.strip()


@pytest.mark.parametrize(
    ("first", "further", "alias"),
    [
        # Seven bits a sign: the first block has seven signs.
        (
            link_control.AliasBlock(0, int("".join(f"{ord(c):07b}" for c in "BY2ABC1"), 2), 0, 7),
            [],
            "BY2ABC1",
        ),
        (link_control.AliasBlock(0, int.from_bytes(b"BY2ABC"), 1, 6), [], "BY2ABC"),
        (
            link_control.AliasBlock(0, int.from_bytes(b"BY2ABC"), 2, 9),
            [link_control.AliasBlock(1, int.from_bytes(" 张".encode()[:3].ljust(7, b"\0")))],
            None,
        ),
    ],
)
def test_aliases_in_narrow_codings(
    first: link_control.AliasBlock, further: list[link_control.AliasBlock], alias: str | None
) -> None:
    found = link_control.alias([first, *further])
    assert found == alias or (alias is None and found is not None and found.startswith("BY2ABC"))


def test_an_emergency_call_says_so() -> None:
    assert link_control.VoiceUser(False, 0x80, 1, 2).emergency
    assert not link_control.VoiceUser(False, 0x03, 1, 2).emergency


# --- packets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", vectors.DATA_HEADERS)
def test_headers_are_written_as_they_were(digits: str) -> None:
    assert data_header.encode(data_header.decode(octets(digits))) == octets(digits)


def test_a_captured_confirmed_header_and_a_response() -> None:
    confirmed = data_header.decode(octets("434e2337fe2337fc84781bd1"))
    assert isinstance(confirmed, data_header.PacketHeader)
    assert (confirmed.confirmed, confirmed.wants_response, confirmed.service) == (True, True, 4)
    assert (confirmed.target, confirmed.source, confirmed.blocks) == (2_308_094, 2_308_092, 4)
    response = data_header.decode(octets("01402337fc2337fe000ff83a"))
    assert isinstance(response, data_header.ResponseHeader)
    assert response.received


def test_a_wrong_bit_of_a_header_is_noticed() -> None:
    frame = bytearray(octets(vectors.DATA_HEADERS[0]))
    frame[3] ^= 1
    with pytest.raises(Undecodable, match="bit 80: the check"):
        data_header.decode(bytes(frame))


def test_a_captured_text_of_a_mototrbo_radio_is_read_down_to_its_number() -> None:
    head, *rest = [burst.info_block(octets(digits)) for digits in vectors.SMS_BURSTS]
    assert head is not None
    header = data_header.decode(head)
    assert isinstance(header, data_header.PacketHeader)
    packet = b"".join(block for block in rest if block is not None)
    assert crc.crc32(packet[:-4]) == int.from_bytes(packet[-4:])
    contents = datagram.of_compressed(packet[: -4 - header.padding])
    assert contents.target_port == tms.PORT
    assert tms.decode(contents.payload) == tms.TmsAck(7)


@given(u24, u24, st.integers(0, 0xFFFF), st.binary(max_size=200))
def test_a_datagram_comes_back(source: int, target: int, port: int, payload: bytes) -> None:
    made = datagram.IpDatagram(
        port, 4007, payload, datagram.address_of(source), datagram.address_of(target, datagram.CENTRE_NET)
    )
    assert datagram.of_ip(datagram.to_ip(made) + b"\0\0\0") == made
    plain = datagram.IpDatagram(port, 4007, payload)
    assert datagram.of_compressed(datagram.to_compressed(plain)) == plain


def test_the_address_of_a_radio() -> None:
    assert str(datagram.address_of(2_223_619)) == "12.33.238.3"
