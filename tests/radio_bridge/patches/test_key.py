"""The key of a patched telephone: whatever is pressed and answered in whatever order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.switch.patches.key import (
    Alive,
    Ask,
    Down,
    Effect,
    Key,
    LetGo,
    Signal,
    Sound,
    Told,
    Up,
    apply,
)

FIRST, SECOND = UUID(int=1), UUID(int=2)


def play(*signals: Signal) -> tuple[Key, list[Effect]]:
    key = Key()
    said: list[Effect] = []
    for signal in signals:
        key, effects = apply(key, signal)
        said += effects
    return key, said


def test_pressed_granted_and_let_go_is_told_by_tones() -> None:
    key, said = play(Down(FIRST), Told(FIRST, "granted"), Alive(), Told(FIRST, "granted"), Up())
    assert said == [Ask(FIRST), Sound("granted"), Ask(FIRST), LetGo(FIRST), Sound("over")]
    assert key == Key()


def test_a_telephone_that_is_queued_hears_it_and_is_granted_later() -> None:
    _, said = play(Down(FIRST), Told(FIRST, "queued"), Told(FIRST, "granted"))
    assert said == [Ask(FIRST), Sound("queued"), Sound("granted")]


def test_denied_and_revoked_need_a_new_press() -> None:
    for result in ("denied", "revoked"):
        key, said = play(Down(FIRST), Told(FIRST, result), Alive())
        assert key == Key()
        assert said == [Ask(FIRST), Sound("denied")]
        _, said = play(Down(FIRST), Told(FIRST, "granted"), Told(FIRST, result), Down(SECOND))
        assert said[-2:] == [Sound("over"), Ask(SECOND)]


def test_an_answer_to_an_older_press_changes_nothing() -> None:
    key, said = play(Down(FIRST), Up(), Down(SECOND), Told(FIRST, "granted"))
    assert not key.granted
    assert said == [Ask(FIRST), LetGo(FIRST), Ask(SECOND)]


ids = st.sampled_from([FIRST, SECOND, UUID(int=3)])
signals = st.one_of(
    st.builds(Down, ids),
    st.just(Up()),
    st.just(Alive()),
    st.builds(Told, ids, st.sampled_from(["granted", "queued", "denied", "revoked", "released"])),
)


@given(st.lists(signals, max_size=60))
def test_nothing_is_asked_for_without_a_press_and_who_lets_go_is_not_on_the_air(steps: list[Signal]) -> None:
    key = Key()
    for signal in steps:
        before = key
        key, effects = apply(key, signal)
        if key.granted:
            assert key.op_id is not None
        asked = [effect.op_id for effect in effects if isinstance(effect, Ask)]
        assert all(op_id == key.op_id for op_id in asked)
        if isinstance(signal, Up):
            assert key == Key()
            assert before.op_id is None or effects[0] == LetGo(before.op_id)
        if key.granted and not before.granted:
            assert Sound("granted") in effects
        if before.granted and not key.granted:
            assert Sound("over") in effects
