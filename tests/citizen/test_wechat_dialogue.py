"""The dialogue: photo, place, words, confirmation, in any order and with anything in between."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.channels.wechat import words
from citizen.channels.wechat.codec import WeChatMessage
from citizen.channels.wechat.dialogue import (
    DialogueState,
    FetchPicture,
    FileReport,
    ForgetPerson,
    Heard,
    HearVoice,
    Question,
    RateReport,
    ShowOwn,
    ShowReport,
    Turn,
    reduce,
)
from citizen.contract.report import MOST_PICTURES

NOW = datetime(2026, 12, 1, tzinfo=UTC)
START = DialogueState(at=NOW)
_keys = count()

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["0", "1", "2", "3", "3 5", "取消", "确认", "跳过", "English", "中文", "帮助", "进度", "评价 4",
         "删除我的信息", "公滨路5号", "井盖不见了", "R20261201-00001 abcdefghjk"]
    ),
)  # fmt: skip


def message(kind: str, **said: object) -> WeChatMessage:
    return WeChatMessage(f"k{next(_keys)}", "oPerson", "gh_1", 1, kind, **said)  # type: ignore[arg-type]


SIGNALS = st.one_of(
    TEXTS.map(lambda text: message("text", text=text)),
    TEXTS.map(lambda text: Heard(f"k{next(_keys)}", text)),
    st.integers(0, 5).map(lambda number: message("image", media_id=f"m{number}")),
    st.just(message("voice", media_id="v")),
    st.just(message("location", lat=45.7, lon=126.6, label="公滨路")),
    st.sampled_from(["subscribe", "unsubscribe", "click", "view", "location", "x"]).map(
        lambda event: message("event", event=event, event_key="report")
    ),
    st.sampled_from(["video", "link", "shortvideo", ""]).map(message),
)


def after(*signals: WeChatMessage | Heard | str) -> Turn:
    """The last turn of a dialogue; a text stands for a message."""
    turn = Turn(START)
    for one in signals:
        signal = message("text", text=one) if isinstance(one, str) else one
        turn = reduce(turn.state or START, signal)
    return turn


@given(st.lists(SIGNALS, max_size=30))
def test_whatever_comes_the_dialogue_goes_on(signals: list[WeChatMessage | Heard]) -> None:
    state: DialogueState = START
    for signal in signals:
        turn = reduce(state, signal)
        for one in turn.says:
            assert one.in_language("zh").strip()
            assert one.in_language("en").strip()
        for effect in turn.effects:
            if isinstance(effect, FileReport):
                report = effect.report
                assert report.text
                assert report.report_key
                assert report.place or report.point
                assert turn.state is not None
                assert turn.state.asks is None, "the next message begins anew"
            if isinstance(effect, FetchPicture):
                assert turn.state is not None
                assert effect.media_id in turn.state.pictures
        state = turn.state or START
        assert len(state.pictures) <= MOST_PICTURES
        assert DialogueState.model_validate_json(state.model_dump_json()) == state


def test_photo_place_words_and_confirmation_make_a_report() -> None:
    picture, place = message("image", media_id="m1"), message("location", lat=45.7, lon=126.6)
    assert after(picture).says == (words.GOT_PICTURE, words.ASK_PLACE)
    assert after(picture, place).says == (words.ASK_WHAT,)
    turn = after(picture, place, "井盖不见了")
    assert "井盖不见了" in turn.says[0].in_language("zh")
    (effect,) = after(picture, place, "井盖不见了", "晚上看不见", "1").effects
    assert isinstance(effect, FileReport)
    assert effect.report.text == "井盖不见了\n晚上看不见"
    assert effect.report.pictures == ("m1",)
    assert effect.report.report_key == picture.key
    assert effect.report.point is not None
    assert effect.report.point.datum == "GCJ-02"


def test_words_alone_make_a_report() -> None:
    turn = after("公滨路的路灯不亮", "跳过", "公滨路5号")
    assert turn.state is not None
    assert turn.state.asks is Question.CONFIRM
    assert (turn.state.text, turn.state.place) == ("公滨路的路灯不亮", "公滨路5号")


def test_it_is_cancelled_and_begun_again() -> None:
    assert after("1", "跳过", "公滨路5号", "0").says == (words.CANCELLED,)
    begun = after("1", "跳过", "公滨路5号", "井盖不见了", "2").state
    assert begun is not None
    assert (begun.asks, begun.text, begun.place) == (Question.PHOTO, "", "")


@pytest.mark.parametrize("asked", ["2", "进度", "progress", "查询。"])
def test_progress_is_asked(asked: str) -> None:
    assert after(asked).effects == (ShowOwn(),)
    assert after("r20261201-00001 ABCDEFGHJK").effects == (ShowReport("R20261201-00001", "abcdefghjk"),)


@pytest.mark.parametrize(
    ("said", "rating"),
    [
        ("3 5", RateReport(5, None, "")),
        ("评价4星，已解决，谢谢", RateReport(4, True, "已解决，谢谢")),
        ("评价 1 没解决", RateReport(1, False, "没解决")),
        ("rate 2 not solved", RateReport(2, False, "not solved")),
    ],
)
def test_a_rating_is_understood(said: str, rating: RateReport) -> None:
    assert after(said).effects == (rating,)


@pytest.mark.parametrize("said", ["3 6", "35米长的护栏倒了", "3 50 米"])
def test_what_only_looks_like_a_rating_is_none(said: str) -> None:
    assert not any(isinstance(one, RateReport) for one in after(said).effects)


def test_a_voice_message_is_listened_to_and_its_words_go_on() -> None:
    turn = after(message("voice", media_id="v1"))
    assert [type(one) for one in turn.effects] == [HearVoice]
    assert after("1", "跳过", "公滨路5号", Heard("h", "")).says == (words.NOT_HEARD,)
    turn = after("1", "跳过", "公滨路5号", Heard("h", "井盖不见了"))
    assert turn.state is not None
    assert turn.state.text == "井盖不见了"


def test_who_leaves_or_asks_for_it_is_forgotten() -> None:
    for turn in (after("1", message("event", event="unsubscribe")), after("1", "删除我的信息")):
        assert turn.state is None
        assert turn.effects == (ForgetPerson(),)


def test_a_fourth_photo_is_not_kept() -> None:
    turn = after(*(message("image", media_id=f"m{number}") for number in range(4)))
    assert words.ENOUGH_PICTURES in turn.says
    assert not turn.effects
