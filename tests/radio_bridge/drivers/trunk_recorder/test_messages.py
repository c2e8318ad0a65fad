"""What a recorder publishes, and what anybody else may publish in its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.malformed import Malformed
from radio_bridge.drivers.trunk_recorder import messages as m
from tests.peers import recorder_payloads as payloads
from tests.peers.recorder_payloads import SYSTEM

CALL = m.RecordedCall("1_4011_1700000000", SYSTEM, 4011, 899003, emergency=False)


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("call_start", payloads.call_start(), m.CallStarted(CALL)),
        ("call_end", payloads.call_end(), m.RecordedCallEnded(CALL)),
        ("calls_active", payloads.calls_active(), m.CallsActive(())),
        ("calls_active", payloads.calls_active(payloads.call()), m.CallsActive((CALL,))),
        ("rates", payloads.rates(), m.RecorderAlive()),
        ("trunk_recorder/status", payloads.status("connected"), m.RecorderStatus(connected=True)),
        ("trunk_recorder/status", payloads.status("disconnected"), m.RecorderStatus(connected=False)),
        ("config", b"whatever", None),
        ("audio", b"", None),
    ],
)
def test_what_a_recorder_says(kind: str, payload: bytes, said: m.Message | None) -> None:
    assert m.of_recorder(kind, payload) == said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("on", m.UnitHeard(SYSTEM, 899003)),
        ("join", m.UnitHeard(SYSTEM, 899003)),
        ("call", m.UnitHeard(SYSTEM, 899003)),
        ("location", m.UnitHeard(SYSTEM, 899003)),
        ("off", m.UnitGone(SYSTEM, 899003)),
        ("end", None),
    ],
)
def test_what_it_says_of_radios(kind: str, said: m.Message | None) -> None:
    assert m.of_unit(kind, payloads.unit(kind, talkgroup=4011)) == said


@pytest.mark.parametrize("unit", [-1, 0, None, "899003", 2**24, True, 1.5])
def test_a_radio_that_it_does_not_know_has_no_number(unit: object) -> None:
    said = m.of_recorder("call_start", payloads.message("call_start", payloads.call(unit=unit), name="call"))  # type: ignore[arg-type]
    assert isinstance(said, m.CallStarted)
    assert said.call.unit is None


@pytest.mark.parametrize("value", [True, 1])
def test_an_emergency_is_told_by_a_word_or_a_number(value: object) -> None:
    said = m.of_recorder("call_start", payloads.call_start(emergency=value))
    assert isinstance(said, m.CallStarted)
    assert said.call.emergency


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"[]", b"null", b"{}", b'{"call": []}', b"[" * 100_000,
        b'{"call": {"id": "x", "sys_name": "y", "talkgroup": 1' + b"0" * 5_000 + b"}}",
        payloads.call_start(tg=0), payloads.call_start(call_id=""), payloads.call_start(call_id="x" * 201),
        b'{"x": "' + b"x" * m.MOST_BYTES + b'"}',
    ],
)  # fmt: skip
def test_what_pretends_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        m.of_recorder("call_start", payload)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["call", "calls", "id", "sys_name", "talkgroup", "unit", "on", "off",
                                       "emergency", "status"]), inner, max_size=5),
)  # fmt: skip
_KIND = st.sampled_from(["call_start", "call_end", "calls_active", "rates", "trunk_recorder/status", "x"])


@given(_KIND, st.binary(max_size=100) | _JSON.map(lambda found: json.dumps(found).encode()))
def test_any_bytes_are_a_message_or_malformed(kind: str, payload: bytes) -> None:
    for read, word in ((m.of_recorder, kind), (m.of_unit, "on"), (m.of_unit, "off")):
        try:
            read(word, payload)
        except Malformed:
            continue
