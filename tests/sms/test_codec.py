"""PDUs, alphabets and parts: what is written is read again, and any bytes may come."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smpp.alphabets import GSM, GSM_EXTENSION, DataCoding, gsm_of, text_of, text_of_gsm
from gateway.smpp.codec import (
    LARGEST_PDU,
    BindRequest,
    Pdu,
    ShortMessage,
    SmppCommand,
    SmppDecoder,
    SmppMalformed,
    Tlv,
    bind_body,
    encoded,
    message_body,
    message_id_body,
    message_id_of,
    message_of,
)
from gateway.smpp.parts import (
    MOST_PARTS,
    PART,
    SINGLE,
    DeliveryReceipt,
    LongMessages,
    contents,
    count_of,
    hex_of,
    part_of,
    receipt_of,
)

octets = st.integers(0, 255)
ascii_text = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=5)
digits = st.text("0123456789", max_size=20)
messages = st.builds(
    ShortMessage, source=digits, destination=digits, content=st.binary(max_size=254), data_coding=octets,
    esm_class=octets, registered_delivery=octets, source_ton=octets, source_npi=octets,
    destination_ton=octets, destination_npi=octets, service_type=ascii_text,
    validity_period=st.text("0123456789R", max_size=16),
    tlvs=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=4),
)  # fmt: skip
pdus = st.builds(
    Pdu, command=st.integers(0, 0xFFFFFFFF), sequence=st.integers(0, 0xFFFFFFFF),
    status=st.integers(0, 0xFFFFFFFF), body=st.binary(max_size=300),
)  # fmt: skip
gsm_texts = st.text(st.sampled_from([c for c in GSM if c != "\x1b"] + list(GSM_EXTENSION.values())))


@given(messages)
def test_a_message_is_read_as_it_was_written(message: ShortMessage) -> None:
    assert message_of(message_body(message)) == message


@given(st.lists(pdus, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_pdus_come_out_of_a_stream_however_it_is_cut(sent: list[Pdu], cuts: list[int]) -> None:
    stream, decoder, found = b"".join(map(encoded, sent)), SmppDecoder(), []
    for size in cuts:
        piece, stream = stream[:size], stream[size:]
        found += decoder.feed(piece)
    found += decoder.feed(stream)
    assert found == sent
    assert not decoder.broken


@given(st.binary(max_size=400))
def test_any_bytes_may_come(data: bytes) -> None:
    decoder = SmppDecoder()
    for pdu in decoder.feed(data):
        assert len(pdu.body) <= LARGEST_PDU
    for read in (message_of, message_id_of):
        try:
            read(data)
        except SmppMalformed:
            continue


@given(st.one_of(st.integers(0, 15), st.integers(LARGEST_PDU + 1, 0xFFFFFFFF)))
def test_a_length_that_cannot_be_ends_the_stream(length: int) -> None:
    decoder = SmppDecoder()
    good = encoded(Pdu(SmppCommand.ENQUIRE_LINK, 1))
    assert len(decoder.feed(good + struct.pack(">IIII", length, 4, 0, 2))) == 1
    assert decoder.broken
    assert decoder.feed(good) == []


def test_what_does_not_fit_into_a_field_is_not_sent() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        bind_body(BindRequest("songhua", "a-long-password"))
    with pytest.raises(ValueError, match="254"):
        message_body(ShortMessage(content=bytes(255)))
    assert message_id_of(message_id_body("12ab")) == "12ab"


# --- alphabets ----------------------------------------------------------------------------------------------


@given(gsm_texts)
def test_the_gsm_alphabet_goes_there_and_back(text: str) -> None:
    data = gsm_of(text)
    assert data is not None
    assert text_of_gsm(data) == text


@given(st.binary(max_size=200), octets)
def test_any_bytes_are_a_text_or_none(data: bytes, coding: int) -> None:
    found = text_of(data, coding)
    assert found is None or isinstance(found, str)


def test_known_bytes_of_the_gsm_alphabet() -> None:
    assert gsm_of("@£[€]") == bytes.fromhex("00011b3c1b651b3e")
    assert gsm_of("查") is None


# --- parts --------------------------------------------------------------------------------------------------


@given(
    st.text(max_size=600).filter(lambda text: count_of(text) <= MOST_PARTS),
    st.integers(0, 0xFFFF),
    st.sampled_from(["udh", "sar", "payload"]),
)
def test_a_text_in_parts_is_the_text_again(text: str, reference: int, long: LongMessages) -> None:
    sent = contents(text, reference, long)
    parts = [part_of(message_of(message_body(message))) for message in sent]
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert {part.total for part in parts} == {len(parts)}
    assert len({part.reference for part in parts}) == 1
    readable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert "".join(part.text or "" for part in parts) == readable
    if long != "payload":
        assert len(sent) == count_of(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("[" * 80, 1), ("[" * 81, 2), ("查" * 70, 1), ("查" * 71, 2),
        ("查" * 134, 2), ("查" * 135, 3), ("a" * 153 * 2, 2), ("a" * 153 * 2 + "a", 3), ("𠮷" * 35, 1),
        ("𠮷" * 36, 2),
    ],
)  # fmt: skip
def test_as_many_messages_as_a_handset_counts(text: str, count: int) -> None:
    assert count_of(text) == count


def test_no_part_is_larger_than_a_message() -> None:
    for message in contents("㐂" * 400, 7, "udh"):
        assert len(message.content) <= SINGLE[DataCoding.UCS_2] == PART[DataCoding.UCS_2] + 6
    with pytest.raises(ValueError, match="parts"):
        contents("查" * 67 * 11, 7, "udh")


@given(messages)
def test_any_message_is_a_receipt_or_a_part(message: ShortMessage) -> None:
    receipt_of(message)
    part = part_of(message)
    assert 1 <= part.number <= part.total


def test_a_receipt_is_read_from_its_text_or_its_tlvs() -> None:
    text = b"id:0042 sub:001 dlvrd:001 submit date:2612010800 done date:2612010801 stat:DELIVRD text:id:7"
    assert receipt_of(ShortMessage(esm_class=4, content=text)) == DeliveryReceipt("0042", "DELIVRD")
    tlvs: dict[int, bytes] = {Tlv.RECEIPTED_MESSAGE_ID: b"2a\0", Tlv.MESSAGE_STATE: b"\x05"}
    assert receipt_of(ShortMessage(esm_class=4, tlvs=tlvs)) == DeliveryReceipt("2a", "UNDELIV")
    assert receipt_of(ShortMessage(content=text)) is None
    assert [hex_of(one) for one in ("255", "0042", "2a", "")] == ["ff", "2a", "2a", ""]
