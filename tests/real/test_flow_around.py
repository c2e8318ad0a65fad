"""Around the call: the survey after it, out of hours, a voicemail, how a case stands, a silent caller."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from cases.life.numbers import check_digit, is_code
from core.events import Event
from ivr.events import CallerMarked, SurveyAnswered, VoicemailLeft
from ivr.ports import IvrPorts
from ivr.settings import Entry, IvrSettings
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.real.flow_stage import Stage

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

LONGEST_SILENCE = 5.0
VOICE = 1000.0
CODE = "7654321" + check_digit("7654321")


class NotedDesk:
    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    async def request(self, **asked: object) -> Literal["accepted", "refused"]:
        self.asked.append(asked)
        return "accepted"


def until(done: Callable[[], object], what: str, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            raise PeerFailed(f"no {what} within {timeout} s")
        time.sleep(0.05)


def closed(folder: Path) -> IvrSettings:
    """Open on no day of the week."""
    file = folder / "hours.toml"
    file.write_text("[weekly]\nmonday = []\n")
    return IvrSettings(hours=file)


def talking(stage: Stage) -> str:
    """Wait until the agent's leg is up; its channel."""
    stage.member()
    until(lambda: "Up" in "".join(r for r in rows(stage) if r.startswith("PJSIP/agent-1")), "talk", 20)
    return stage.channel("PJSIP/agent-1")


def rows(stage: Stage) -> list[str]:
    return stage.switch.rx("core show channels concise").splitlines()


def test_when_the_agent_hangs_up_three_questions_are_answered_and_kept(tmp_path: Path) -> None:
    kept: list[Event] = []
    with Stage(
        tmp_path, settings=IvrSettings(survey=True), ports=IvrPorts(keep=kept.append), phone=True
    ) as stage:
        citizen = stage.dial(seconds=90)
        stage.reached("Queue(")
        stage.switch.rx(f"channel request hangup {talking(stage)}")
        for prompt, key in (("survey-agent", "1"), ("survey-solved", "2"), ("survey-hotline", "3")):
            stage.reached(f"/zh/{prompt}", timeout=30)
            time.sleep(0.5)
            citizen.press(key)
        stage.reached("/zh/survey-thanks", "end@reach:1]", timeout=30)
        assert citizen.wait(10) == 0
        heard = citizen.heard()[audio.RATE :]
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "1", "solved": "2", "hotline": "3"}
    assert survey.language == "zh"
    assert audio.longest_silence(heard) <= LONGEST_SILENCE


def test_who_hangs_up_in_the_survey_is_kept_with_what_he_answered(tmp_path: Path) -> None:
    kept: list[Event] = []
    with Stage(
        tmp_path, settings=IvrSettings(survey=True), ports=IvrPorts(keep=kept.append), phone=True
    ) as stage:
        citizen = stage.dial(seconds=90)
        stage.reached("Queue(")
        stage.switch.rx(f"channel request hangup {talking(stage)}")
        stage.reached("/zh/survey-agent", timeout=30)
        time.sleep(0.5)
        citizen.press("3")
        stage.reached("/zh/survey-solved", timeout=30)
        citizen.hang_up()
        until(lambda: kept, "survey")
    (survey,) = kept
    assert isinstance(survey, SurveyAnswered)
    assert survey.answers == {"agent": "3"}


def test_no_survey_when_the_citizen_hangs_up_or_nobody_answered(tmp_path: Path) -> None:
    kept: list[Event] = []
    with Stage(
        tmp_path, settings=IvrSettings(survey=True), ports=IvrPorts(keep=kept.append), phone=True
    ) as stage:
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


def test_out_of_hours_a_callback_is_asked_for_by_keys(tmp_path: Path) -> None:
    desk = NotedDesk()
    with Stage(tmp_path, settings=closed(tmp_path), ports=IvrPorts(callbacks=desk)) as stage:
        citizen = stage.dial(number="13904510066", seconds=90)
        stage.reached("/zh/closed-now", "/zh/closed-choice")
        time.sleep(1)
        citizen.press("1")
        stage.reached("/zh/callback-check", timeout=40)
        citizen.press("1")
        stage.reached("/zh/callback-confirmed", "/zh/goodbye", "end@reach:1]", timeout=30)
        assert citizen.wait(10) == 0
        assert "Queue(" not in stage.steps()
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert [(asked["number"], asked["reason"]) for asked in desk.asked] == [("13904510066", "out-of-hours")]


