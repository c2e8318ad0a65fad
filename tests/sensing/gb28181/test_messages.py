"""Messages of devices: any bytes are read or refused, and what is read is written again as it was."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.gb28181.manscdp import MOST_BYTES, ManscdpMalformed, document_of, query
from sensing.gb28181.sip import (
    MOST_BODY,
    MOST_HEAD,
    SipMalformed,
    SipRequest,
    SipStream,
    encoded,
    parameter,
    parse,
    user_of,
    with_source,
)

REGISTER = (
    b"REGISTER sip:23010000002000000001@2301000000 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.7:5060;rport;branch=z9hG4bK1\r\n"
    b'From: "Camera" <sip:23010300001320000001@2301000000>;tag=1\r\n'
    b"To: <sip:23010300001320000001@2301000000>\r\nCall-ID: 1@10.0.0.7\r\nCSeq: 1 REGISTER\r\n"
    b"Contact: <sip:23010300001320000001@10.0.0.7:5060>\r\n;expires=3600\r\nl: 4\r\n\r\nbody"
)
FOLDED = REGISTER.replace(b"\r\n;expires", b"\r\n ;expires")
WORDS = st.sampled_from(
    [b"\r\n", b"\n", b"\r\n\r\n", b" ", b":", b"SIP/2.0", b"REGISTER sip:a@b SIP/2.0", b"Content-Length: 5",
     b"l: 99999999", b"Via: x;branch=1", b"SIP/2.0 200 OK", b"\0", b"\xff", b"Call-ID: 1", b"abcde"]
)  # fmt: skip
ANYTHING = st.one_of(st.binary(max_size=400), st.lists(WORDS, max_size=30).map(b"".join))


def test_a_message_is_read_with_short_and_folded_headers() -> None:
    read = parse(FOLDED)
    assert isinstance(read, SipRequest)
    assert (read.method, read.branch, read.cseq, read.body) == (
        "REGISTER",
        "z9hG4bK1",
        (1, "REGISTER"),
        b"body",
    )
    assert user_of(read.first("from")) == "23010300001320000001"
    assert parameter(read.first("contact"), "expires") == "3600"
    seen = with_source(read, "10.9.9.9", 4000)
    assert parameter(seen.first("via"), "received") == "10.9.9.9"
    assert parameter(seen.first("via"), "rport") == "4000"
    assert parse(encoded(read)) == read


@given(ANYTHING)
def test_any_datagram_is_read_or_refused(data: bytes) -> None:
    try:
        read = parse(data)
    except SipMalformed:
        return
    again = parse(encoded(read))
    assert (type(again), again.body) == (type(read), read.body)
    assert [name for name, _ in again.headers] == [name for name, _ in read.headers]


@given(
    st.lists(st.sampled_from([FOLDED, b"\r\n\r\n", FOLDED.replace(b"1 REG", b"2 REG")]), max_size=5),
    st.data(),
)
def test_a_connection_brings_the_same_messages_however_it_is_cut(
    parts: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(parts)
    stream, found = SipStream(), []
    while whole:
        at = data.draw(st.integers(1, len(whole)))
        found += stream.feed(whole[:at])
        whole = whole[at:]
    assert found == [parse(one) for one in parts if one.strip()]


@given(ANYTHING)
def test_a_connection_takes_any_bytes_within_its_limits(data: bytes) -> None:
    stream = SipStream()
    try:
        for at in range(0, len(data), 7):
            stream.feed(data[at : at + 7])
            assert len(stream._data) <= MOST_HEAD + MOST_BODY + 7
    except SipMalformed:
        pass


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"REGISTER sip:a@b SIP/2.0\r\n" + b"X: y\r\n" * 100 + b"\r\n",
     b"REGISTER sip:a@b SIP/2.0\r\nX: " + b"y" * MOST_HEAD + b"\r\n\r\n",
     b"REGISTER sip:a@b SIP/2.0\r\nl: 9\r\n\r\nx",
     b"REGISTER sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\nxy",
     b"REGISTER sip:a@b SIP/2.0\r\nl: 999999999\r\n\r\n", b"REGISTER sip:a@b SIP/2.0\r\nX: a\rY: b\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(SipMalformed):
        parse(data)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize("declared", ["GB2312", "GB18030", "UTF-8"])
def test_chinese_is_read_also_where_the_declaration_is_wrong(encoding: str, declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<Response><Name>果戈里大街北向</Name></Response>'
    assert document_of(text.encode(encoding)).said("Name") == "果戈里大街北向"


def test_a_question_is_read_as_it_was_written() -> None:
    read = document_of(query("Catalog", 17, "23010300001320000001", {"Note": "<&>"}))
    assert (read.name, read.said("CmdType"), read.number("SN")) == ("Query", "Catalog", 17)
    assert read.said("Note") == "<&>"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Notify>&b;</Notify>'


@pytest.mark.parametrize(
    "data",
    [BOMB, b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Notify/>', b"<Notify>" + b"<a>" * 20, b"<html/>", b"",
     b"<Notify>" + b"<a/>" * 30_000 + b"</Notify>", b"<Notify>" + b" " * MOST_BYTES + b"</Notify>",
     b"<Notify/><Notify/>", b"<Notify>&other;</Notify>"],
    ids=range(9),
)  # fmt: skip
def test_a_bomb_and_what_is_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(ManscdpMalformed):
        document_of(data)


@given(
    st.one_of(
        st.binary(max_size=200), st.text(alphabet="<>/&;!?[]\"'aNotify \n", max_size=80).map(str.encode)
    )
)
def test_any_bytes_are_a_document_or_refused(data: bytes) -> None:
    with contextlib.suppress(ManscdpMalformed):
        document_of(data)
