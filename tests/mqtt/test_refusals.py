"""Mosquitto's log read for refusals: lines of a real 2.0.21, and any bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.mqtt import refusals
from gateway.mqtt.refusals import LogReader, PublishRefusal, for_people, lines

CONNECT = b"1763786575: New client connected from 127.0.0.1:40446 as %s (p5, c0, k5, u'%s')."
DENIED = b"1763786576: Denied PUBLISH from %s (d0, q1, r0, m3, '%s', ... (2 bytes))"


def reader(*pairs: tuple[bytes, bytes]) -> LogReader:
    made = LogReader("harbin")
    for client, user in pairs:
        assert made.read(CONNECT % (client, user)) is None
    return made


def test_a_refused_publish_is_told_by_the_account_and_not_by_what_the_client_calls_itself() -> None:
    log = reader((b"app:17", b"app:18"))
    found = log.read(DENIED % (b"app:17", b"v1/harbin/unit/app:17/up/status"))
    assert found == PublishRefusal("app:18", "app:17", "unit")


def test_whose_topic_it_was() -> None:
    log = reader((b"c", b"app:18"))
    for topic, refusal in (
        (b"owntracks/app:17/phone", PublishRefusal("app:18", "app:17", "unit")),
        (b"v1/harbin/role/centre/cases.dispatch_queued", PublishRefusal("app:18", "", "role")),
        (b"$CONTROL/dynamic-security/v1", PublishRefusal("app:18", "", "control")),
        (b"v1/harbin/unit/app:18/down/case", None),
        (b"v1/elsewhere/unit/app:17/up/status", None),
        (b"hello", None),
    ):
        assert log.read(DENIED % (b"c", topic)) == refusal


def test_a_client_that_names_itself_like_a_line_fools_nobody() -> None:
    name = b"x (p5, c0, k5, u'app:17')."
    log = reader((name, b"app:18"))
    assert log.read(DENIED % (name, b"v1/harbin/unit/app:17/up/ack")) == PublishRefusal(
        "app:18", "app:17", "unit"
    )
    odd = b"v1/harbin/unit/app:17/up/x', ... (1 bytes))"
    assert log.read(DENIED % (name, odd)) == PublishRefusal("app:18", "app:17", "unit")


def test_who_takes_the_session_of_another_account_is_told() -> None:
    log = reader((b"app:17", b"app:17"))
    assert log.read(CONNECT % (b"app:17", b"app:17")) is None
    assert log.read(CONNECT % (b"app:17", b"app:18")) == PublishRefusal("app:18", "app:17", "session")
    assert log.read(CONNECT % (b"app:17", b"app:18")) is None


def test_an_account_that_connected_before_is_unknown_and_told_all_the_same() -> None:
    found = LogReader("harbin").read(DENIED % (b"c", b"v1/harbin/unit/app:17/up/ack"))
    assert found == PublishRefusal("", "app:17", "unit")


@given(st.binary(max_size=300))
def test_any_line_ends_nothing(line: bytes) -> None:
    log = reader()
    for prefix in (b"", b"1: New client connected from x as ", b"1: Denied PUBLISH from "):
        log.read(prefix + line)
        for_people(prefix + line)


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_lines_come_out_whole_however_they_are_cut(pieces: list[bytes]) -> None:
    buffer = bytearray()
    found = [line for piece in pieces for line in lines(buffer, piece)]
    assert b"\n".join([*found, bytes(buffer)]) == b"".join(pieces)


def test_a_line_without_end_is_not_kept() -> None:
    buffer = bytearray()
    assert list(lines(buffer, b"x" * (refusals.MOST_LINE + 1))) == []
    assert not buffer


def test_what_is_for_debugging_is_not_shown_to_people() -> None:
    assert for_people(CONNECT % (b"a", b"b"))
    assert for_people(b"1: mosquitto version 2.0.21 starting")
    for line in (
        DENIED % (b"a", b"b"),
        b"1: Received PINGREQ from a",
        b"1: Sending PUBACK to a",
        b"1: \ta (QoS 1)",
    ):
        assert not for_people(line)
