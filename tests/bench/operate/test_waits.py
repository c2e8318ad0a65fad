"""What callers waited, from lines of the shape that the switch writes."""

from __future__ import annotations

from tests.bench.operate.waits import CallerWait, placed_of, summed, waits_of


def line(event: str, at: float, channel: str, uniqueid: str, linkedid: str = "u1") -> list[str]:
    return [event, f"{at:.6f}", "", "", "", "", channel, "", "", uniqueid, linkedid, "", ""]


TOLD = [
    line("CHAN_START", 10.0, "PJSIP/trunk-1", "u1"),
    line("ANSWER", 10.2, "PJSIP/trunk-1", "u1"),
    line("CHAN_START", 10.6, "PJSIP/agent-7-2", "u2"),
    line("ANSWER", 11.5, "PJSIP/agent-7-2", "u2"),
    # A second telephone, after a transfer, is not what he waited for first.
    line("ANSWER", 30.0, "PJSIP/agent-8-3", "u3"),
]


def test_a_caller_waits_for_the_answer_and_for_a_person() -> None:
    assert waits_of(TOLD) == [CallerWait(10.0, 10.2, 11.5)]


def test_who_calls_from_a_desk_is_no_caller_and_damaged_lines_count_for_nothing() -> None:
    assert waits_of([line("CHAN_START", 1.0, "PJSIP/agent-1-1", "u9", "u9"), ["ANSWER"], []]) == []


def test_a_call_that_we_placed_is_no_caller() -> None:
    ours = line("CHAN_START", 2.5, "PJSIP/trunk-1", "wn-1", "wn-1")
    half = line("CHAN_START", 2.6, "Local/1@outbound-2;2", "wn-1;2", "wn-1")
    assert (waits_of([ours, half]), placed_of([*TOLD, ours, half])) == ([], [2.5])


def test_only_those_count_who_came_in_time() -> None:
    lines = [*TOLD, line("CHAN_START", 40.0, "PJSIP/trunk-4", "u4", "u4")]
    told = summed(waits_of(lines), 0.0, 40.0)
    assert (told["callers"], told["nobody"], told["answer_max_s"], told["person_max_s"]) == (1, 0, 0.2, 1.5)
    late = summed(waits_of(lines), 40.0, 50.0)
    assert (late["callers"], late["unanswered"], late["person_p50_s"]) == (1, 1, None)
