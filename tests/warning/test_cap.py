"""CAP 1.2: what is written is read again, any bytes are survived, and each refusal has its name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warning.caps import AREA, BUREAU, NOW, TestKeys, cap, keys
from warning.cap.checks import KnownMessage, judge
from warning.cap.errors import REMEDIES, CapRefusal, NotCap
from warning.cap.identifier import identifier, is_identifier
from warning.cap.intake import take
from warning.cap.model import CapMessage, CapStatus, CapType
from warning.cap.reading import MOST_BYTES, read
from warning.cap.signature import signed_bytes
from warning.cap.writing import write
from warning.settings import WarningSender

PLAIN = write(cap())
BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&b;</identifier></alert>"""


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> TestKeys:
    return keys(tmp_path_factory.mktemp("keys"))


def refused(data: bytes) -> CapRefusal:
    with pytest.raises(NotCap) as told:
        read(data)
    return told.value.reason.kind


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", CapRefusal.NOT_XML),
        (b"\xff\xfe<\x00a\x00", CapRefusal.NOT_XML),
        (PLAIN.decode().encode("utf-16"), CapRefusal.NOT_XML),
        (BOMB, CapRefusal.DECLARATIONS),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', CapRefusal.DECLARATIONS),
        (b"<a>" * 200 + b"</a>" * 200, CapRefusal.TOO_DEEP),
        (b"<a>" + b"<b/>" * 5000 + b"</a>", CapRefusal.TOO_DEEP),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", CapRefusal.TOO_LARGE),
        (b"<alert/>", CapRefusal.NOT_CAP),
        (PLAIN.replace(b"cap:1.2", b"cap:1.1"), CapRefusal.NOT_CAP),
        (PLAIN.replace(b"Actual", b"Real"), CapRefusal.INVALID),
        (PLAIN.replace(b"2026-07-01T08:00:00-00:00", b"2026-07-01T08:00:00Z"), CapRefusal.INVALID),
        (PLAIN.replace(b"45.7,126.6 ", b"45.7,nan ", 1), CapRefusal.INVALID),
        (PLAIN.replace(b"45.7,126.6 ", b"126.6,45.7 ", 1), CapRefusal.INVALID),
        (PLAIN.replace(b"_0</identifier>", b", 0</identifier>"), CapRefusal.INVALID),
    ],
)
def test_what_is_no_message_is_refused_by_name(data: bytes, why: CapRefusal) -> None:
    assert refused(data) is why
    assert REMEDIES[why]


TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\x7f"),
    max_size=40,
).map(str.strip)
DEGREES = st.floats(-80, 80, allow_nan=False)


