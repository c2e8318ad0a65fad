"""From packets to a keyframe: order, gaps, the turn of numbers, both codecs, and any bytes."""

from __future__ import annotations

import struct
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.errors import CameraFault, NoPicture
from sensing.gb28181 import media
from sensing.gb28181.key_picture import KeyPicture
from sensing.gb28181.media import StreamReader
from sensing.gb28181.program_stream import ProgramStream
from sensing.gb28181.rtp_order import MOST_WAITING, RtpOrder
from sensing.snapshots.decoder import decoded
from sensing.snapshots.rtsp_camera import CodedPicture
from tests.peers.simulated_gb28181_camera import PIECE, packet, program_stream

SSRC = 100_001


def packets(codec: str, first: int = 65_500) -> list[bytes]:
    stream = program_stream(codec)
    pieces = [stream[at : at + PIECE] for at in range(0, len(stream), PIECE)]
    return [packet(at, SSRC, piece) for at, piece in enumerate(pieces, first)]


def read(given: list[bytes]) -> CodedPicture | None:
    reader = StreamReader(SSRC)
    return next((found for one in given if (found := reader.add(one)) is not None), None)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_the_first_keyframe_is_found_and_decoded(codec: str) -> None:
    found = read(packets(codec))
    assert found is not None
    assert found.codec == codec
    assert (await decoded(found)).startswith(b"\xff\xd8")


@pytest.mark.parametrize("first", [0, 65_520, 65_535])
def test_packets_in_another_order_and_twice_give_the_same_picture(first: int) -> None:
    given = packets("h264", first)
    mixed = [*given[:1], *given[1:]]
    chance = Random(first)
    for at in range(1, len(mixed) - 8, 8):
        some = mixed[at : at + 8]
        chance.shuffle(some)
        mixed[at : at + 8] = some
    assert read([one for one in mixed for _ in range(2)]) == read(given)


def test_a_keyframe_with_a_gap_is_not_taken_and_the_next_one_is() -> None:
    once = packets("h264", 0)
    again = packets("h264", len(once))
    found = read([*once[:3], *once[4:], *again, *packets("h264", 2 * len(once))])
    assert found is not None
    assert found.data in {read(once).data, _second(once)}  # type: ignore[union-attr]
    assert read([*once[:3], *once[4:12]]) is None


def _second(given: list[bytes]) -> bytes:
    """The keyframe after the first one."""
    reader = StreamReader(SSRC)
    found = [one for one in map(reader.add, given) if one is not None]
    return found[1].data


def test_another_stream_and_one_without_end_are_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read([one[:8] + struct.pack(">I", SSRC + 1) + one[12:] for one in packets("h264")]) is None
    monkeypatch.setattr(media, "MOST_BYTES", 1 << 20)
    endless = b"\0\0\1\xe0" + struct.pack(">H", 1300) + b"\x80\0\0" + b"\xff" * 1297
    with pytest.raises(NoPicture) as refused:
        read([packet(at, SSRC, endless) for at in range(2_000)])
    assert refused.value.fault is CameraFault.TOO_LARGE


def test_a_codec_that_is_not_read_is_told() -> None:
    mpeg4 = b"\0\0\1\xbc" + struct.pack(">HBBHH", 14, 0x80, 0xFF, 0, 4) + b"\x10\xe0\0\0" + bytes(4)
    with pytest.raises(NoPicture) as refused:
        read([packet(0, SSRC, mpeg4)])
    assert refused.value.fault is CameraFault.CODEC


@pytest.mark.parametrize(("kind", "codec"), [(0x1B, "h264"), (0x24, "hevc"), (0x10, "other")])
def test_the_map_of_streams_says_the_codec(kind: int, codec: str) -> None:
    stream = ProgramStream()
    body = b"\x80\xff" + struct.pack(">HH", 0, 8) + bytes((0x90, 0xC0, 0, 0, kind, 0xE0, 0, 0)) + bytes(4)
    stream.feed(b"\0\0\1\xbc" + struct.pack(">H", len(body)) + body + b"\0\0\1\xb9")
    assert stream.codec == codec


@given(st.integers(0, 65_535), st.permutations(range(12)), st.sets(st.integers(0, 11), max_size=3))
def test_order_is_restored_and_nothing_is_doubled(first: int, order: list[int], missing: set[int]) -> None:
    """The first number comes first; all others in any order, some never."""
    one, came = RtpOrder(), []
    came += one.add(first, b"first")
    for at in order:
        if at not in missing:
            came += one.add((first + 1 + at) % 65_536, bytes([at]))
    for at in range(12, 14 + MOST_WAITING + 12):
        came += one.add((first + 1 + at) % 65_536, b"later")
    got = [payload[0] for payload in came if payload is not None and len(payload) == 1]
    assert got == sorted(set(range(12)) - missing)
    assert one.lost == len(missing)
    assert (None in came) == bool(missing)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_a_stream(data: bytes, step: int) -> None:
    mixed = (
        data.replace(b"\x07", b"\0\0\1\xba")
        .replace(b"\x08", b"\0\0\1\xe0\0\x20")
        .replace(b"\x09", b"\0\0\1\xbc")
    )
    stream, picture = ProgramStream(), KeyPicture("h264")
    for at in range(0, len(mixed), step):
        picture.feed(stream.feed(mixed[at : at + step]))
        picture.feed(mixed[at : at + step])
        assert len(stream._data) <= 1 << 17


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_datagrams_are_taken(given: list[bytes]) -> None:
    reader = StreamReader(SSRC)
    for at, one in enumerate(given):
        assert reader.add(one) is None
        assert reader.add(packet(at, SSRC, one)) is None
