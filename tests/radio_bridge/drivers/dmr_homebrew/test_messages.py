"""Messages of the Homebrew protocol: the published proof, both ways, any bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.drivers.dmr_homebrew import messages as m

u32 = st.integers(0, 2**32 - 1)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)

MESSAGES = st.one_of(
    *(
        st.builds(model, u32)
        for model in (m.Login, m.RepeaterPing, m.Closing, m.RepeaterAck, m.Nak, m.MasterPong, m.MasterClosing)
    ),
    st.builds(m.LoginProof, u32, st.binary(min_size=32, max_size=32)),
    st.builds(m.Options, u32, words),
    st.builds(m.Configuration, u32, words, description=words, package=words),
)


def test_the_proof_of_a_password() -> None:
    assert m.proof(0x0A7ED498, "s3cr37w0rd").hex() == (
        "f643e07918f7ac9e140a40654e2150fc2a8038bc5db2868997858254ff271e94"
    )


@given(MESSAGES)
def test_a_message_comes_back(message: m.Message) -> None:
    assert m.decode(m.encode(message)) == message


def test_a_configuration_has_302_octets_and_its_fields_stand_where_they_should() -> None:
    data = m.encode(m.Configuration(460_451, "BY2A", "438000000", colour_code="01", slots="3", software="x"))
    assert len(data) == 302
    assert (data[8:16], data[16:25], data[36:38], data[97:98]) == (b"BY2A    ", b"438000000", b"01", b"3")
    assert data[222:223] == b"x"


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        m.decode(data)
    except Malformed:
        return


@given(MESSAGES, st.integers(0, 310), st.integers(0, 7), st.binary(max_size=4))
def test_a_known_message_cut_flipped_or_longer_is_a_message_or_malformed(
    message: m.Message, place: int, bit: int, more: bytes
) -> None:
    data = m.encode(message)
    flipped = bytearray(data)
    flipped[place % len(data)] ^= 1 << bit
    for changed in (data[:place], data + more, bytes(flipped)):
        with contextlib.suppress(Malformed):
            m.decode(changed)


@pytest.mark.parametrize("name", [b"DMRA", b"RPTSBKN"])
def test_what_is_not_read_is_named(name: bytes) -> None:
    assert m.decode(name + bytes(20)) == m.UnreadMessage(name.decode())


def test_what_is_never_sent_is_refused() -> None:
    with pytest.raises(ValueError, match="never sent"):
        m.encode(m.UnreadMessage("DMRA"))
    with pytest.raises(ValueError, match="32 bits"):
        m.encode(m.Login(2**32))
