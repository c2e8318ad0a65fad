"""ARS, TMS and LRRP of MOTOTRBO: captured messages, and everything that can be written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import ars, lrrp, tms
from radio_bridge.codecs.bits import Undecodable
from tests.radio_bridge.codecs import vectors


@pytest.mark.parametrize("digits", vectors.ARS)
def test_ars_is_written_as_it_was(digits: str) -> None:
    assert ars.encode(ars.decode(bytes.fromhex(digits))) == bytes.fromhex(digits)


@pytest.mark.parametrize(
    ("digits", "meant"),
    [
        ("0007F0200231310000", ars.ArsRegistration(ars.ArsKind.REGISTRATION, "11", event=1)),
        ("000131", ars.Notice(ars.ArsKind.DEREGISTRATION)),
        ("0002BF01", ars.ArsResponse(ars.ArsKind.RESPONSE, refresh_s=1800)),
        ("000174", ars.Notice(ars.ArsKind.QUERY, wants_ack=True)),
        ("00013F", ars.ArsResponse(ars.ArsKind.RESPONSE)),
        (
            "0010F5000231310939393939393939393900",
            ars.ArsRegistration(ars.ArsKind.USER_REGISTRATION, "11", "999999999"),
        ),
    ],
)
def test_what_ars_says(digits: str, meant: ars.Ars) -> None:
    assert ars.decode(bytes.fromhex(digits)) == meant


def test_a_refusal_of_ars_names_its_reason() -> None:
    found = ars.decode(ars.encode(ars.ArsResponse(ars.ArsKind.RESPONSE, failure=1)))
    assert isinstance(found, ars.ArsResponse)
    assert (found.failed, found.failure) == (True, 1)


ids = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@given(ids, ids, ids, st.integers(0, 2), st.booleans())
def test_a_registration_comes_back(
    device: str, user: str, password: str, event: int, wants_ack: bool
) -> None:
    made = ars.ArsRegistration(ars.ArsKind.REGISTRATION, device, user, password, event, wants_ack=wants_ack)
    assert ars.decode(ars.encode(made)) == made


@pytest.mark.parametrize("digits", vectors.TMS)
def test_tms_is_written_as_it_was(digits: str) -> None:
    assert tms.encode(tms.decode(bytes.fromhex(digits))) == bytes.fromhex(digits)


def test_what_tms_says() -> None:
    assert tms.decode(bytes.fromhex(vectors.TMS[0])) == tms.TmsText(85, "ahoj", b"\x01")
    assert tms.decode(bytes.fromhex(vectors.TMS[1])) == tms.TmsAck(53)
    assert tms.decode(bytes.fromhex(vectors.TMS[2])) == tms.Availability(1)
    assert tms.decode(bytes.fromhex(vectors.TMS[3])) == tms.TmsAck(None)


@given(st.integers(0, 127), st.text(max_size=60), st.binary(max_size=6), st.booleans())
def test_a_text_comes_back(sequence: int, text: str, address: bytes, wants_ack: bool) -> None:
    made = tms.TmsText(sequence, text, address, wants_ack)
    assert tms.decode(tms.encode(made)) == made


@given(st.none() | st.integers(0, 127), st.integers(0, 3))
def test_acknowledgements_and_availability_come_back(sequence: int | None, capability: int) -> None:
    for made in (tms.TmsAck(sequence), tms.Availability(capability)):
        assert tms.decode(tms.encode(made)) == made


@pytest.mark.parametrize("digits", vectors.LRRP)
def test_lrrp_is_written_as_it_was(digits: str) -> None:
    assert lrrp.encode(lrrp.decode(bytes.fromhex(digits))) == bytes.fromhex(digits)


def test_a_report_of_lrrp() -> None:
    report = lrrp.decode(bytes.fromhex(vectors.LRRP[0]))
    place = report.place
    assert report.kind is lrrp.LrrpKind.IMMEDIATE_REPORT
    assert report.request_id == bytes.fromhex("2468ACE0")
    assert (place.lat, place.lon) == pytest.approx((12.345345, 24.668866), abs=1e-6)
    assert (place.radius_m, place.speed_mps) == (0.7734375, 0.046875)
    assert place.measured_at == datetime(2003, 6, 30, 7, 30, tzinfo=UTC)


def test_a_report_of_lrrp_with_height_and_direction() -> None:
    place = lrrp.decode(bytes.fromhex(vectors.LRRP[6])).place
    assert (place.lat, place.lon) == pytest.approx((50.891521, 15.21016), abs=1e-6)
    assert (place.altitude_m, place.heading_deg) == pytest.approx((440.16, 324), abs=0.01)
    assert (place.speed_mps, place.vertical_mps) == (0.0625, -0.078125)


def test_requests_and_what_became_of_them() -> None:
    assert lrrp.encode(lrrp.triggered_request(bytes.fromhex("2468ACE0"), 60)).hex() == vectors.LRRP[1].lower()
    assert lrrp.encode(lrrp.immediate_request(bytes.fromhex("2468ACE0"))).hex() == vectors.LRRP[8].lower()
    assert lrrp.decode(bytes.fromhex(vectors.LRRP[1])).interval_s == 60
    assert lrrp.decode(bytes.fromhex(vectors.LRRP[3])).place.result == 0
    assert lrrp.decode(bytes.fromhex(vectors.LRRP[4])).place.result == 5


@given(
    st.integers(-(2**31) + 1, 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**28),
    st.integers(-(2**20), 2**20),
)  # fmt: skip
def test_a_place_comes_back(lat: int, lon: int, radius: int, rise: int) -> None:
    made = lrrp.Document(
        lrrp.LrrpKind.UNSOLICITED_REPORT,
        (
            lrrp.Element(0x51, "circle-2d", (lat * 180 / 2**32, lon * 360 / 2**32, radius / 128)),
            lrrp.Element(0x70, "speed-vrt", (rise / 128**2,)),
        ),
    )
    assert lrrp.decode(lrrp.encode(made)) == made


@given(data=st.binary(max_size=40))
def test_what_can_be_read_comes_back(data: bytes) -> None:
    for kind in lrrp.LrrpKind:
        try:
            found = lrrp.decode(bytes([kind, len(data)]) + data)
        except Undecodable:
            continue
        assert lrrp.decode(lrrp.encode(found)) == found


@pytest.mark.parametrize(
    ("codec", "digits", "why"),
    [
        (ars, "0008F0200231310000", r"bit 0: length 8, and 7 octets follow"),
        (ars, "0001F3", r"bit 20: kind of message 3"),
        (ars, "0004F0200931", r"bit 32: device has 9 octets, and 1 follow"),
        (tms, "0002E500", r"bit 20: kind of message 5"),
        (tms, "0005E000954161", r"bit 43: coding 1"),
        (lrrp, "4200", r"bit 0: kind of document 0x42"),
        (lrrp, "0703220424", r"bit 24: request-id has 4 octets, and 1 follow"),
        (lrrp, "0701FE", r"bit 16: token 0xfe"),
        (lrrp, "0706340000000000", r"bit 24: info-time is no time"),
    ],
)
def test_what_is_wrong_is_said_with_its_bit(codec: object, digits: str, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        codec.decode(bytes.fromhex(digits))  # type: ignore[attr-defined]
