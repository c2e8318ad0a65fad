"""The key of a patched telephone: whatever is pressed and answered in whatever order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.switch.patches.key import (
    Effect,
    FloorDecision,
    KeyAlive,
    KeyDown,
    KeyUp,
    PlayTone,
    ReleaseFloor,
    RequestFloor,
    Signal,
    TelephoneKey,
    apply,
)

FIRST, SECOND = UUID(int=1), UUID(int=2)


def play(*signals: Signal) -> tuple[TelephoneKey, list[Effect]]:
    key = TelephoneKey()
    said: list[Effect] = []
    for signal in signals:
        key, effects = apply(key, signal)
        said += effects
    return key, said


def test_pressed_granted_and_let_go_is_told_by_tones() -> None:
    key, said = play(
        KeyDown(FIRST), FloorDecision(FIRST, "granted"), KeyAlive(), FloorDecision(FIRST, "granted"), KeyUp()
    )
    assert said == [
        RequestFloor(FIRST),
        PlayTone("granted"),
        RequestFloor(FIRST),
        ReleaseFloor(FIRST),
        PlayTone("over"),
    ]
    assert key == TelephoneKey()


def test_a_telephone_that_is_queued_hears_it_and_is_granted_later() -> None:
    _, said = play(KeyDown(FIRST), FloorDecision(FIRST, "queued"), FloorDecision(FIRST, "granted"))
    assert said == [RequestFloor(FIRST), PlayTone("queued"), PlayTone("granted")]


def test_denied_and_revoked_need_a_new_press() -> None:
    for result in ("denied", "revoked"):
        key, said = play(KeyDown(FIRST), FloorDecision(FIRST, result), KeyAlive())
        assert key == TelephoneKey()
        assert said == [RequestFloor(FIRST), PlayTone("denied")]
        _, said = play(
            KeyDown(FIRST), FloorDecision(FIRST, "granted"), FloorDecision(FIRST, result), KeyDown(SECOND)
        )
        assert said[-2:] == [PlayTone("over"), RequestFloor(SECOND)]


def test_an_answer_to_an_older_press_changes_nothing() -> None:
    key, said = play(KeyDown(FIRST), KeyUp(), KeyDown(SECOND), FloorDecision(FIRST, "granted"))
    assert not key.granted
    assert said == [RequestFloor(FIRST), ReleaseFloor(FIRST), RequestFloor(SECOND)]


ids = st.sampled_from([FIRST, SECOND, UUID(int=3)])
signals = st.one_of(
    st.builds(KeyDown, ids),
    st.just(KeyUp()),
    st.just(KeyAlive()),
    st.builds(FloorDecision, ids, st.sampled_from(["granted", "queued", "denied", "revoked", "released"])),
)


@given(st.lists(signals, max_size=60))
def test_nothing_is_asked_for_without_a_press_and_who_lets_go_is_not_on_the_air(steps: list[Signal]) -> None:
    key = TelephoneKey()
    for signal in steps:
        before = key
        key, effects = apply(key, signal)
        if key.granted:
            assert key.op_id is not None
        asked = [effect.op_id for effect in effects if isinstance(effect, RequestFloor)]
        assert all(op_id == key.op_id for op_id in asked)
        if isinstance(signal, KeyUp):
            assert key == TelephoneKey()
            assert before.op_id is None or effects[0] == ReleaseFloor(before.op_id)
        if key.granted and not before.granted:
            assert PlayTone("granted") in effects
        if before.granted and not key.granted:
            assert PlayTone("over") in effects
