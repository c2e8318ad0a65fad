"""The talk button of the command line without a broker: what comes from outside, and wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from core.ids import uuid7
from gateway.mqtt import BrokerSettings, Received
from gateway.unit_cli.button import ButtonState, PttMessage
from gateway.unit_cli.commands import app
from gateway.unit_cli.talk import News, TalkAnnouncement, TerminalFloor
from radio_bridge.floor.messages import Ptt

UNIT, GROUP = "app:17", "app:daoli"


def made(news: list[News]) -> TerminalFloor:
    return TerminalFloor(BrokerSettings(tenant="harbin"), uid=UNIT, groups=[GROUP, GROUP], tell=news.append)


async def test_without_a_broker_the_button_is_not_pressed() -> None:
    news: list[News] = []
    talk = made(news)
    assert talk.press(GROUP) is None
    assert (news, talk.pressed) == ([ButtonState("silent")], False)


async def test_a_release_names_the_press_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Ptt] = []

    async def publish(topic: str, payload: bytes, **_options: object) -> None:
        assert topic == "v1/harbin/unit/app:17/up/ptt"
        said.append(Ptt.model_validate_json(payload))

    talk = made([])
    monkeypatch.setattr(talk.link, "publish", publish)
    press = uuid7()
    for action in ("request", "talking", "release"):
        await talk._publish(GROUP, PttMessage(action, press, token="t"))
    request, talking, release = said
    assert (request.msg_id, request.of) == (press, None)
    assert (talking.of, talking.token) == (None, "t")
    assert release.of == press
    assert len({one.msg_id for one in said}) == 3


async def test_who_talks_and_whether_anybody_keeps_the_floor_is_told() -> None:
    news: list[News] = []
    talk = made(news)
    start = (
        b'{"ts": "2026-01-01T00:00:00Z", "talkgroup": "app:daoli", "event": "start", "talker": {"party":'
        b' "dispatch", "name": "dispatch", "priority": 10, "since": "2026-01-01T00:00:00Z"}}'
    )
    await talk._on_talker(Received("t", start))
    for there in (b'{"online": true}', b'{"online": true}', b'{"online": false}', b""):
        await talk._on_presence(Received("t", there))
    assert news == [
        TalkAnnouncement("start", GROUP, "dispatch", "dispatch"),
        TalkAnnouncement("there"),
        TalkAnnouncement("away"),
    ]


@given(st.sampled_from(["_on_grant", "_on_talker", "_on_presence"]), st.binary(max_size=300))
async def test_any_bytes_open_no_microphone(way: str, payload: bytes) -> None:
    talk = made([])
    await getattr(talk, way)(Received("t", payload))
    assert not talk.on_air


@pytest.mark.parametrize(
    "words",
    [["talk", "daoli"], ["talk", "app:#"], ["run", "--group", "daoli"], ["talk", GROUP, "--seconds", "0"]],
)
def test_wrong_use_is_said(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SONGHUA_UNIT_PASSWORD", "x")
    result = CliRunner().invoke(app, [*words, "--uid", UNIT])
    assert result.exit_code == 2, result.output
