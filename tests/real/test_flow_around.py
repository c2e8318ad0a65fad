"""Around the call: the survey after it, out of hours, a voicemail, how a case stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.life.numbers import check_digit, is_code
from core.events import Event
from ivr.events import SurveyAnswered, VoicemailLeft
from ivr.ports import IvrPorts
from ivr.settings import FlowCondition, IvrSettings
from tests.peers import audio
from tests.real.flow_stage import LONGEST_SILENCE, FlowStage, NotedDesk
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(150)]

VOICE = 1000.0
SPEAKS_S = 3.0
CODE = "7654321" + check_digit("7654321")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowStage]:
    with FlowStage(tmp_path_factory.mktemp("stage"), phone=True) as stage:
        yield stage


@pytest.fixture
def stage(shared: FlowStage) -> Iterator[FlowStage]:
    yield shared
    shared.clear()


def closed(folder: Path) -> IvrSettings:
    """Open on no day of the week."""
    file = folder / "hours.toml"
    file.write_text("[weekly]\nmonday = []\n")
    return IvrSettings(hours=file)


def talking(stage: FlowStage) -> str:
    """Wait until the agent's leg is up; its channel."""
    stage.member()

    def up() -> bool:
        rows = stage.switch.rx("core show channels concise").splitlines()
        return any(row.startswith("PJSIP/agent-1") and "!Up!" in row for row in rows)

    wait_for(up, "talk", 20)
    return stage.channel("PJSIP/agent-1")


def test_when_the_agent_hangs_up_three_questions_are_answered_and_kept(stage: FlowStage) -> None:
    kept: list[Event] = []
    stage.serve(IvrSettings(survey=True), IvrPorts(keep=kept.append))
    citizen = stage.dial()
    stage.reached("Queue(")
    stage.switch.rx(f"channel request hangup {talking(stage)}")
    for prompt, key in (("survey-agent", "1"), ("survey-solved", "2"), ("survey-hotline", "3")):
        stage.reached(f"/zh/{prompt}")
        citizen.press(key)
    stage.reached("/zh/survey-thanks", "end@reach:1]")
    assert citizen.wait(10) == 0
    heard = citizen.heard()[audio.RATE :]
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "1", "solved": "2", "hotline": "3"}
    assert survey.language == "zh"
    assert audio.longest_silence(heard) <= LONGEST_SILENCE


def test_who_hangs_up_in_the_survey_is_kept_with_what_he_answered(stage: FlowStage) -> None:
    kept: list[Event] = []
    stage.serve(IvrSettings(survey=True), IvrPorts(keep=kept.append))
    citizen = stage.dial()
    stage.reached("Queue(")
    stage.switch.rx(f"channel request hangup {talking(stage)}")
    stage.reached("/zh/survey-agent")
    citizen.press("3")
    stage.reached("/zh/survey-solved")
    citizen.hang_up()
    wait_for(lambda: kept, "survey")
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "3"}


def test_no_survey_when_the_citizen_hangs_up_or_nobody_answered(stage: FlowStage) -> None:
    kept: list[Event] = []
    stage.serve(IvrSettings(survey=True), IvrPorts(keep=kept.append))
    abandons = stage.dial()
    stage.reached("Queue(")
    abandons.hang_up()
    stage.switch.wait_idle()
    citizen = stage.dial()
    stage.reached("Queue(", "Queue(")
    talking(stage)
    citizen.hang_up()
    stage.switch.wait_idle()
    assert "bye@reach" not in stage.steps()
    assert "FLOW_KIND=survey" not in stage.steps()
    assert kept == []


