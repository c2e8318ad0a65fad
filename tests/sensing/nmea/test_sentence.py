"""Sentences of NMEA 0183: what a receiver writes is read, and any bytes are a sentence or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.nmea.links import ReceiverLinks
from sensing.nmea.sentence import MOST_LINE, NmeaFix, NmeaLines, NmeaSentence, checksum, sentence_of
from tests.peers.simulated_nmea_receiver import gga, rmc, written

WRITERS: list[Callable[..., bytes]] = [gga, rmc]


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        # From the manuals of receivers of two makers.
        (b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47", (11.516667, 48.1173)),
        (b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r", (11.516667, 48.1173)),
        (b"$GPRMC,225446,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E*68", (-123.185333, 49.274167)),
    ],
)
def test_sentences_of_manuals_are_read(line: bytes, fix: tuple[float, float]) -> None:
    found = sentence_of(line)
    assert found is not None
    assert found.fix is not None
    assert (round(found.fix.lon, 6), round(found.fix.lat, 6)) == fix


@given(
    st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(WRITERS), st.sampled_from(["GP", "GN", "BD"])
)
def test_what_a_receiver_writes_is_where_it_is(
    lon: float, lat: float, write: Callable[..., bytes], talker: str
) -> None:
    found = sentence_of(write(lon, lat, talker=talker))
    assert found is not None
    if found.fix is None:
        assert abs(lon) < 1e-5
        assert abs(lat) < 1e-5
        return
    assert abs(found.fix.lon - lon) < 1e-5
    assert abs(found.fix.lat - lat) < 1e-5


def test_a_receiver_without_a_fix_is_heard_and_says_no_place() -> None:
    assert sentence_of(gga(126.6, 45.7, quality=0)) == NmeaSentence("GGA", None)
    assert sentence_of(gga(126.6, 45.7, quality=8)) == NmeaSentence("GGA", None), "simulated"
    assert sentence_of(rmc(126.6, 45.7, valid=False)) == NmeaSentence("RMC", None)
    assert sentence_of(written("GPGGA,,,,,,0,,,,,,,,")) == NmeaSentence("GGA", None)
    assert sentence_of(written("GPGGA,1,4599.0,N,12600.0,E,1")) == NmeaSentence("GGA", None)
    assert sentence_of(written("GPGGA,1,4500.0,E,12600.0,N,1")) == NmeaSentence("GGA", None)


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_byte_that_changed_on_the_way_is_noticed(at: int, by: int) -> None:
    line = bytearray(gga(126.65, 45.75).strip())
    at %= len(line) - 3
    line[at] ^= by
    assert sentence_of(bytes(line)) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sentence_or_none(data: bytes) -> None:
    for line in (data, b"$GPGGA," + data + b"*00", b"$" + data + b"*%02X" % checksum(data)):
        found = sentence_of(line)
        if found is not None and found.fix is not None:
            assert isinstance(found.fix, NmeaFix)
            assert abs(found.fix.lon) <= 180
            assert abs(found.fix.lat) <= 90


@given(
    st.lists(st.binary(max_size=MOST_LINE - 2).filter(lambda one: b"\n" not in one), max_size=12), st.data()
)
def test_lines_are_whole_however_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(one + b"\n" for one in lines)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6)))
    reader = NmeaLines()
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [one for piece in pieces for one in reader.feed(piece)] == lines


def test_a_line_without_end_is_left_out_and_the_next_one_is_read() -> None:
    reader = NmeaLines()
    for _ in range(1_000):
        assert reader.feed(b"$GPGGA,") == []
    assert len(reader._rest) <= MOST_LINE
    assert reader.feed(b"\nabc\n") == [b"abc"]


@given(st.lists(st.tuples(st.sampled_from(["A", "B"]), st.floats(0, 20)), max_size=30))
def test_a_link_is_lost_once_until_it_is_heard_again(said: list[tuple[str, float]]) -> None:
    links, at = ReceiverLinks(["A", "B"], 10, 0.0), 0.0
    heard = {"A": 0.0, "B": 0.0}
    lost: set[str] = set()
    for code, pause in said:
        at += pause
        gone = links.tick(at)
        assert not lost & set(gone)
        lost |= set(gone)
        assert lost == {one for one in heard if at - heard[one] > 10}
        assert links.heard(code, at) == (code in lost)
        lost.discard(code)
        heard[code] = at
