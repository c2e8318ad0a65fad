"""The button of a terminal: the microphone opens at its own grant alone, and never stays open."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from core.ids import uuid7
from gateway.unit_cli.button import (
    ANSWER_S,
    ASK_AGAIN_S,
    WAIT_SILENT_S,
    Button,
    ButtonState,
    ButtonStep,
    PttMessage,
)
from gateway.unit_cli.words import CAUSES
from radio_bridge.floor.messages import GrantMessage
from radio_bridge.floor.model import Cause

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = "app:daoli"
LIMIT_S, ALIVE_S, DEAD_S = 60.0, 0.5, 2.0


def grant(of: UUID | None, result: str = "granted", **more: object) -> GrantMessage:
    lasting = {"limit_s": LIMIT_S, "alive_every_s": ALIVE_S, "dead_key_s": DEAD_S}
    fields = {"ts": NOW, "talkgroup": GROUP, "of": of, "result": result, "token": "t"}
    return GrantMessage.model_validate({**fields, **(lasting if result == "granted" else {}), **more})


def is_open(button: Button) -> bool:
    return button.on_air


def talking(at: float = 0.0) -> tuple[Button, UUID]:
    button, request = Button(), uuid7()
    button.press(request, at)
    assert button.hear(grant(request), at).told == ButtonState("granted", limit_s=LIMIT_S)
    return button, request


def test_a_press_asks_and_opens_nothing() -> None:
    button, request = Button(), uuid7()
    assert button.press(request, 0) == ButtonStep((PttMessage("request", request),))
    assert (button.pressed, is_open(button)) == (True, False)
    assert button.press(uuid7(), 0) == ButtonStep()


def test_the_grant_of_this_press_opens_and_letting_go_closes_at_once() -> None:
    button, request = talking()
    assert is_open(button)
    assert button.let_go() == ButtonStep((PttMessage("release", request),))
    assert not is_open(button)
    assert button.hear(grant(request, "released"), 1) == ButtonStep()


def test_the_grant_of_another_terminal_of_the_unit_opens_nothing_and_is_left_alone() -> None:
    button = Button()
    assert button.hear(grant(uuid7()), 0) == ButtonStep()
    button.press(uuid7(), 0)
    assert button.hear(grant(uuid7()), 0) == ButtonStep()
    assert not is_open(button)


def test_a_grant_that_comes_after_the_button_was_let_go_is_given_back() -> None:
    button, request = Button(), uuid7()
    button.press(request, 0)
    button.let_go()
    assert button.hear(grant(request), 0.5) == ButtonStep((PttMessage("release", request),))
    assert not is_open(button)
    # Also when it is pressed anew by then.
    button.press(uuid7(), 1)
    assert button.hear(grant(request), 1.5) == ButtonStep((PttMessage("release", request),))
    assert not is_open(button)


def test_signs_of_life_are_said_and_their_answers_keep_the_microphone_open() -> None:
    button, request = talking()
    at = 0.0
    for _ in range(20):
        at += ALIVE_S
        assert button.tick(at) == ButtonStep((PttMessage("talking", request, token="t"),))
        assert button.hear(grant(request, limit_s=LIMIT_S - at), at) == ButtonStep()
    assert is_open(button)


def test_without_an_answer_the_microphone_closes() -> None:
    button, request = talking()
    for number in range(1, 4):
        button.tick(number * ALIVE_S)
    assert button.tick(DEAD_S) == ButtonStep((PttMessage("release", request),), ButtonState("silent"))
    assert not is_open(button)


def test_when_the_time_is_up_it_closes_by_itself() -> None:
    button, request = Button(), uuid7()
    button.press(request, 0)
    button.hear(grant(request, limit_s=1.0), 0)
    assert button.tick(1.0) == ButtonStep(
        (PttMessage("release", request),), ButtonState("revoked", "time_out")
    )


def test_what_is_taken_away_by_request_or_by_token_closes() -> None:
    for of in (True, False):
        button, request = talking()
        told = button.hear(grant(request if of else None, "revoked", cause="pre_empted"), 1).told
        assert told == ButtonState("revoked", "pre_empted")
        assert not is_open(button)
    button, _ = talking()
    button.hear(grant(None, "revoked", token="another"), 1)
    assert is_open(button)


def test_who_waits_asks_again_and_gives_up_when_nobody_answers() -> None:
    button, request = Button(), uuid7()
    button.press(request, 0, emergency=True)
    assert button.hear(grant(request, "queued", position=2), 0.1).told == ButtonState("queued", position=2)
    again = ButtonStep((PttMessage("request", request, emergency=True),))
    assert button.tick(ASK_AGAIN_S) == again
    assert button.hear(grant(request, "queued", position=1), 2.1).told == ButtonState("queued", position=1)
    assert button.tick(2 * ASK_AGAIN_S) == again
    assert button.tick(2.1 + WAIT_SILENT_S).told == ButtonState("silent")
    assert not button.pressed


def test_a_press_that_nobody_answers_is_over() -> None:
    button, request = Button(), uuid7()
    button.press(request, 0)
    assert button.due() == ANSWER_S
    assert button.tick(ANSWER_S) == ButtonStep((PttMessage("release", request),), ButtonState("silent"))


def test_a_grant_without_an_end_is_not_taken() -> None:
    for lacks in ("limit_s", "alive_every_s", "dead_key_s"):
        button, request = Button(), uuid7()
        button.press(request, 0)
        endless = grant(request).model_copy(update={lacks: None})
        assert button.hear(endless, 0).told == ButtonState("denied")
        assert not is_open(button)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["press", "let_go", "granted", "queued", "denied", "revoked", "released", "tick"]),
        st.integers(0, 3),
        st.floats(0, 3),
    ),
    max_size=60,
)


@given(ACTS)
@example([("press", 0, 0.0), ("granted", 0, 0.0), ("granted", 0, 3.0)])
def test_in_any_order_it_never_stays_open_unanswered(acts: list[tuple[str, int, float]]) -> None:
    button, requests, at, answered = Button(), [uuid7() for _ in range(4)], 0.0, 0.0
    for act, which, pause in acts:
        at += pause
        request = requests[which]
        match act:
            case "press":
                button.press(request, at)
            case "let_go":
                button.let_go()
                assert not is_open(button)
            case "tick":
                button.tick(at)
            case result:
                before = is_open(button)
                button.hear(grant(request, result, limit_s=LIMIT_S if result == "granted" else None), at)
                answered = at if result == "granted" else answered
                assert before or not is_open(button) or result == "granted"
        if is_open(button):
            due = button.due()
            assert due is not None
            assert due <= answered + DEAD_S
    for _ in range(10):
        due = button.due()
        if due is None:
            break
        at = max(at, due)
        button.tick(at)
    assert not button.pressed


def test_every_cause_has_words() -> None:
    assert set(CAUSES) == {cause.value for cause in Cause if cause.value}


def test_nobody_keeps_the_floors_any_more_closes_at_once_and_leaves_who_only_waits() -> None:
    button, request = talking()
    assert button.abandoned() == ButtonStep((PttMessage("release", request),), ButtonState("silent"))
    assert not is_open(button)
    assert button.abandoned() == ButtonStep()
    button.press(uuid7(), 1)
    assert button.abandoned() == ButtonStep()
    assert button.pressed
