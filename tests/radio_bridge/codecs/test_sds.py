"""Short data of TETRA: statuses, texts, reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import gsm7, lip, sds
from radio_bridge.codecs.bits import Undecodable, of_hex
from radio_bridge.codecs.sds_parts import MOST_OPEN, WITHIN_S, Concatenation
from tests.radio_bridge.codecs import vectors


def read(digits: str) -> sds.Sds:
    return sds.decode(*of_hex(digits))


@pytest.mark.parametrize(
    ("digits", "meant"),
    [
        ("8004", sds.SdsStatus(0x8004)),
        ("0000", sds.SdsStatus(0)),
        ("0201746573746D657373616765", sds.SimpleText(2, sds.LATIN1, "testmessage")),
        (
            "82029C01746573746D657373616765",
            sds.SdsText(0x82, 0x9C, 0, sds.LATIN1, "testmessage", short_report=True),
        ),
        ("82040801476A61746A616A676A61", sds.SdsText(0x82, 8, 1, sds.LATIN1, "Gjatjajgja")),
        ("821000C9", sds.SdsReport(0x82, 0, 0xC9)),
        ("821800CA", sds.SdsReport(0x82, 0, 0xCA, wants_ack=True)),
        ("822001C9", sds.SdsAck(0x82, 1, 0xC9)),
        ("7E9C", sds.SdsShortReport(2, 0x9C)),
    ],
)
def test_captured_messages(digits: str, meant: sds.Sds) -> None:
    assert read(digits) == meant
    assert sds.encode(meant) == bytes.fromhex(digits)


def test_status_nought_is_an_emergency_and_no_other_one() -> None:
    assert sds.SdsStatus(0).emergency
    assert not sds.SdsStatus(0x8002).emergency


def test_a_position_is_read_as_lip() -> None:
    found = read(vectors.LIP[2])
    assert isinstance(found, sds.SdsPosition)
    assert found.report == lip.decode(*of_hex(vectors.LIP[2]))
    assert sds.encode(found) == bytes.fromhex(vectors.LIP[2])


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("82", r"bit 8: kind of message has 4 bits"),
        ("823000", r"bit 8: kind of message 3 is reserved"),
        ("820000091212", r"bit 25: coding 9 of the text"),
        ("8200001A4E2D4E", r"bit 32: 3 octets of a text with two for each sign"),
        ("8A00000105000300020361", r"bit 72: part 3 of 2"),
        ("8A0000010500040002", r"bit 48: length of the element 4"),
    ],
)
def test_what_is_wrong_is_said_with_its_bit(digits: str, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        read(digits)


stamps = st.none() | st.builds(
    sds.Stamp,
    st.integers(0, 3),
    st.integers(0, 15),
    st.integers(0, 31),
    st.integers(0, 31),
    st.integers(0, 63),
)
forwards = st.none() | st.builds(sds.Forward, st.integers(0, 31), st.just(1), st.integers(0, 2**24 - 1))
words = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60)


@given(
    st.sampled_from([0x82, 0x89]),
    st.integers(0, 255),
    st.integers(0, 3),
    words,
    st.booleans(),
    forwards,
    stamps,
)
def test_a_text_comes_back(
    pid: int, reference: int, report: int, text: str, short: bool, forward: sds.Forward | None,
    stamp: sds.Stamp | None,
) -> None:  # fmt: skip
    made = sds.SdsText(pid, reference, report, sds.LATIN1, text, short, forward, stamp)
    assert sds.decode(sds.encode(made)) == made


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=40))
def test_any_text_has_a_coding(text: str) -> None:
    made = sds.SdsText(0x82, 1, 0, sds.coding_for(text), text)
    assert sds.decode(sds.encode(made)) == made


@given(st.text(st.sampled_from([*"Hello äöü€{}[]@Ω?", " "]), max_size=40))
def test_the_alphabet_of_gsm_comes_back(text: str) -> None:
    # Seven zeros at the end are the sign @ or what fills the last octet: nobody can tell.
    if not text.endswith("@"):
        assert gsm7.unpack(gsm7.pack(text)) == text


def test_a_sign_that_gsm_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="alphabet of GSM"):
        gsm7.pack("中")


@given(st.integers(0, 255), st.integers(1, 20), st.randoms(use_true_random=False), st.booleans())
def test_parts_in_any_order_and_twice_are_one_text(
    reference: int, total: int, dice: object, wide: bool
) -> None:
    order = [number for number in range(1, total + 1) for _ in range(2)]
    dice.shuffle(order)  # type: ignore[attr-defined]
    parts = Concatenation()
    whole: list[str] = []
    for number in order:
        part = sds.SdsPart(reference, total, number, wide)
        sent = sds.SdsText(0x8A, 1, 0, sds.LATIN1, f"<{number}>", part=part)
        came = sds.decode(sds.encode(sent))
        assert came == sent
        found = parts.add("radio", part, f"<{number}>", 0.0)
        if found is not None:
            whole.append(found)
            break
    assert whole == ["".join(f"<{number}>" for number in range(1, total + 1))]


def test_parts_are_bounded_and_forgotten() -> None:
    parts = Concatenation()
    for sender in range(MOST_OPEN + 1):
        assert parts.add(sender, sds.SdsPart(1, 2, 1), "a", 0.0) is None
    assert parts.add(0, sds.SdsPart(1, 2, 2), "b", 1.0) is None, "the oldest one had to go"
    assert parts.add(5, sds.SdsPart(1, 2, 2), "b", WITHIN_S + 1) is None, "too late"
    assert parts.add(6, sds.SdsPart(1, 200, 1), "a", 0.0) is None