@given(
    words=TEXTS.filter(bool),
    kind=st.sampled_from(CapType),
    status=st.sampled_from(CapStatus),
    ring=st.lists(st.tuples(DEGREES, DEGREES), min_size=3, max_size=6),
    circle=st.tuples(DEGREES, DEGREES, st.floats(0, 2000)),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_what_is_written_is_read_again(
    words: str, kind: CapType, status: CapStatus, ring: list[tuple[float, float]],
    circle: tuple[float, float, float], offset: int,
) -> None:  # fmt: skip
    lon, lat, km = circle
    area = {
        "description": words,
        "polygons": [[*ring, ring[0]]],
        "circles": [{"lon": lon, "lat": lat, "km": km}],
        "geocodes": [{"name": "GB/T 2260", "value": words}],
    }
    first = cap(now=NOW + timedelta(minutes=offset))
    message = cap(
        1, status=status, msg_type=kind, references=[first.reference, cap(3).reference], note=words,
        info={"headline": words, "areas": [area, AREA]},
    )  # fmt: skip
    assert read(write(message)) == message


@given(st.binary(max_size=300), st.integers(0, len(PLAIN)), st.integers(0, 60))
def test_any_bytes_give_a_message_or_a_refusal(junk: bytes, at: int, cut: int) -> None:
    for data in (junk, PLAIN[:at] + junk + PLAIN[at + cut :]):
        try:
            read(data)
        except NotCap:
            continue


def test_only_what_the_senders_certificate_signed_is_believed(bureau: TestKeys, tmp_path: Path) -> None:
    senders = {BUREAU: WarningSender(certificate_file=bureau.certificate_file)}
    signed = signed_bytes(cap(), bureau.key, bureau.certificate)
    found = take(signed, senders, NOW)
    assert (found.message, found.signed, found.refusal) == (cap(), True, None)

    def why(data: bytes, known: dict[str, WarningSender] = senders) -> CapRefusal | None:
        reason = take(data, known, NOW).refusal
        return None if reason is None else reason.kind

    assert why(PLAIN) is CapRefusal.UNSIGNED
    assert why(PLAIN, {BUREAU: WarningSender(unsigned=True)}) is None
    assert why(PLAIN, {}) is CapRefusal.UNKNOWN_SENDER
    assert why(signed.replace("暴雨".encode(), "大雪".encode())) is CapRefusal.SIGNATURE
    other = keys(tmp_path, "other")
    assert why(signed_bytes(cap(), other.key, other.certificate)) is CapRefusal.SIGNATURE
    old = keys(tmp_path, "old", until=NOW - timedelta(days=1))
    expired = {BUREAU: WarningSender(certificate_file=old.certificate_file)}
    assert why(signed_bytes(cap(), old.key, old.certificate), expired) is CapRefusal.CERTIFICATE
    # A signed message inside another one is not what the outer one says.
    inner = signed[signed.index(b"<alert") :]
    wrapped = PLAIN.replace(b"</alert>", inner + b"</alert>")
    assert why(wrapped) in {CapRefusal.UNSIGNED, CapRefusal.SIGNATURE}
    start = signed.index(b"<ds:Signature")
    moved = PLAIN.replace(b"</alert>", signed[start:]).replace(b"Severe", b"Extreme")
    assert why(moved) is CapRefusal.SIGNATURE


@given(st.data())
def test_a_broken_signature_never_crashes_and_never_passes(bureau: TestKeys, data: st.DataObject) -> None:
    senders = {BUREAU: WarningSender(certificate_file=bureau.certificate_file)}
    signed = signed_bytes(cap(), bureau.key, bureau.certificate)
    at = data.draw(st.integers(signed.index(b"<ds:Signature"), len(signed)))
    junk = data.draw(st.one_of(st.binary(max_size=8), st.text('<>/a="', max_size=8).map(str.encode)))
    cut = data.draw(st.integers(0, 40))
    broken = signed[:at] + junk + signed[at + cut :]
    try:
        found = take(broken, senders, NOW)
    except NotCap:
        return
    # A byte that the canonical form does not know (white space in base64) changes nothing that is signed.
    assert found.refusal is not None or found.message == cap()


def known(
    message: CapMessage, *, over: bool = False, cancelled: bool = False
) -> dict[tuple[str, str], KnownMessage]:
    return {message.reference.key: KnownMessage(message.sent, message.status, over, cancelled)}


FIRST = cap(0, now=NOW - timedelta(hours=1))
LATER: dict[str, Any] = {"references": [FIRST.reference]}


@pytest.mark.parametrize(
    ("message", "here", "why"),
    [
        (cap(now=NOW + timedelta(hours=1)), {}, CapRefusal.FROM_THE_FUTURE),
        (cap(info={"expires": NOW}), {}, CapRefusal.EXPIRED),
        (cap(info={"expires": None}), {}, CapRefusal.NO_EXPIRY),
        (cap(info={"areas": []}), {}, CapRefusal.NO_AREA),
        (cap(info={"headline": "", "description": ""}), {}, CapRefusal.NO_WORDS),
        (cap(identifier="1"), {}, CapRefusal.IDENTIFIER),
        (cap(status="System"), {}, CapRefusal.NOT_RELAYED),
        (cap(msg_type="Ack"), {}, CapRefusal.NOT_RELAYED),
        (cap(scope="Private"), {}, CapRefusal.NOT_RELAYED),
        (cap(), known(cap()), CapRefusal.DUPLICATE),
        (cap(1, msg_type="Cancel"), {}, CapRefusal.NO_REFERENCE),
        (cap(1, msg_type="Cancel", **LATER), {}, CapRefusal.UNKNOWN_REFERENCE),
        (cap(1, msg_type="Update", **LATER), known(FIRST, cancelled=True), CapRefusal.CANCELLED_ALREADY),
        (cap(1, msg_type="Cancel", **LATER), known(FIRST, cancelled=True), CapRefusal.CANCELLED_ALREADY),
        (cap(1, msg_type="Update", **LATER), known(FIRST, over=True), CapRefusal.ENDED_ALREADY),
        (cap(1, msg_type="Update", status="Exercise", **LATER), known(FIRST), CapRefusal.OTHER_STATUS),
        (
            cap(1, sender="other@city.example", msg_type="Update", **LATER),
            known(FIRST),
            CapRefusal.FOREIGN_REFERENCE,
        ),
    ],
)
def test_each_refusal_has_its_name(
    message: CapMessage, here: dict[tuple[str, str], KnownMessage], why: CapRefusal
) -> None:
    verdict = judge(message, here, NOW, ahead=timedelta(minutes=5), gb_identifiers=True)
    assert [one.kind for one in verdict.refusals] == [why]
    assert verdict.effect == "nothing"
    assert all(one.cause and one.remedy for one in verdict.refusals)


def test_what_is_not_refused_says_what_it_does() -> None:
    def of(message: CapMessage) -> tuple[str, int]:
        verdict = judge(message, known(FIRST), NOW, ahead=timedelta(0), gb_identifiers=True)
        assert verdict.refusals == ()
        return verdict.effect, verdict.people

    assert of(cap(1)) == ("alert", 2)
    assert of(cap(1, msg_type="Update", **LATER)) == ("update", 2)
    assert of(cap(1, msg_type="Cancel", **LATER)) == ("cancel", 2)
    assert of(cap(1, status="Exercise")) == ("alert", 1)


@given(st.integers(0, 9))
def test_an_identifier_has_31_signs(number: int) -> None:
    text = identifier("23010041600000", NOW, number)
    assert len(text) == 31
    assert is_identifier(text)
    assert not is_identifier(text + "0")
    assert not is_identifier("23010041600000_20260231000000_1")
