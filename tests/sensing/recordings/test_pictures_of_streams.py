"""From a program stream to pictures with their time, and from a device's list to recordings: any bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.errors import NoPicture
from sensing.gb28181.key_picture import PictureTooLarge
from sensing.gb28181.manscdp import ManscdpMalformed, document_of
from sensing.gb28181.pictures import AnnexBPictures
from sensing.gb28181.program_stream import ProgramStream
from sensing.gb28181.record_info import CHINA, RecordingParts, record_query, time_of
from sensing.gb28181.video import GbVideoReader
from sensing.live.access_units import AccessUnit
from sensing.recordings.model import RecordedSpan
from tests.peers.simulated_gb28181_camera import PIECE, packet, recording

SSRC = 1_100_000_001
SECONDS = 2
MOMENT = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def packets(codec: str, seconds: int = SECONDS) -> list[bytes]:
    stream = recording(codec, seconds)
    pieces = [stream[at : at + PIECE] for at in range(0, len(stream), PIECE)]
    return [packet(at, SSRC, piece) for at, piece in enumerate(pieces, 65_500)]


def read(given: list[bytes]) -> list[AccessUnit]:
    reader = GbVideoReader(SSRC)
    return [one for data in given for one in reader.add(data)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_every_picture_comes_with_its_time_and_keyframes_have_their_sets(codec: str) -> None:
    found = read(packets(codec))
    assert len(found) == 10 * SECONDS - 1, "a picture is whole when another begins"
    assert [at for at, one in enumerate(found) if one.key] == [0, 10]
    times = [one.timestamp - found[0].timestamp for one in found]
    assert times == [9_000 * at for at in range(len(found))]
    sets = {0x67, 0x68} if codec == "h264" else {0x40, 0x42, 0x44}
    assert all({unit[0] for unit in one.units} >= sets for one in found if one.key)


def test_after_a_gap_nothing_is_given_until_the_next_keyframe() -> None:
    whole = packets("h264", 12)
    every, cut = read(whole), read([one for at, one in enumerate(whole) if at != 20])
    lost = next(at for at, (a, b) in enumerate(zip(every, cut, strict=False)) if a != b)
    assert cut[lost].key
    assert [one.units for one in cut[lost:]] == [one.units for one in every[(lost // 10 + 1) * 10 :]]


@given(st.data())
def test_a_stream_cut_anywhere_gives_the_same_pictures(data: st.DataObject) -> None:
    stream = recording("h264", 1)[:20_000]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=6)))
    given = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

    def pictures(pieces: list[bytes]) -> list[AccessUnit]:
        ps, made = ProgramStream(), AnnexBPictures()
        return [one for piece in pieces for video, at in ps.pieces(piece) for one in made.feed(video, at)]

    assert pictures(given) == pictures([stream])


@given(st.lists(st.tuples(st.binary(max_size=200), st.none() | st.integers(0, (1 << 33) - 1)), max_size=20))
def test_any_bytes_are_pictures_or_none(pieces: list[tuple[bytes, int | None]]) -> None:
    for codec in ("", "h264", "hevc"):
        made = AnnexBPictures(codec)
        try:
            found = [one for data, at in pieces for one in made.feed(data, at)]
        except PictureTooLarge:
            continue
        assert all(0 <= one.timestamp < 1 << 32 for one in found)


@given(st.lists(st.binary(max_size=300), max_size=10), st.booleans())
def test_any_datagrams_are_a_video_or_none(datagrams: list[bytes], ours: bool) -> None:
    reader = GbVideoReader(SSRC)
    for at, data in enumerate(datagrams):
        try:
            reader.add(packet(at, SSRC, data) if ours else data)
        except NoPicture:
            return


@given(MOMENT, MOMENT)
def test_times_are_those_of_china(begin: datetime, end: datetime) -> None:
    span = RecordedSpan(begin, end)
    asked = document_of(record_query(7, "23010300001320000001", span))
    assert time_of(asked.said("StartTime")) == span.begin
    assert time_of(asked.said("EndTime")) == span.end
    assert asked.said("StartTime")[:19] == span.begin.astimezone(CHINA).isoformat()[:19]


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = time_of(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-12-01T08:00:00", 0), ("2026-12-01T08:00:00.5Z", 8), ("2026-12-01T08:00:00+07:00", 1),
     ("2026-13-01T08:00:00", None), ("2026-12-01 08:00:00", None), ("0001-01-01T00:00:00", None)],
)  # fmt: skip
def test_zones_are_read_where_they_are_written(text: str, hour: int | None) -> None:
    found = time_of(text)
    assert (found and found.hour) == hour


def _list(total: object, *spans: tuple[str, str]) -> bytes:
    items = "".join(
        f"<Item><StartTime>{a}</StartTime><EndTime>{b}</EndTime><FilePath>{a}</FilePath></Item>"
        for a, b in spans
    )
    return (
        f"<Response><CmdType>RecordInfo</CmdType><SumNum>{total}</SumNum>"
        f"<RecordList>{items}</RecordList></Response>"
    ).encode()


def test_a_list_is_whole_when_every_entry_has_come_once() -> None:
    first, second = (
        ("2026-12-01T08:00:00", "2026-12-01T09:00:00"),
        ("2026-12-01T09:00:00", "2026-12-01T09:30:00"),
    )
    reversed_ = ("2026-12-01T10:00:00", "2026-12-01T09:00:00")
    parts = RecordingParts()
    assert parts.add(document_of(_list(3, second))) is None
    assert parts.add(document_of(_list(3, second, reversed_))) is None
    found = parts.add(document_of(_list(3, first)))
    assert found is not None
    assert [one.seconds for one in found] == [3600, 1800]
    assert found[0].begin == datetime(2026, 12, 1, tzinfo=UTC)
    assert RecordingParts().add(document_of(_list(0))) == []
    for wrong in (-1, "1e9", 100_000_000, ""):
        with pytest.raises(ValueError, match="SumNum"):
            RecordingParts().add(document_of(_list(wrong)))
    parts = RecordingParts()
    parts.add(document_of(_list(3, first)))
    with pytest.raises(ValueError, match="SumNum"):
        parts.add(document_of(_list(4, second)))


@given(st.binary(max_size=400))
def test_any_document_is_a_list_or_none(data: bytes) -> None:
    try:
        document = document_of(b"<Response>" + data + b"</Response>")
    except ManscdpMalformed:
        return
    try:
        found = RecordingParts().add(document)
    except ValueError:
        return
    assert found is None or all(one.end - one.begin > timedelta() for one in found)
