"""Spans of calls and operations reach a simulated OpenTelemetry receiver, name nobody, and delay nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from core.metrics import REGISTRY
from gateway.bus import LocalBus
from gateway.settings import Settings
from gateway.telemetry.calls import CallSpans
from gateway.telemetry.codec import encoded, rejected
from gateway.telemetry.exporter import ReceiverAway, SpanExporter
from gateway.telemetry.model import TelemetrySpan, nanoseconds, root_of, trace_of
from gateway.telemetry.operations import OperationSpans
from gateway.telemetry.settings import TelemetrySettings
from gateway.wiring.telemetry import span_exporter
from hotline.events import CallActed, CallClosed, CallOutcome
from tests.peers.ports import free_port, release
from tests.peers.simulated_otlp_receiver import SimulatedOtlpReceiver

NUMBER = "13904510001"
BEGAN = datetime(2026, 12, 1, 8, 0, 0, 250_000, tzinfo=UTC)


def closed(call_id: UUID, *, answered: bool = True) -> CallClosed:
    later = [BEGAN + timedelta(seconds=seconds) for seconds in (2, 9, 61)]
    return CallClosed(
        call_id=call_id, linkedids=["1764576000.1"],
        outcome=CallOutcome.ANSWERED if answered else CallOutcome.ABANDONED, cause="hangup", queue="hotline",
        agent_ids=["wang.fang"], began_at=BEGAN, queued_at=later[0],
        answered_at=later[1] if answered else None, ended_at=later[2], caller=NUMBER, confidential=False,
    )  # fmt: skip


def exporter(endpoint: str, **more: Any) -> SpanExporter:
    return SpanExporter(
        TelemetrySettings(endpoint=endpoint, every_s=0.02, timeout_s=0.3, **more), {"service.name": "songhua"}
    )


def fate(name: str) -> float:
    return REGISTRY.get_sample_value("songhua_telemetry_spans_total", {"fate": name}) or 0.0


def span(number: int = 0) -> TelemetrySpan:
    return TelemetrySpan(bytes([1] * 16), number.to_bytes(8, "big"), f"span {number}", 1, 2)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_call_arrives_as_one_trace_with_its_parts() -> None:
    call_id, bus = uuid4(), LocalBus()
    with SimulatedOtlpReceiver() as receiver:
        part = exporter(receiver.endpoint, token=SecretStr("t0ken"))
        CallSpans(part.add).subscribe(bus)
        await bus.start()
        await part.start()
        await bus.deliver(
            CallActed(
                op_id=uuid4(), call_id=call_id, verb="hold", actor_id="wang.fang", target=NUMBER, leg_id=None,
                outcome="done",
            )
        )  # fmt: skip
        await bus.deliver(closed(call_id))
        await until(lambda: len(receiver.spans) == 4)
        await part.stop()
        await bus.stop()
    path, headers = receiver.requests[0]
    assert (path, headers["Authorization"]) == ("/v1/traces", "Bearer t0ken")
    assert headers["Content-Type"] == "application/json"
    by_name = {one["name"]: one for one in receiver.spans}
    assert set(by_name) == {"call", "waiting", "talk", "act hold"}
    whole = by_name["call"]
    assert {one["traceId"] for one in receiver.spans} == {call_id.hex}
    assert "parentSpanId" not in whole
    for name in ("waiting", "talk", "act hold"):
        assert by_name[name]["parentSpanId"] == whole["spanId"]
    assert whole["startTimeUnixNano"] == str(nanoseconds(BEGAN))
    assert int(by_name["talk"]["startTimeUnixNano"]) - int(whole["startTimeUnixNano"]) == 9_000_000_000
    told = json.dumps(receiver.documents)
    assert NUMBER not in told
    assert "wang.fang" not in told
    assert {"key": "songhua.outcome", "value": {"stringValue": "answered"}} in whole["attributes"]


async def test_a_call_that_nobody_answered_waited_until_its_end() -> None:
    found: list[TelemetrySpan] = []
    await CallSpans(found.append)._on_closed(closed(uuid4(), answered=False))
    assert [one.name for one in found] == ["waiting", "call"]
    assert found[0].end == found[1].end


async def test_a_receiver_that_hangs_delays_no_call() -> None:
    bus = LocalBus()
    with SimulatedOtlpReceiver() as receiver:
        receiver.hangs.set()
        part = exporter(receiver.endpoint, queue=16)
        CallSpans(part.add).subscribe(bus)
        await bus.start()
        await part.start()
        await bus.deliver(closed(uuid4()))
        await until(lambda: receiver.requests)
        before = fate("dropped")
        for _ in range(20):
            await bus.deliver(closed(uuid4()))
        assert fate("dropped") - before >= 20 * 3 - 16
        await until(lambda: part.health().state == "degraded")
        receiver.hangs.clear()
        await until(lambda: part.health().state == "up" and receiver.spans)
        await part.stop()
        await bus.stop()


async def test_a_receiver_that_was_away_gets_the_spans_when_it_is_back() -> None:
    port = free_port()
    part = exporter(f"http://127.0.0.1:{port}")
    part.add(span(1))
    await part.start()
    await until(lambda: part.health().state == "degraded")
    assert "Calls do not need it" in part.health().why
    part.add(span(2))
    with SimulatedOtlpReceiver(port) as receiver:
        await until(lambda: len(receiver.spans) == 2)
        assert [one["name"] for one in receiver.spans] == ["span 1", "span 2"]
        await part.stop()
    release(port)


@pytest.mark.parametrize(("status", "kept"), [(503, True), (429, True), (400, False), (302, False)])
async def test_what_a_receiver_refuses_goes_and_what_it_wants_later_stays(status: int, kept: bool) -> None:
    with SimulatedOtlpReceiver() as receiver:
        receiver.status = status
        part = exporter(receiver.endpoint)
        part.add(span())
        if kept:
            with pytest.raises(ReceiverAway):
                await part.send_once()
        else:
            assert await part.send_once() == 1
        receiver.status = 200
        assert await part.send_once() == int(kept)
        assert len(receiver.requests) == 1 + kept


async def test_what_is_left_is_sent_at_the_end_and_what_was_not_taken_is_counted() -> None:
    with SimulatedOtlpReceiver() as receiver:
        receiver.answer = {"partialSuccess": {"rejectedSpans": "1"}}
        part = exporter(receiver.endpoint)
        sent, refused = fate("sent"), fate("refused")
        for number in range(3):
            part.add(span(number))
        await part.stop()
        assert len(receiver.spans) == 3
        assert (fate("sent") - sent, fate("refused") - refused) == (2, 1)


def test_an_operation_is_told_by_its_route_and_belongs_to_its_call() -> None:
    found: list[TelemetrySpan] = []
    app = FastAPI()

    @app.get("/api/calls/{call_id}")
    def of_call(call_id: UUID) -> dict[str, str]:
        return {"call": str(call_id)}

    @app.get("/api/callers/{number}")
    def of_caller(number: str) -> None:
        raise RuntimeError(number)

    app.add_middleware(OperationSpans, add=found.append)
    client, call_id = TestClient(app, raise_server_exceptions=False), uuid4()
    assert client.get(f"/api/calls/{call_id}").status_code == 200
    assert client.get(f"/api/callers/{NUMBER}?q={NUMBER}").status_code == 500
    assert client.get("/api/nothing").status_code == 404
    assert client.get("/metrics").status_code == 404
    first, second, third = found
    assert first.name == "GET /api/calls/{call_id}"
    assert (first.trace_id, first.parent) == (trace_of(call_id), root_of(call_id))
    assert first.attributes["http.response.status_code"] == 200
    assert (second.failed, first.failed, third.failed) == (True, False, False)
    assert second.name == "GET /api/callers/{number}"
    assert NUMBER not in repr(found)


def test_they_are_off_unless_a_receiver_is_named() -> None:
    assert span_exporter(Settings(), LocalBus()) is None
    named = Settings.model_validate({"telemetry": {"endpoint": "http://127.0.0.1:4318"}})
    assert span_exporter(named, LocalBus()) is not None


@pytest.mark.parametrize(
    ("endpoint", "fine"),
    [
        ("http://127.0.0.1:4318", True), ("http://localhost:4318", True), ("https://otel.example.org", True),
        ("http://otel.example.org:4318", False), ("ftp://127.0.0.1", False), ("127.0.0.1:4318", False),
        ("https://user:pw@example.org", False), ("http://[", False), ("http://127.0.0.1:99999", False),
    ],
)  # fmt: skip
def test_a_receiver_is_named_by_an_address(endpoint: str, fine: bool) -> None:
    if fine:
        assert TelemetrySettings(endpoint=endpoint).endpoint == endpoint
    else:
        with pytest.raises(ValidationError):
            TelemetrySettings(endpoint=endpoint)


ATTRIBUTES = st.dictionaries(
    st.text(max_size=9),
    st.one_of(
        st.text(max_size=9), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
    ),
)


@given(st.text(max_size=20), st.integers(0, 2**63), st.integers(0, 2**63), ATTRIBUTES)
def test_any_span_is_written_as_the_encoding_wants_it(
    name: str, start: int, end: int, attributes: dict[str, Any]
) -> None:
    one = TelemetrySpan(bytes(range(16)), bytes(range(8)), name, start, end, attributes=attributes)
    document = json.loads(encoded([one], {"service.name": "songhua"}))
    (written,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (written["traceId"], written["spanId"]) == ("000102030405060708090a0b0c0d0e0f", "0001020304050607")
    assert int(written["endTimeUnixNano"]) >= int(written["startTimeUnixNano"]) == start
    assert [item["key"] for item in written["attributes"]] == list(attributes)
    for item in written["attributes"]:
        (kind,) = item["value"]
        given_value = attributes[item["key"]]
        assert item["value"][kind] == (str(given_value) if kind == "intValue" else given_value)


@given(st.binary(max_size=40))
def test_whatever_a_receiver_answers_is_read(answer: bytes) -> None:
    assert rejected(answer) >= 0
