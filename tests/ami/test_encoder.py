"""The encoder: no name or value can begin a line of its own, and what Asterisk refuses is not sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.codec import MAX_LINE, MAX_LINES, encode
from gateway.ami.errors import ActionTooLarge, UnsafeValue


def test_an_action_is_lines_and_a_blank_one() -> None:
    data = encode("QueueAdd", [("Queue", "hotline"), ("MemberName", "话务员甲")], action_id="a-1")
    expected = "Action: QueueAdd\r\nActionID: a-1\r\nQueue: hotline\r\nMemberName: 话务员甲\r\n\r\n"
    assert data == expected.encode()


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nAction: Hangup", "\n", "a\0b", "\ud800"])
def test_a_value_cannot_end_its_line(bad: str) -> None:
    with pytest.raises(UnsafeValue):
        encode("Setvar", [("Value", bad)], action_id="a-1")
    with pytest.raises(UnsafeValue):
        encode("Setvar", [], action_id=bad)
    with pytest.raises(UnsafeValue):
        encode(bad, [], action_id="a-1")


@pytest.mark.parametrize("bad", ["", "Vari able", "Variable:", "Variable\n", "名", "-x", "x" * 65])
def test_a_header_name_has_letters_digits_and_hyphens_only(bad: str) -> None:
    with pytest.raises(UnsafeValue):
        encode("Setvar", [(bad, "1")], action_id="a-1")


def test_a_line_over_1024_bytes_is_refused_and_one_of_1024_is_not() -> None:
    room = MAX_LINE - len("X: \r\n")
    encode("Ping", [("X", "a" * room)], action_id="a-1")
    with pytest.raises(ActionTooLarge):
        encode("Ping", [("X", "a" * (room + 1))], action_id="a-1")
    with pytest.raises(ActionTooLarge):
        encode("Ping", [("X", "王" * (room // 3 + 1))], action_id="a-1")


def test_more_than_128_lines_are_refused() -> None:
    encode("Ping", [("X", "1")] * (MAX_LINES - 2), action_id="a-1")
    with pytest.raises(ActionTooLarge):
        encode("Ping", [("X", "1")] * (MAX_LINES - 1), action_id="a-1")


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=6))
def test_whatever_is_accepted_has_exactly_the_lines_that_were_asked_for(
    headers: list[tuple[str, str]],
) -> None:
    try:
        data = encode("Setvar", headers, action_id="a-1")
    except (UnsafeValue, ActionTooLarge):
        return
    lines = data.removesuffix(b"\r\n\r\n").replace(b"\r\n", b"\n").split(b"\n")
    assert lines[2:] == [f"{name}: {value}".encode() for name, value in headers]
