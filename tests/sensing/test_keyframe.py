"""Keyframes out of RTP: in any order, without lost parts, from any bytes without an error."""

from __future__ import annotations

import asyncio
import random
import struct
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.asking.auth import CameraLogin, answer
from sensing.asking.wire import parse_head
from sensing.errors import NoPicture
from sensing.live import access_units
from sensing.live.access_units import AccessUnitCollector
from sensing.snapshots import keyframe
from sensing.snapshots.keyframe import KeyframeCollector, RtpPacket, parse_rtp
from sensing.snapshots.rtsp_camera import _Session
from sensing.snapshots.sdp import VideoStream, video_of
from tests.peers.simulated_rtsp_camera import recorded

H264 = VideoStream("h264", 96, "rtsp://h/1")


def collected(packets: list[bytes], codec: str = "h264") -> bytes | None:
    stream = video_of(recorded(codec).sdp, "rtsp://h/")
    collector = KeyframeCollector(stream)
    for one in packets:
        packet = parse_rtp(one)
        found = collector.add(packet) if packet is not None else None
        if found is not None:
            return found
    return None


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_packets_of_a_picture_come_in_any_order_and_twice(codec: str) -> None:
    packets = list(recorded(codec).packets)
    whole = collected(packets, codec)
    assert whole is not None
    first = [one for one in packets if one[4:8] == packets[0][4:8]]
    assert len(first) > 2
    mixed = [*first, first[0]]
    random.Random(5).shuffle(mixed)
    assert collected([*mixed, *packets[len(first) :]], codec) == whole
    # The numbers begin anew within the picture.
    moved = [one[:2] + struct.pack(">H", (65_534 + at) % 65_536) + one[4:] for at, one in enumerate(packets)]
    assert collected(moved, codec) == whole


def test_a_picture_with_a_gap_is_not_taken_but_the_next_one() -> None:
    packets = list(recorded("h264").packets)
    whole = collected(packets)
    assert collected([*packets[:2], *packets[3:]]) not in {None, whole}
    first = [one for one in packets if one[4:8] == packets[0][4:8]]
    assert collected([*first[:2], *first[3:]]) is None


def test_what_a_decoder_needs_first_may_come_as_a_picture_of_its_own() -> None:
    """NAL units of H.264: 7 and 8 are parameter sets, 5 is a keyframe, 1 another picture."""
    collector = KeyframeCollector(H264)
    sets, keyframe = (b"\x67sequence", b"\x68picture"), b"\x65keyframe"
    for number, unit in enumerate(sets):
        assert collector.add(RtpPacket(96, number, 1_000, number == 1, unit)) is None
    assert collector.add(RtpPacket(96, 2, 2_000, True, b"\x41between")) is None
    found = collector.add(RtpPacket(96, 3, 3_000, True, keyframe))
    assert found == b"".join(b"\0\0\0\1" + unit for unit in (*sets, keyframe))


class MarkedPacket(RtpPacket):
    """Counts how often it is looked at."""

    reads = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "marker":
            MarkedPacket.reads += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize("collector", [KeyframeCollector, AccessUnitCollector])
@pytest.mark.parametrize("every", [False, True])
def test_a_packet_costs_the_same_however_many_came(
    collector: type[KeyframeCollector | AccessUnitCollector], every: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    for module in (keyframe, access_units):
        monkeypatch.setattr(module, "units_of", lambda some, hevc: looked.append(len(some)) or iter(()))  # type: ignore[func-returns-value]
    MarkedPacket.reads, one = 0, collector(H264)
    for number in range(1_000):
        assert one.add(MarkedPacket(96, 2 + number, 7, every, b"\x41x")) is None
    assert MarkedPacket.reads < 10 * 1_000
    assert len(looked) <= keyframe.MOST_TRIES


async def test_a_camera_that_sends_small_packets_gives_others_their_turn() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data((b"$\0" + struct.pack(">H", 13) + b"\x80\x60" + bytes(11)) * 1_000)
    session = _Session(Mock(url="rtsp://h/"), None, reader, Mock())
    packets, turns = session.interleaved_packets(0), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    for _ in range(1_000):
        await anext(packets)
    assert turns >= 10
    other.cancel()


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_packets_are_read_without_an_error(payloads: list[bytes]) -> None:
    for stream in (H264, VideoStream("hevc", 96, "rtsp://h/1")):
        collector = KeyframeCollector(stream)
        for number, payload in enumerate(payloads):
            collector.add(RtpPacket(96, number, number // 3, number % 3 == 2, payload))


@given(st.binary(max_size=80))
def test_any_datagram_and_any_head_are_read_or_refused(data: bytes) -> None:
    parse_rtp(data)
    try:
        assert parse_head(b"RTSP/1.0 200 OK\r\n" + data).status == 200
        parse_head(data)
    except NoPicture:
        pass


@given(st.text(max_size=200))
def test_any_description_is_read_or_refused(text: str) -> None:
    described = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n" + text
    try:
        video_of(described, "rtsp://h/")
        video_of(text, "rtsp://h/")
    except NoPicture:
        pass


def test_digest_answers_are_those_of_the_standard() -> None:
    login = CameraLogin("Mufasa", "Circle of Life")
    asks = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    ours = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    challenges = ['Basic realm="x"', asks.format("MD5"), asks.format("SHA-256")]
    # RFC 7616, 3.9.1.
    strongest = answer(challenges, login, "GET", "/dir/index.html", nonce_ours=ours)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in strongest
    older = answer(challenges[:2], login, "GET", "/dir/index.html", nonce_ours=ours)
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in older
    assert answer(["Negotiate x"], login, "GET", "/") == ""
    assert "Circle" not in repr(login)
