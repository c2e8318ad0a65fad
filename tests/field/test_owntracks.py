"""OwnTracks as the apps say it: any bytes are a message, something else, or malformed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from field.units.radio import owntracks
from field.units.radio.owntracks import (
    AppLocation,
    AppTransition,
    AppWill,
    OwnTracksTopic,
    decode,
    fix_of,
    parse,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANDROID = (
    b'{"_type":"location","BSSID":"02:00:00:00:00:00","SSID":"<unknown ssid>","_id":"5ab4e5f6",'
    b'"acc":13,"alt":116,"batt":78,"bs":1,"cog":92,"conn":"m","created_at":1767225601,"lat":45.7713,"lon":126.6176,"m":1,"t":"p",'
    b'"tid":"17","topic":"owntracks/app:17/phone","tst":1767225600,"vac":2,"vel":36}'
)
IOS = (
    b'{"batt":55,"lon":126.6176,"acc":65,"p":100.1,"bs":1,"vac":10,"lat":45.7713,'
    b'"topic":"owntracks/app:17/iPhone","t":"u","conn":"w","m":1,"tst":1767225600,"alt":118,"_type":"location","tid":"NE"}'
)
WILL = b'{"_type":"lwt","tst":1767225600}'
TRANSITION = (
    b'{"_type":"transition","acc":20,"desc":"depot","event":"leave","lat":45.77,"lon":126.61,"t":"c","tid":"17",'
    b'"tst":1767225600,"wtst":1767220000}'
)
VECTORS = [ANDROID, IOS, WILL, TRANSITION]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["_type", "lat", "lon", "tst", "acc", "vel", "batt", "cog", "event", "alt"]),
            inner | st.sampled_from(["location", "lwt", "transition", "card", "enter"]),
            max_size=8,
        )
    ),
    max_leaves=12,
)


def test_what_the_apps_send_is_understood() -> None:
    made = decode(ANDROID)
    assert isinstance(made, AppLocation)
    fix = fix_of(made, "phone", NOW)
    assert fix is not None
    assert (fix.lon, fix.lat, fix.accuracy_m, fix.altitude_m) == (126.6176, 45.7713, 13, 116)
    assert (fix.speed_mps, fix.heading_deg, fix.battery_pct) == (10.0, 92, 78)
    assert (fix.source, fix.device_at, fix.received_at) == ("owntracks/phone", NOW, NOW)
    assert isinstance(decode(IOS), AppLocation)
    assert isinstance(decode(WILL), AppWill)
    left = decode(TRANSITION)
    assert isinstance(left, AppTransition)
    found = fix_of(left, "phone", NOW)
    assert found is not None
    assert found.accuracy_m == 20
    assert decode(b'{"_type":"card","name":"x","face":"aGVsbG8="}') is None


@given(st.binary(max_size=300) | JSON.map(lambda made: json.dumps(made).encode()))
def test_any_bytes_end_nothing(payload: bytes) -> None:
    try:
        message = decode(payload)
    except Malformed:
        return
    if isinstance(message, AppLocation | AppTransition):
        fix = fix_of(message, "phone", NOW)
        assert fix is None or (-180 <= fix.lon <= 180 and -90 <= fix.lat <= 90)
        assert fix is None or fix.device_at - NOW < timedelta(days=365 * 80)


@given(
    st.sampled_from(VECTORS), st.integers(0, 400), st.integers(0, 7), st.binary(max_size=20), st.booleans()
)
def test_cut_flipped_and_extended_vectors_end_nothing(
    vector: bytes, where: int, bit: int, more: bytes, cut: bool
) -> None:
    place = where % len(vector)
    flipped = bytearray(vector)
    flipped[place] ^= 1 << bit
    for payload in (vector[:place], bytes(flipped), (vector[:place] if cut else bytes(flipped)) + more):
        try:
            decode(payload)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b"null", b'{"_type":1}', b'{"_type":"locations"}', b"\xff\xfe",
        b'{"_type":"location","lat":91,"lon":1,"tst":1}', b'{"_type":"location","lat":1,"lon":1}',
        b'{"_type":"location","lat":NaN,"lon":1,"tst":1}', b'{"_type":"location","lat":1,"lon":1,"tst":1e99}',
        b'{"_type":"location","lat":"x","lon":1,"tst":1}', b"[" * 8_000, b" " * 9_000,
    ],
)  # fmt: skip
def test_what_is_no_message_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        decode(payload)


def test_what_cannot_be_is_left_out_of_a_position_that_can() -> None:
    body = {"_type": "location", "lat": 45.0, "lon": 126.0, "tst": 1, "vel": -1, "cog": 999, "batt": 400}
    made = decode(json.dumps(body).encode())
    assert isinstance(made, AppLocation)
    fix = fix_of(made, "phone", NOW)
    assert fix is not None
    assert (fix.speed_mps, fix.heading_deg, fix.battery_pct) == (None, None, None)
    assert fix.accuracy_m == 500


def test_a_topic_names_the_unit_and_its_device() -> None:
    assert (
        parse("owntracks/app:17/phone")
        == parse("owntracks/app:17/phone/event")
        == OwnTracksTopic("app:17", "phone")
    )
    assert owntracks.topic("app:17", "phone") == "owntracks/app:17/phone"


@given(st.text(max_size=60))
def test_any_other_topic_is_malformed(topic: str) -> None:
    for name in (
        topic,
        f"owntracks/{topic}/phone",
        f"owntracks/app:17/{topic}/x",
        f"owntracks/app:17/{topic}/event/x",
    ):
        try:
            found = parse(name)
        except Malformed:
            continue
        assert name in {
            f"owntracks/{found.unit_id}/{found.device}",
            f"owntracks/{found.unit_id}/{found.device}/event",
        }