@pytest.mark.parametrize("ended_by", ["key", "silence", "hang-up"])
def test_a_voicemail_is_the_span_of_the_recording_in_which_he_spoke(tmp_path: Path, ended_by: str) -> None:
    kept: list[Event] = []
    desk = NotedDesk()
    ports = IvrPorts(callbacks=desk, keep=kept.append)
    with Stage(tmp_path, settings=closed(tmp_path), ports=ports) as stage:
        citizen = stage.dial(seconds=90)
        stage.reached("/zh/closed-choice")
        time.sleep(1)
        citizen.press("2")
        stage.reached("BackgroundDetect(", timeout=30)
        time.sleep(0.5)
        citizen.handset.speak(VOICE, 4)
        time.sleep(4.5)
        if ended_by == "key":
            citizen.press("#")
        if ended_by == "hang-up":
            citizen.hang_up()
        until(lambda: kept, "voicemail", 20)
        if ended_by != "hang-up":
            stage.reached("/zh/voicemail-kept", "end@reach:1]", timeout=30)
            assert citizen.wait(10) == 0
        stage.switch.wait_idle()
        recorded = audio.read_alaw(next(stage.switch.recordings.rglob("*-in.alaw")))
    (left,) = kept
    assert isinstance(left, VoicemailLeft)
    start, end = int(left.start_s * audio.RATE), int(left.end_s * audio.RATE)
    assert audio.tone_seconds(recorded[start:end], VOICE) >= 3.5
    assert audio.tone_seconds(recorded[:start], VOICE) == 0
    assert audio.tone_seconds(recorded[end:], VOICE) <= 0.2
    assert 4.0 <= left.end_s - left.start_s <= 6.5
    assert [asked["voicemail"] for asked in desk.asked] == [(left.start_s, left.end_s)]


def test_how_a_case_stands_is_told_for_a_code_with_the_right_check_digit(tmp_path: Path) -> None:
    asked: list[str] = []

    async def status(code: str) -> str:
        asked.append(code)
        return "done"

    ports = IvrPorts(look_ups={"case-status": status}, checks={"case-code": is_code})
    settings = IvrSettings(entries=(Entry(flow="status", called="12319"),))
    with Stage(tmp_path, settings=settings, ports=ports) as stage:
        citizen = stage.dial(called="12319", seconds=90)
        stage.reached("/zh/language-choice")
        time.sleep(0.5)
        citizen.press("2")
        stage.reached("/en/case-code-ask")
        time.sleep(0.5)
        wrong = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)
        citizen.press(wrong)
        stage.reached("/en/case-code-wrong", "/en/case-code-ask", timeout=30)
        time.sleep(0.5)
        citizen.press(CODE)
        stage.reached("/en/case-done", "/en/goodbye", "end@reach:1]", timeout=30)
        assert citizen.wait(10) == 0
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
    assert asked == [CODE]


@pytest.mark.parametrize(("does", "priority"), [("speaks", ""), ("presses", "20"), ("nothing", "")])
def test_a_silent_caller_is_asked_and_reaches_an_agent_marked(
    tmp_path: Path, does: str, priority: str
) -> None:
    kept: list[Event] = []
    with Stage(tmp_path, ports=IvrPorts(keep=kept.append), round_seconds=60) as stage:
        citizen = stage.dial(seconds=60)
        stage.reached("Queue(")
        channel = stage.channel("PJSIP/trunk")
        stage.redirect(channel, "reach", "silent")
        stage.reached("silent@reach:1]", "/zh/silent-ask")
        time.sleep(1)
        if does == "speaks":
            citizen.handset.speak(VOICE, 1)
        if does == "presses":
            citizen.press("1")
        stage.reached("silent@reach:1]", "silent-done@reach:1]", "Queue(", timeout=30)
        shown = stage.switch.rx(f"core show channel {channel}")
        assert f"FLOW_PRIORITY={priority}\n" in shown if priority else "FLOW_PRIORITY=20" not in shown
        assert audio.longest_silence(citizen.heard()[audio.RATE :]) <= LONGEST_SILENCE
        citizen.hang_up()
    assert [mark.mark for mark in kept if isinstance(mark, CallerMarked)] == (
        [] if does == "speaks" else ["silent"]
    )
