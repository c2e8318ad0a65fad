"""Lines of the interface. Examples of EN 300 392-5 as they stand in SvxLink's TetraLogic and in the tests of
ftl/tetra-pei; what anybody may send is a line or malformed.
"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.codecs import lip, sds
from radio_bridge.drivers.tetra_pei import at, identity
from radio_bridge.drivers.tetra_pei.identity import Home, TetraIdentity

GERMAN_AMATEURS = Home(901, 16383)


def of(ssi: int) -> TetraIdentity:
    return TetraIdentity(ssi, GERMAN_AMATEURS)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("OK", at.Ok()),
        ("ERROR", at.AtError()),
        ("+CME ERROR: 35", at.AtError(35)),
        ("+CNUMF: 6,09011638300023401", at.OwnNumber(of(23401))),
        ("+CREG: 1,1234,90116383", at.NetworkRegistration(registered=True)),
        ("+CREG: 5", at.NetworkRegistration(registered=True)),
        ("+CREG: 2", at.NetworkRegistration(registered=False)),
        ("+CREG: 2,1234,90116383", at.NetworkRegistration(registered=False)),
        # As 3GPP TS 27.007 has it.
        ("+CREG: 1,2", at.NetworkRegistration(registered=False)),
        ("+CREG: 2,1,1234,90116383", at.NetworkRegistration(registered=True)),
        ("+CMGS: 0", at.Handed(0)),
        ("+CMGS: 0,4,65", at.Handed(0, at.SENT)),
        (
            "+CTICN: 1,0,0,5,09011638300023404,1,1,0,1,1,5,09011638300000001,0",
            at.CallComes(1, at.SPEECH, of(23404), of(1), 0),
        ),
        (
            "+CTICN: 1,0,0,4,1002,1,1,0,1,1,0,1000,15",
            at.CallComes(1, at.SPEECH, TetraIdentity(1002), TetraIdentity(1000), 15),
        ),
        ("+CTXG: 1,3,0,0,3,09011638300023404", at.TransmissionGrant(1, 3, of(23404))),
        ("+CTXG: 1,0,0,0", at.TransmissionGrant(1, 0, None)),
        ("+CDTXC: 1,0", at.Ceased(1)),
        ("+CTCR: 1,13", at.Released(1, 13)),
        ("+CTGS: 1,09011638300000001", at.AttachedGroups((of(1),))),
        ("+CTDGR: 2,1001,90116383,0", at.OtherLine("+CTDGR")),
        ("AT+CTOM=1", at.OtherLine("AT+CTOM")),
    ],
)
def test_what_radios_say(text: str, line: at.Line) -> None:
    assert at.read(text) == line


@pytest.mark.parametrize(
    ("head", "data", "content", "calling"),
    [
        ("13,1234567,0,2345678,0,16", "8004", sds.SdsStatus(0x8004), TetraIdentity(1234567)),
        ("12,1234567,0,2345678,0,104", "0201746573746D657373616765", "testmessage", TetraIdentity(1234567)),
        ("12,23404,0,23401,0,112", "82040801476A61746A616A676A61", "Gjatjajgja", TetraIdentity(23404)),
        (
            "12,262100101234567,1,262100102345678,1,32,1",
            "821000C9",
            None,
            TetraIdentity(1234567, Home(262, 1001)),
        ),
        # A position of 84 bits, filled up to 22 digits by one maker and not by another.
        ("12,2269001,0,9999,0,84", "0A112853A9FF4D4FFFE810", lip.LipShortReport, TetraIdentity(2269001)),
        ("12,2269001,0,9999,0,84", "0A0BA7D5B95BC50AFFE16", lip.LipShortReport, TetraIdentity(2269001)),
    ],
)
def test_short_data(head: str, data: str, content: object, calling: TetraIdentity) -> None:
    line = at.read(f"+CTSDSR: {head}")
    assert isinstance(line, at.ShortData)
    whole = at.with_data(line, data)
    assert whole.calling == calling
    said = sds.decode(whole.data, whole.bits)
    match content:
        case str():
            assert isinstance(said, sds.SimpleText | sds.SdsText)
            assert said.text == content
        case type():
            assert isinstance(said, sds.SdsPosition)
            assert isinstance(said.report, content)
        case None:
            assert said == sds.SdsReport(0x82, 0, 0xC9)
        case _:
            assert said == content


@pytest.mark.parametrize("head", ["12,1234567,16", "12,1234567,0,16"])
def test_short_data_without_a_calling_party(head: str) -> None:
    line = at.read(f"+CTSDSR: {head}")
    assert line == at.ShortData(12, None, TetraIdentity(1234567), 16)


@pytest.mark.parametrize(
    "text",
    [
        "+CTSDSR: 12",
        "+CTSDSR: 12,1,0,2,0,9999",
        "+CTSDSR: 12,1,0,2,0,-1",
        "+CTSDSR: x,1,0,2,0,16",
        "+CTICN: 1",
        "+CTICN: 1,0,0,5,123456789012345678,1,1,0,1,1,5,1,0",
        "+CTXG: one,3",
        "+CTXG: 1,3,0,0,3,0",
        "+CTXG: 1,3,0,0,3,99999999",
        "+CNUMF: 6,1234567890",
        "+CREG:",
        "+CTGS: 1,",
    ],
)
def test_what_pretends_to_be_a_line_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        at.read(text)


@pytest.mark.parametrize("data", ["", "XY", "80", "8004 zz"])
def test_user_data_that_is_none_is_malformed(data: str) -> None:
    with pytest.raises(Malformed):
        at.with_data(at.ShortData(13, None, TetraIdentity(1), 16), data)


def test_what_we_say() -> None:
    assert at.send_kind(at.TYPE_4, "2621017") == b"AT+CTSDS=12,0\r\n"
    assert at.send_kind(at.TYPE_4, "262100102345678") == b"AT+CTSDS=12,1\r\n"
    assert at.send_kind(at.TYPE_4, "09011638300023404") == b"AT+CTSDS=12,5\r\n"
    assert at.send("2621017", bytes.fromhex("821000c9"), 32) == b"AT+CMGS=2621017,32\r\n821000C9\x1a"
    assert at.groups([1001, 1002]) == b"AT+CTGS=1,1001,2,1002\r\n"


def test_a_name_is_the_number_at_home_and_all_digits_elsewhere() -> None:
    assert of(23404).name(GERMAN_AMATEURS) == "23404"
    assert of(23404).name(Home(460, 1)) == "09011638300023404"
    assert TetraIdentity(23404).name(Home(460, 1)) == "23404"
    assert identity.read("09011638300023404") == of(23404)
    assert identity.read("262100101234567") == TetraIdentity(1234567, Home(262, 1001))


@given(st.text(max_size=120) | st.builds("+{}: {}".format, st.sampled_from(
    ["CTSDSR", "CTICN", "CTXG", "CTXI", "CDTXC", "CTCR", "CTGS", "CNUMF", "CREG", "CMGS", "CME ERROR", "X"]
), st.text("0123456789,- x\u0660", max_size=60)))  # fmt: skip
def test_any_text_is_a_line_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        at.read(text)


@given(st.text(max_size=60), st.integers(0, at.MOST_BITS))
def test_any_user_data_is_taken_or_malformed(text: str, bits: int) -> None:
    head = at.ShortData(12, TetraIdentity(1), TetraIdentity(2), bits)
    try:
        whole = at.with_data(head, text)
    except Malformed:
        return
    assert len(whole.data) == (bits + 7) // 8


@given(st.lists(st.binary(max_size=40)), st.integers(1, 9))
def test_lines_are_the_same_however_the_bytes_come(pieces: list[bytes], size: int) -> None:
    data = b"\r\n".join(pieces) + b"\r\n"
    whole, split = at.Splitter(), at.Splitter()
    found = [line for begin in range(0, len(data), size) for line in split.feed(data[begin : begin + size])]
    assert found == whole.feed(data)
    assert all(line and "\n" not in line for line in found)


def test_a_prompt_for_user_data_is_no_line() -> None:
    assert at.Splitter().feed(b"\r\n> \r\n+CMGS: 1\r\n> OK\r\n") == ["+CMGS: 1", "OK"]


def test_a_line_without_an_end_is_dropped_and_the_next_one_is_read() -> None:
    splitter = at.Splitter()
    for _ in range(30):
        assert splitter.feed(b"x" * 1000) == []
    assert splitter.feed(b"x\r\nOK\r\n") == ["OK"]
    assert splitter.dropped == 1