def test_out_of_hours_a_callback_is_asked_for_by_keys(stage: FlowStage, tmp_path: Path) -> None:
    desk = NotedDesk()
    stage.serve(closed(tmp_path), IvrPorts(callbacks=desk))
    citizen = stage.dial(number="13904510066")
    stage.reached("/zh/closed-now", "/zh/closed-choice")
    citizen.press("1")
    stage.reached("/zh/callback-check")
    citizen.press("1")
    stage.reached("/zh/callback-confirmed", "/zh/goodbye", "end@reach:1]")
    assert citizen.wait(10) == 0
    assert "Queue(" not in stage.steps()
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [(asked["number"], asked["reason"]) for asked in desk.asked] == [("13904510066", "out-of-hours")]


@pytest.mark.parametrize("ended_by", ["key", "silence", "hang-up"])
def test_a_voicemail_is_the_span_of_the_recording_in_which_he_spoke(
    stage: FlowStage, tmp_path: Path, ended_by: str
) -> None:
    kept: list[Event] = []
    desk = NotedDesk()
    stage.serve(closed(tmp_path), IvrPorts(callbacks=desk, keep=kept.append))
    citizen = stage.dial()
    stage.reached("/zh/closed-choice")
    citizen.press("2")
    stage.reached("BackgroundDetect(")
    time.sleep(0.5)  # the tone after which he speaks
    citizen.handset.speak(VOICE, SPEAKS_S)
    time.sleep(SPEAKS_S + 0.5)
    if ended_by == "key":
        citizen.press("#")
    if ended_by == "hang-up":
        citizen.hang_up()
    wait_for(lambda: kept, "voicemail", 20)
    if ended_by != "hang-up":
        stage.reached("/zh/voicemail-kept", "end@reach:1]")
        assert citizen.wait(10) == 0
    stage.switch.wait_idle()
    recorded = audio.read_alaw(next(stage.switch.recordings.rglob("*-in.alaw")))
    (left,) = kept
    assert isinstance(left, VoicemailLeft)
    start, end = int(left.start_s * audio.RATE), int(left.end_s * audio.RATE)
    assert audio.tone_seconds(recorded[start:end], VOICE) >= SPEAKS_S - 0.5
    assert audio.tone_seconds(recorded[:start], VOICE) == 0
    assert audio.tone_seconds(recorded[end:], VOICE) <= 0.2
    assert SPEAKS_S <= left.end_s - left.start_s <= SPEAKS_S + 2.5
    assert [asked["voicemail"] for asked in desk.asked] == [(left.start_s, left.end_s)]


def test_how_a_case_stands_is_told_for_a_code_with_the_right_check_digit(stage: FlowStage) -> None:
    asked: list[str] = []

    async def status(code: str) -> str:
        asked.append(code)
        return "done"

    ports = IvrPorts(look_ups={"case-status": status}, checks={"case-code": is_code})
    stage.serve(IvrSettings(entries=(FlowCondition(flow="status", called="12319"),)), ports)
    citizen = stage.dial(called="12319")
    stage.reached("/zh/language-choice")
    citizen.press("2")
    stage.reached("/en/case-code-ask")
    wrong = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)
    citizen.press(wrong)
    stage.reached("/en/case-code-wrong", "/en/case-code-ask")
    citizen.press(CODE)
    stage.reached("/en/case-done", "/en/goodbye", "end@reach:1]")
    assert citizen.wait(10) == 0
    assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert asked == [CODE]


@pytest.mark.parametrize(("key", "language"), [("1", "zh"), ("2", "en")])
def test_a_cancelled_case_is_announced_as_cancelled_and_a_person_can_be_asked(
    stage: FlowStage, key: str, language: str
) -> None:
    async def status(_: str) -> str:
        return "cancelled"

    ports = IvrPorts(look_ups={"case-status": status}, checks={"case-code": is_code})
    stage.serve(IvrSettings(entries=(FlowCondition(flow="status", called="12319"),)), ports)
    citizen = stage.dial(called="12319")
    stage.reached("/zh/language-choice")
    citizen.press(key)
    stage.reached(f"/{language}/case-code-ask")
    citizen.press(CODE)
    stage.reached(f"/{language}/case-cancelled", f"/{language}/connecting-person")
    citizen.hang_up()
