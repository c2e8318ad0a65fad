"""µ-law against the values that ITU-T G.711 gives."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import ulaw


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (0xFF, 0),
        (0x7F, 0),
        (0x80, 32124),
        (0x00, -32124),
        (0xFE, 8),
        (0xEF, 132),
        (0xC0, 1884),
        (0x40, -1884),
    ],
)
def test_levels(code: int, level: int) -> None:
    assert struct.unpack("<h", ulaw.decode(bytes([code]))) == (level,)


@given(st.binary(max_size=400))
def test_any_octets_are_sound(data: bytes) -> None:
    assert len(ulaw.decode(data)) == 2 * len(data)
