"""A citizen's mouth and ear over RTP, against a socket that plays the switch."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from tests.bench.speech.line import Line
from tests.peers.handset import FRAME, SILENCE
from tests.peers.ports import free_port_range, release

SAID = b"".join(bytes([number]) * FRAME for number in range(1, 6))
WAIT_S = 20.0


@pytest.fixture
def line() -> Iterator[Line]:
    port = free_port_range(4)
    made = Line(port)
    yield made
    made.close()
    release(port, 4)


@pytest.fixture
def switch(line: Line) -> Iterator[socket.socket]:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))
    link.settimeout(WAIT_S)
    link.connect(("127.0.0.1", line.port))
    yield link
    link.close()


def first_said(switch: socket.socket) -> bytes:
    """The first frame that is not silence: how many of those come before it depends on the machine."""
    while (frame := switch.recv(2048)[12:]) == SILENCE:
        pass
    return frame


def packet(number: int, payload: bytes = b"\x2a" * FRAME) -> bytes:
    return struct.pack("!BBHII", 0x80, 0, number, number * FRAME, 7) + payload


def test_it_is_silent_until_it_is_to_say_something_and_then_says_all_of_it_once(
    line: Line, switch: socket.socket
) -> None:
    switch.send(packet(1))
    assert switch.recv(2048)[12:] == SILENCE
    before = time.monotonic()
    began = line.say(SAID, within=WAIT_S)
    assert before <= began <= time.monotonic()
    heard = first_said(switch)
    while len(heard) < len(SAID) + FRAME:
        heard += switch.recv(2048)[12:]
    assert heard == SAID + SILENCE


def test_what_is_said_again_and_again_has_no_hole(line: Line, switch: socket.socket) -> None:
    switch.send(packet(1))
    line.say(SAID, again=True, within=WAIT_S)
    frames = [first_said(switch)] + [switch.recv(2048)[12:] for _ in range(9)]
    assert b"".join(frames) == SAID * 2


def test_what_comes_is_kept_with_its_number_and_its_time(line: Line, switch: socket.socket) -> None:
    began = time.monotonic()
    for number in (65_535, 0, 1):
        switch.send(packet(number))
    while len(line.packets) < 3 and time.monotonic() < began + WAIT_S:
        time.sleep(0.01)
    assert [one.sequence for one in line.packets] == [65_535, 0, 1]
    assert all(began <= one.at <= time.monotonic() for one in line.packets)
    assert len(line.samples(began)) >= 3 * FRAME


def test_where_nobody_is_nothing_is_said(line: Line) -> None:
    with pytest.raises(TimeoutError):
        line.say(SAID, within=0.1)


def test_what_was_heard_before_a_moment_is_not_heard_since_it(line: Line, switch: socket.socket) -> None:
    for number in range(10):
        switch.send(packet(number))
    until(lambda: len(line.packets) == 10)
    since = time.monotonic()
    assert len(line.samples(since)) == 0
    for number in range(10, 13):
        switch.send(packet(number))
    until(lambda: len(line.packets) == 13)
    assert 3 * FRAME <= len(line.samples(since)) < 10 * FRAME


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)
