"""Signatures and events of any bytes: a proper one is read, anything else is a refusal and nothing worse."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from sensing.feeds.errors import FeedContentRefused, FeedRefused
from sensing.feeds.mapping import event_of
from sensing.feeds.plates import PlateSeal, masked_plate, plain_plate, without_plate
from sensing.feeds.settings import FeedSettings
from sensing.feeds.signing import key_of, require_fresh, require_signed, signed_headers
from tests.peers.simulated_feed_source import SimulatedFeedSource
from tests.sensing.feeds.world import SECRET, police

PLAIN = FeedSettings.model_validate({"title": "x", "secret": SECRET})
NOW = 1_790_000_000
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["event_id", "occurred_at", "kind", "text", "place", "lon", "lat", "plate", "pictures"]


@given(
    body=st.binary(max_size=300), drift=st.integers(-300, 300), secret=st.binary(min_size=12).map(bytes.hex)
)
def test_what_the_source_signs_is_proved_and_known_again(body: bytes, drift: int, secret: str) -> None:
    headers = SimulatedFeedSource(secret).signed(body, at=NOW + drift)
    require_fresh(headers, NOW)
    nonce = require_signed(key_of(secret), headers, body, NOW)
    assert nonce == require_signed(key_of(secret), headers, body, NOW)
    assert (
        headers["webhook-signature"]
        == signed_headers(key_of(secret), headers["webhook-id"], NOW + drift, body)["webhook-signature"]
    )
    with pytest.raises(FeedRefused):
        require_signed(key_of(secret), headers, body + b"\0", NOW)


@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"]),
        st.text(max_size=60) | st.just(str(NOW)) | st.just("application/json"),
    ),
    body=st.binary(max_size=60),
)
def test_no_request_without_the_secret_passes(headers: dict[str, str], body: bytes) -> None:
    def pass_with() -> None:
        require_fresh(headers, NOW)
        require_signed(b"a secret", headers, body, NOW)

    with pytest.raises(FeedRefused):
        pass_with()


@given(body=st.binary(max_size=400))
def test_any_bytes_are_an_event_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(FeedContentRefused):
        event_of(police(), body)


@given(told=ANY_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, ANY_JSON)))
def test_any_json_is_an_event_or_a_refusal(told: Any) -> None:
    body = json.dumps(told).encode()  # NaN and lone surrogates too
    with contextlib.suppress(FeedContentRefused):
        event = event_of(PLAIN, body)
        json.dumps(event.model_dump(mode="json"), ensure_ascii=False).encode()  # a database takes it
        assert "\0" not in event.text


def test_what_is_no_json_is_refused() -> None:
    for body in (
        b"[" * 100_000,
        b"\xff",
        b'{"event_id":"1","occurred_at":1e400}',
        b'{"event_id":' + b"9" * 5000,
    ):
        with pytest.raises(FeedContentRefused):
            event_of(PLAIN, body)


@pytest.mark.parametrize(
    "at",
    ["2026-12-01T00:15:00Z", "2026-12-01 08:15:00", "2026-12-01T08:15:00+08:00", 1_796_084_100,
     1_796_084_100_000, "1796084100000"],
)  # fmt: skip
def test_times_are_read_as_systems_write_them(at: Any) -> None:
    event = event_of(PLAIN, json.dumps({"event_id": 5, "occurred_at": at}).encode())
    assert event.occurred_at.isoformat() == "2026-12-01T00:15:00+00:00"
    assert event.event_id == "5"


def test_paths_reach_into_lists_and_coordinates_become_wgs84() -> None:
    mapped = FeedSettings.model_validate(
        {"title": "x", "secret": SECRET, "datum": "GCJ-02",
         "fields": {"pictures": "a.*.u", "plate": "cars.0.no", "event_id": "id", "occurred_at": "t"}}
    )  # fmt: skip
    told = {"id": "1", "t": NOW, "a": [{"u": "https://x/1"}, {}, {"u": ""}], "cars": [{"no": "黑A1"}],
            "lon": "126.656", "lat": 45.752}  # fmt: skip
    event = event_of(mapped, json.dumps(told).encode())
    assert (event.pictures, event.plate) == (("https://x/1",), "黑A1")
    assert event.lon == pytest.approx(126.65, abs=0.01)
    assert event.lon != 126.656


PLATES = st.from_regex(r"\A[黑京沪][A-Z][0-9A-Z]{5,6}\Z")


@given(
    plate=PLATES, before=st.text(max_size=10), after=st.text(max_size=10), gap=st.sampled_from(["", "·", " "])
)
def test_no_text_keeps_a_plate(plate: str, before: str, after: str, gap: str) -> None:
    text = f"{before}{plate[:2]}{gap}{plate[2:].lower()}{after}"
    assert plate not in plain_plate(without_plate(text, plate))
    assert masked_plate(plate) == plate[:2] + "***" + plate[-2:]
    event_id = uuid7()
    sealed = PlateSeal("a key").seal(event_id, plate)
    assert plate.encode() not in sealed
    assert PlateSeal("a key").open(event_id, sealed) == plate
    assert PlateSeal("other").open(event_id, sealed) is None
    assert PlateSeal("a key").open(uuid7(), sealed) is None
