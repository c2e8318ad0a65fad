"""Positions of TETRA radios: captured reports, and everything that can be written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import lip
from radio_bridge.codecs.bits import Undecodable, of_hex
from tests.radio_bridge.codecs import vectors


def read(digits: str) -> lip.Lip:
    return lip.decode(*of_hex(digits))


@pytest.mark.parametrize(
    ("digits", "lat", "lon", "accuracy_m", "reason"),
    [
        ("0A0088BD4247F737FFE810", 51.325099, 12.018099, None, 129),
        ("0A0BA7D5B95BC50AFFE16", 30.565692, -97.748891, 200, 22),
        ("0a010e6239b0439affe020", 37.991956, 23.764189, 200, 2),
    ],
)
def test_short_reports_of_several_makers(
    digits: str, lat: float, lon: float, accuracy_m: float | None, reason: int
) -> None:
    report = read(digits)
    assert isinstance(report, lip.LipShortReport)
    assert (report.lat, report.lon) == pytest.approx((lat, lon), abs=1e-6)
    assert (report.accuracy_m, report.reason, report.speed_mps) == (accuracy_m, reason, None)
    assert report.heading_deg == 337.5
    assert report.emergency == (reason == 2)
    assert report.fixed


def test_the_fields_of_tetra_kit() -> None:
    # A comment in tetra-kit's cmce_sds_lip.cc: latitude field CA1959, longitude field 0CE6C98.
    bits = f"{0x0A:08b}0000{0x0CE6C98:025b}{0xCA1959:024b}{7:03b}{127:07b}{0:04b}0{32:08b}0000"
    report = lip.decode(int(bits, 2).to_bytes(11))
    assert isinstance(report, lip.LipShortReport)
    assert (report.lat, report.lon) == pytest.approx((-37.899131, 145.142012), abs=1e-6)


def test_a_long_report() -> None:
    report = read("0A4E73DDA841F55809493CC081")
    assert isinstance(report, lip.LongReport)
    assert report.time == lip.Moment(14, 15, 29, 42)
    assert (report.lat, report.lon) == pytest.approx((52.234218, 11.015854), abs=1e-6)
    assert (report.shape.kind, report.velocity.kind, report.reason) == (1, 0, 129)


@pytest.mark.parametrize("digits", vectors.LIP)
def test_what_was_captured_is_written_as_it_was(digits: str) -> None:
    assert lip.encode(read(digits)) == of_hex(digits)[0]


def test_an_odd_number_of_digits_is_the_whole_report() -> None:
    whole, bits = of_hex("0A0BA7D5B95BC50AFFE16")
    assert bits == 84
    with pytest.raises(Undecodable, match=r"bit 76: reason for sending has 8 bits"):
        lip.decode(whole, 80)


def test_no_fix_is_not_a_place() -> None:
    report = lip.decode(lip.encode(lip.LipShortReport(lip.Elapsed(3), 0.0, 0.0, None, None, 0.0, 10)))
    assert isinstance(report, lip.LipShortReport)
    assert not report.fixed


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("82029C01", r"bit 0: protocol identifier 0x82"),
        ("0A80", r"bit 8: type of message 2 is reserved"),
        ("0A4F8", r"bit 14: type of time 3"),
        ("0A4E03DDA841F5", r"bit 16: day 0"),
    ],
)
def test_what_is_wrong_is_said_with_its_bit(digits: str, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        read(digits)


lons = st.integers(-(2**24), 2**24 - 1).map(lambda code: code * 360 / 2**25)
lats = st.integers(-(2**23), 2**23 - 1).map(lambda code: code * 180 / 2**24)
errors = st.sampled_from([2.0, 20.0, 200.0, 2_000.0, 20_000.0, 200_000.0, 20_000_000.0, None])
speeds = st.sampled_from([0.0, 10 / 3.6, 28 / 3.6, None])
whys = st.one_of(st.tuples(st.integers(0, 255), st.none()), st.tuples(st.none(), st.integers(0, 255)))


@given(st.integers(0, 3), lons, lats, errors, speeds, st.integers(0, 15), whys)
def test_a_short_report_comes_back(
    code: int, lon: float, lat: float, accuracy_m: float | None, speed: float | None, way: int,
    why: tuple[int | None, int | None],
) -> None:  # fmt: skip
    report = lip.LipShortReport(lip.Elapsed(code), lon, lat, accuracy_m, speed, way * 22.5, *why)
    assert lip.decode(lip.encode(report)) == report


@given(data=st.binary(min_size=11, max_size=30))
def test_what_can_be_read_is_written_as_it_was(data: bytes) -> None:
    frame = bytes([lip.PID]) + data
    try:
        report = lip.decode(frame)
    except Undecodable:
        return
    again = lip.encode(report)
    assert lip.decode(again) == report
    if not isinstance(report, lip.LipShortReport):
        assert again == frame


@pytest.mark.parametrize("kmh", [0, 13, 28, 50, 120, 900])
def test_speeds_are_as_near_as_the_format_allows(kmh: float) -> None:
    report = lip.LipShortReport(lip.Elapsed(0), 1.0, 1.0, 2.0, kmh / 3.6, 0.0, 0)
    back = lip.decode(lip.encode(report))
    assert isinstance(back, lip.LipShortReport)
    assert back.speed_mps == pytest.approx(kmh / 3.6, rel=0.02, abs=0.01)


def test_what_a_report_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="either a reason"):
        lip.encode(lip.LipShortReport(lip.Elapsed(0), 1.0, 1.0, 2.0, 0.0, 0.0, None))
    with pytest.raises(ValueError, match="longitude"):
        lip.encode(lip.LipShortReport(lip.Elapsed(0), -200.0, 1.0, 2.0, 0.0, 0.0, 1))
