"""Whatever comes, a codec gives an object or says which bit is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import ars, dmrd, lip, lrrp, sds, tms, usrp
from radio_bridge.codecs.bits import Undecodable, of_hex
from radio_bridge.codecs.dmr import burst, data_header, datagram, link_control
from radio_bridge.codecs.dmr.reed_solomon import HEADER_MASK
from tests.radio_bridge.codecs import vectors

Decoder = Callable[[bytes], Any]

DECODERS: dict[str, Decoder] = {
    "lip": lip.decode,
    "sds": sds.decode,
    "ars": ars.decode,
    "tms": tms.decode,
    "lrrp": lrrp.decode,
    "dmrd": dmrd.decode,
    "usrp": usrp.decode,
    "link control": link_control.decode,
    "data header": data_header.decode,
    "ip": datagram.of_ip,
    "compressed": datagram.of_compressed,
    "full": lambda data: link_control.of_full(int.from_bytes(data[:25]) >> 4, HEADER_MASK),
    "embedded": lambda data: link_control.of_embedded(int.from_bytes(data[:16])),
    "burst": lambda data: (
        burst.info_block(data[:33]), burst.slot_type(data[:33]), burst.embedded(data[:33])
    ),
}  # fmt: skip
EXAMPLES: dict[str, tuple[str, ...]] = {
    **vectors.BY_KIND,
    "link control": vectors.LINK_CONTROL,
    "data header": vectors.DATA_HEADERS,
    "embedded": (vectors.EMBEDDED,),
    "burst": (vectors.BURST_CSBK, vectors.BURST_VOICE_HEADER, *vectors.SMS_BURSTS),
}


def holds(decoder: Decoder, data: bytes) -> bool:
    """Whether it is read; anything but `Undecodable` fails the test."""
    try:
        decoder(data)
    except Undecodable as error:
        wrong = error
    else:
        return True
    assert 0 <= wrong.bit <= max(8 * len(data) + 8, 8 * link_control.BYTES), wrong
    assert wrong.why
    return False


@pytest.mark.parametrize("kind", DECODERS)
@given(data=st.binary(max_size=420))
def test_any_bytes_are_an_object_or_undecodable(kind: str, data: bytes) -> None:
    holds(DECODERS[kind], data)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_known_frame_cut_flipped_or_longer_is_an_object_or_undecodable(kind: str) -> None:
    decoder = DECODERS[kind]
    for digits in EXAMPLES[kind]:
        frame, _ = of_hex(digits)
        assert holds(decoder, frame), digits
        for length in range(len(frame)):
            holds(decoder, frame[:length])
        for bit in range(8 * len(frame)):
            flipped = int.from_bytes(frame) ^ (1 << bit)
            holds(decoder, flipped.to_bytes(len(frame)))
        for more in (b"\0", b"\xff" * 3, frame):
            holds(decoder, frame + more)


@given(data=st.binary(max_size=40), cut=st.integers(0, 12))
def test_a_number_of_bits_that_is_no_number_of_bytes_is_read_or_undecodable(data: bytes, cut: int) -> None:
    bits = max(0, 8 * len(data) - cut)
    for decoder in (lip.decode, sds.decode):
        holds(lambda given, decoder=decoder: decoder(given, bits), data)  # type: ignore[misc]


@pytest.mark.parametrize("digits", ["", "0", "xyz", "0x0a", "0A 00", "ａ"])
def test_digits(digits: str) -> None:
    if digits in {"0", "0A 00"}:
        assert of_hex(digits)[1] == 4 * len(digits.replace(" ", ""))
    else:
        with pytest.raises(ValueError, match="hexadecimal"):
            of_hex(digits)
