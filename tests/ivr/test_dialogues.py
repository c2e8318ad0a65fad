"""The conversations around the human-first path: callback, voicemail, survey, place, danger, silence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.life.numbers import check_digit, is_code
from core.clock import ManualClock
from core.events import Event
from core.ids import call_id
from ivr.events import CallerMarked, SurveyAnswered, VoicemailLeft
from ivr.flows.dialogues import dialable, expected_wait
from ivr.flows.engine import FlowEngine
from ivr.flows.limits import MOST_NUMBERS, HourlyLimit
from ivr.flows.load import load
from ivr.flows.numbers import NUMBER_PROMPTS, count, number
from ivr.library import Library
from ivr.ports import Caller, IvrPorts, RecordingSpan
from tests.ivr.played_line import PlayedLine
from tests.ivr.ports import played_ports
from tests.ivr.test_flows import FLOWS

CALLER = Caller(
    uniqueid="s-1.1", linkedid="s-1.0", number="13904510001", called="12345", waited_s=70, round=2
)
NAMES = sorted(file.stem for file in FLOWS.glob("*.yaml"))


class NotedDesk:
    """Keeps what it was asked for, and answers as it was told to."""

    def __init__(self, answer: str = "accepted", fails: Exception | None = None) -> None:
        self.asked: list[dict[str, object]] = []
        self._answer = answer
        self._fails = fails

    async def request(self, **asked: object) -> Literal["accepted", "refused"]:
        self.asked.append(asked)
        if self._fails is not None:
            raise self._fails
        return "accepted" if self._answer == "accepted" else "refused"


class KnownFigures:
    def __init__(self, place: int, wait_s: float) -> None:
        self._known = (place, wait_s)

    def position(self, uniqueid: str) -> tuple[int, float] | None:
        return self._known if uniqueid == CALLER.uniqueid else None


def run(
    name: str,
    line: PlayedLine,
    ports: IvrPorts | None = None,
    caller: Caller = CALLER,
    variables: dict[str, str] | None = None,
) -> str:
    engine = FlowEngine(load((FLOWS / f"{name}.yaml").read_bytes()).flow, Library(), ports or played_ports())
    return asyncio.run(engine.run(line, caller, variables))


OFFER = {"offer": "yes"}


# --- keys at any time -----------------------------------------------------------------------------------


def test_a_key_in_the_greeting_changes_the_language_and_the_notice_is_heard_in_it() -> None:
    line = PlayedLine(heard={"greeting": "2"})
    assert run("default", line) == "queue"
    assert line.log[:4] == ["play zh/greeting", "language en", "play en/greeting", "notice"]


def test_a_key_without_meaning_in_the_greeting_does_not_take_the_notice_away() -> None:
    line = PlayedLine(heard={"greeting": "7"})
    run("default", line)
    assert line.log[:3] == ["play zh/greeting", "play zh/greeting", "notice"]


def test_a_caller_who_waits_goes_on_in_the_language_of_the_line() -> None:
    line = PlayedLine()
    assert run("waiting", line, caller=replace(CALLER, language="en")) == "stay"
    assert line.log == ["play en/queue-wait", "stay", "finished"]


@pytest.mark.parametrize("pressed", ["110", "119", "120", "122"])
def test_an_emergency_number_hands_over_at_once_wherever_it_is_pressed(pressed: str) -> None:
    marks: list[Event] = []
    line = PlayedLine(heard={"greeting": pressed})
    assert run("default", line, played_ports(keep=marks.append)) == "emergency"
    assert line.log == ["play zh/greeting", f"emergency {pressed}", "finished"]
    (mark,) = marks
    assert isinstance(mark, CallerMarked)
    assert mark.mark == "emergency"
    in_a_menu = PlayedLine(pressed)
    assert run("out-of-hours", in_a_menu) == "emergency"
    assert in_a_menu.log[-2:] == [f"emergency {pressed}", "finished"]


# --- callback -------------------------------------------------------------------------------------------


def test_a_callback_is_offered_accepted_read_back_and_asked_for() -> None:
    desk = NotedDesk()
    line = PlayedLine("1", "1")
    assert run("waiting", line, played_ports(callbacks=desk), variables=OFFER) == "hangup"
    assert line.log == [
        "read zh/callback-offer", "play zh/callback-this-number", "say 13904510001", "read zh/callback-check",
        "play zh/callback-confirmed", "play zh/goodbye", "hangup", "finished",
    ]  # fmt: skip
    assert desk.asked == [
        {
            "uniqueid": "s-1.1", "linkedid": "s-1.0", "number": "13904510001", "language": "zh",
            "reason": "overflow", "voicemail": None,
        }
    ]  # fmt: skip


def test_another_number_is_typed_read_back_and_confirmed() -> None:
    desk = NotedDesk()
    line = PlayedLine("1", "2", "045188880000", "1")
    run("waiting", line, played_ports(callbacks=desk), variables=OFFER)
    assert "say 045188880000" in line.log
    assert desk.asked[0]["number"] == "045188880000"


def test_a_caller_without_a_number_is_asked_for_one() -> None:
    desk = NotedDesk()
    line = PlayedLine("1", "045188880000", "1")
    run("waiting", line, played_ports(callbacks=desk), replace(CALLER, number=""), variables=OFFER)
    assert desk.asked[0]["number"] == "045188880000"


@pytest.mark.parametrize("presses", [(), ("7",), ("1",), ("1", "2", "12", "12"), ("1", "2", "", "2", "")])
def test_nothing_is_asked_for_that_was_not_confirmed_and_the_caller_goes_on_waiting(
    presses: tuple[str, ...],
) -> None:
    desk = NotedDesk()
    line = PlayedLine(*presses)
    assert run("waiting", line, played_ports(callbacks=desk), variables=OFFER) == "stay"
    assert desk.asked == []


@pytest.mark.parametrize("desk", [NotedDesk("refused"), NotedDesk(fails=OSError()), None])
def test_a_desk_that_refuses_or_fails_leaves_the_caller_in_the_queue(desk: NotedDesk | None) -> None:
    line = PlayedLine("1", "1")
    assert run("waiting", line, played_ports(callbacks=desk), variables=OFFER) == "stay"
    assert line.log[-3:] == ["play zh/callback-refused", "stay", "finished"]


@given(st.text(max_size=30))
def test_only_digits_of_a_number_reach_the_desk(text: str) -> None:
    assert dialable(text) == "" or re.fullmatch(r"\+?[0-9]{5,15}", dialable(text))


# --- voicemail ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [False, True])
def test_a_message_is_a_span_of_the_recording_also_when_it_ends_by_hanging_up(gone: bool) -> None:
    kept: list[Event] = []
    desk = NotedDesk()
    line = PlayedLine("2", span=RecordingSpan(21.5, 30.25, gone=gone))
    ended = run("out-of-hours", line, played_ports(callbacks=desk, keep=kept.append))
    assert ended == ("handed_over" if gone else "hangup")
    (left,) = kept
    assert isinstance(left, VoicemailLeft)
    assert (left.start_s, left.end_s, left.linkedid) == (21.5, 30.25, "s-1.0")
    assert left.call_id == call_id("songhua", "s-1.0")
    assert [asked["voicemail"] for asked in desk.asked] == [(21.5, 30.25)]
    assert [asked["reason"] for asked in desk.asked] == ["voicemail"]


def test_who_says_nothing_after_the_tone_reaches_a_person() -> None:
    kept: list[Event] = []
    line = PlayedLine("2", span=RecordingSpan(21.5, 21.9))
    assert run("out-of-hours", line, played_ports(keep=kept.append)) == "queue"
    assert kept == []


# --- survey ---------------------------------------------------------------------------------------------


def test_three_questions_are_answered_by_one_key_each() -> None:
    kept: list[Event] = []
    assert run("survey", PlayedLine("1", "2", "3"), played_ports(keep=kept.append)) == "hangup"
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "1", "solved": "2", "hotline": "3"}


@pytest.mark.parametrize(("gone_after", "answers"), [(2, 1), (3, 2), (4, 3)])
def test_hanging_up_in_the_survey_keeps_what_was_answered(gone_after: int, answers: int) -> None:
    kept: list[Event] = []
    line = PlayedLine("1", "2", "3", gone_after=gone_after)
    assert run("survey", line, played_ports(keep=kept.append)) == "handed_over"
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert len(survey.answers) == answers


def test_a_key_that_is_no_answer_is_asked_for_once_more_and_then_left_out() -> None:
    kept: list[Event] = []
    line = PlayedLine("9", "1", "8", "7", "3")
    run("survey", line, played_ports(keep=kept.append))
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "1", "hotline": "3"}


def test_a_survey_without_an_answer_is_none() -> None:
    kept: list[Event] = []
    run("survey", PlayedLine(), played_ports(keep=kept.append))
    assert kept == []


def test_the_survey_is_promised_to_the_dialplan_only_where_the_settings_or_the_flow_say_so() -> None:
    flow = load((FLOWS / "default.yaml").read_bytes()).flow
    line = PlayedLine()
    asyncio.run(FlowEngine(flow, Library(), played_ports(), survey_after=True).run(line))
    assert line.log[-3:] == ["queue hotline", "survey after", "finished"]


# --- position -------------------------------------------------------------------------------------------


def test_place_and_expected_wait_are_spoken_in_both_languages_where_they_are_known() -> None:
    ports = played_ports(figures=KnownFigures(12, 100))
    line = PlayedLine()
    run("waiting", line, ports)
    assert [entry.removeprefix("play zh/") for entry in line.log[:6]] == [
        "position-before", "number-12", "position-after", "wait-before", "count-2", "wait-minutes",
    ]  # fmt: skip
    english = PlayedLine()
    run("waiting", english, ports, replace(CALLER, language="en"))
    assert english.log[1] == "play en/number-12"


@pytest.mark.parametrize("wait_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_wait_that_nobody_knows_is_not_spoken_of(wait_s: float) -> None:
    assert expected_wait(wait_s) == []


@given(st.integers(-10, 10_000), st.floats(allow_nan=True))
def test_whatever_the_figures_only_prompts_that_exist_are_played(place: int, wait_s: float) -> None:
    known = {*NUMBER_PROMPTS, "wait-before", "wait-minutes", "wait-one-minute", "wait-long"}
    assert {*number(place), *count(place), *expected_wait(wait_s)} <= known


def test_numbers_are_composed_of_tens_and_ones() -> None:
    assert number(7) == ["digit-7"]
    assert number(10) == ["number-10"]
    assert number(20) == ["number-20"]
    assert number(21) == ["number-20", "digit-1"]
    assert number(99) == ["number-90", "digit-9"]
    assert number(0) == number(100) == []


# --- case status ----------------------------------------------------------------------------------------

GOOD = "7654321" + check_digit("7654321")
BAD = GOOD[:-1] + str((int(GOOD[-1]) + 1) % 10)


def test_a_wrong_check_digit_is_said_to_be_wrong_without_a_look_up() -> None:
    asked: list[str] = []

    async def status(code: str) -> str:
        asked.append(code)
        return "done"

    line = PlayedLine("1", BAD, GOOD)
    ports = played_ports(look_ups={"case-status": status}, checks={"case-code": is_code})
    assert run("status", line, ports) == "hangup"
    assert asked == [GOOD]
    assert line.log.count("play zh/case-code-wrong") == 1


def test_three_wrong_codes_lead_to_a_person_and_to_no_look_up() -> None:
    async def status(_code: str) -> str:
        raise AssertionError

    line = PlayedLine("1", BAD, BAD, BAD, GOOD)
    ports = played_ports(look_ups={"case-status": status}, checks={"case-code": is_code})
    assert run("status", line, ports) == "queue"


def test_a_number_that_tries_codes_for_an_hour_is_led_to_a_person() -> None:
    asked: list[str] = []

    async def status(code: str) -> str:
        asked.append(code)
        return "unknown"

    ports = played_ports(look_ups={"case-status": status}, checks={"case-code": is_code}, clock=ManualClock())
    engine = FlowEngine(load((FLOWS / "status.yaml").read_bytes()).flow, Library(), ports or played_ports())
    lines = [PlayedLine("1", GOOD) for _ in range(12)]
    for line in lines:
        assert asyncio.run(engine.run(line, CALLER)) == "queue"
    assert len(asked) == 10
    assert "play zh/case-too-many" in lines[-1].log
    other = PlayedLine("1", GOOD)
    asyncio.run(engine.run(other, replace(CALLER, number="13904510002")))
    assert len(asked) == 11


def test_the_limit_forgets_after_an_hour_and_holds_a_bounded_number_of_callers() -> None:
    clock = ManualClock()
    limit = HourlyLimit(2, clock)
    assert [limit.allow("1") for _ in range(3)] == [True, True, False]
    clock.advance(3600)
    assert limit.allow("1")
    for one in range(MOST_NUMBERS + 10):
        limit.allow(str(one))
    assert len(limit._asked) == MOST_NUMBERS  # the bound is what is tested


# --- malicious and silent callers, hours, priority ---------------------------------------------------


async def listed(_number: str) -> str:
    return "yes"


@pytest.mark.parametrize(("presses", "level"), [((), "priority 0"), (("1",), "priority 1")])
def test_a_malicious_caller_comes_last_and_still_reaches_a_person(
    presses: tuple[str, ...], level: str
) -> None:
    marks: list[Event] = []
    line = PlayedLine(*presses)
    assert run("default", line, played_ports(look_ups={"nuisance": listed}, keep=marks.append)) == "queue"
    assert level in line.log
    assert line.log[-2:] == ["queue hotline", "finished"]
    assert [getattr(mark, "mark", "") for mark in marks] == ["nuisance"]


@pytest.mark.parametrize(
    ("speaks", "level", "marked"), [("heard", False, False), ("pressed", True, True), ("silent", False, True)]
)
def test_a_silent_caller_reaches_an_agent_who_is_told(
    speaks: Literal["heard", "silent", "pressed"],
    level: bool,
    marked: bool,
) -> None:
    marks: list[Event] = []
    line = PlayedLine(speaks=speaks)
    assert run("silent", line, played_ports(keep=marks.append)) == "queue"
    assert ("priority 20" in line.log) == level
    assert bool(marks) == marked


@pytest.mark.parametrize(
    ("said", "level"),
    [("15", 15), ("0", 1), ("99", 20), ("-3", 1), ("x", 1), ("", 1), ("９", 1), ("9" * 400, 1)],
)
def test_a_priority_is_one_of_twenty_whatever_the_look_up_says(said: str, level: int) -> None:
    async def priority(number: str) -> str:
        assert number == CALLER.number
        return said

    line = PlayedLine()
    run("default", line, played_ports(look_ups={"priority": priority}))
    assert f"priority {level}" in line.log


class Broken:
    def is_open(self, at: datetime) -> bool:
        raise OSError

    def position(self, uniqueid: str) -> tuple[int, float] | None:
        raise OSError

    async def request(self, **_asked: object) -> Literal["accepted", "refused"]:
        raise OSError


# --- any flow, any keys -------------------------------------------------------------------------------

KEYS = st.text("0123456789*#", max_size=15) | st.sampled_from(["1", "2", "110", GOOD, BAD, "13904510001"])
ENDS = {"queue", "stay", "emergency", "hangup", "failed"}


async def broken_look_up(_about: str) -> str:
    raise OSError


def everything(broken: bool, keep: Callable[[Event], None]) -> IvrPorts:
    if broken:
        names = ("nuisance", "priority", "case-status")
        return played_ports(
            look_ups=dict.fromkeys(names, broken_look_up),
            callbacks=Broken(),
            figures=Broken(),
            hours=Broken(),
            keep=keep,
        )
    return played_ports(
        callbacks=NotedDesk(), figures=KnownFigures(3, 500), checks={"case-code": is_code}, keep=keep
    )


@given(
    st.sampled_from(NAMES),
    st.lists(KEYS, max_size=20),
    st.sampled_from(["heard", "silent", "pressed"]),
    st.booleans(),
    st.sampled_from(["yes", "no"]),
)
@settings(max_examples=300, deadline=None)
def test_any_flow_ends_within_bounds_whatever_is_pressed_and_whatever_fails(
    name: str,
    presses: list[str],
    speaks: Literal["heard", "silent", "pressed"],
    broken: bool,
    offer: str,
) -> None:
    line = PlayedLine(*presses, speaks=speaks, span=RecordingSpan(1.0, 9.0))
    kept: list[Event] = []
    how = run(name, line, everything(broken, kept.append), variables={"offer": offer})
    assert how in ENDS - {"failed"}
    assert line.log[-1] == "finished"
    assert len(line.log) < 200
    if broken and how == "hangup":
        assert name in ("survey", "status", "out-of-hours")


@given(st.sampled_from(NAMES), st.lists(KEYS, max_size=6), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_a_line_handed_over_at_any_moment_ends_without_another_word(
    name: str, presses: list[str], gone_after: int
) -> None:
    line = PlayedLine(*presses, gone_after=gone_after, span=RecordingSpan(1.0, 9.0))
    how = run(name, line, everything(broken=False, keep=lambda _event: None), variables=OFFER)
    assert len(line.log) <= gone_after
    assert ("finished" in line.log) == (how in ENDS)
