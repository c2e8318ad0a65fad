"""The key by voice: whatever the switch says in whatever order, nobody stays keyed who is silent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.switch.patches.voice import (
    SILENT_FOR_S,
    STANDS_S,
    Move,
    VoiceOperatedKey,
    heard,
    look,
    lost,
)

HANG_S = 0.6
STEP_S = 0.05


class Telephone:
    def __init__(self, *, hang_s: float = HANG_S) -> None:
        self.voice, self.at, self.is_open, self.hang_s = VoiceOperatedKey(), 0.0, True, hang_s
        self.moves: list[tuple[float, Move]] = []

    def says(self, *, speaks: bool) -> None:
        self.voice, move = heard(self.voice, self.at, speaks=speaks)
        self._note(move)

    def wait(self, seconds: float) -> None:
        until = self.at + seconds
        while self.at < until - 1e-9:
            self.at = min(until, self.at + STEP_S)
            self.voice, move = look(self.voice, self.at, is_open=self.is_open, hang_s=self.hang_s)
            self._note(move)

    def _note(self, move: Move | None) -> None:
        if move is not None:
            assert self.voice.down == (move == "press")
            self.moves.append((self.at, move))


def test_it_presses_as_it_begins_and_lets_go_when_it_has_been_silent_for_the_hang_time() -> None:
    telephone = Telephone()
    telephone.wait(1)
    telephone.says(speaks=True)
    assert telephone.moves == [(telephone.at, "press")]
    telephone.wait(2)
    telephone.says(speaks=False)
    silent_since = telephone.at - SILENT_FOR_S
    telephone.wait(2)
    (_, (ended, move)) = telephone.moves
    assert move == "let go"
    assert HANG_S <= ended - silent_since <= HANG_S + 2 * STEP_S


def test_a_short_pause_between_two_words_ends_no_talk() -> None:
    telephone = Telephone()
    telephone.wait(1)
    telephone.says(speaks=True)
    for _ in range(5):
        telephone.wait(0.5)
        telephone.says(speaks=False)
        telephone.wait(HANG_S - SILENT_FOR_S - STEP_S)
        telephone.says(speaks=True)
    assert [move for _, move in telephone.moves] == ["press"]


def test_who_speaks_while_he_is_muted_is_keyed_when_he_still_does_after_it() -> None:
    telephone = Telephone()
    telephone.is_open = False
    telephone.wait(1)
    telephone.says(speaks=True)
    telephone.wait(3)
    assert not telephone.moves
    telephone.is_open = True
    telephone.wait(STANDS_S + 2 * STEP_S)
    assert [move for _, move in telephone.moves] == ["press"]


def test_an_old_word_of_the_switch_about_who_was_muted_keys_nobody() -> None:
    telephone = Telephone()
    telephone.wait(1)
    telephone.says(speaks=True)
    telephone.voice, telephone.is_open = lost(telephone.voice), False
    telephone.wait(5)
    telephone.is_open = True
    telephone.wait(SILENT_FOR_S)
    telephone.says(speaks=False)
    telephone.wait(3)
    assert [move for _, move in telephone.moves] == ["press"]


WHAT = ("speaks", "silent", "muted", "open", "lost", "wait")
STORY = st.lists(st.tuples(st.sampled_from(WHAT), st.sampled_from([0.05, 0.3, 0.7, 2.0])), max_size=60)


@given(STORY, st.sampled_from([0.4, 0.6, 0.8]))
def test_nobody_stays_keyed_who_is_silent_and_nobody_is_keyed_who_has_not_spoken(
    story: list[tuple[str, float]], hang_s: float
) -> None:
    telephone = Telephone(hang_s=hang_s)
    spoke = False
    for what, seconds in story:
        match what:
            case "speaks" | "silent":
                telephone.says(speaks=what == "speaks")
            case "muted" | "open":
                telephone.is_open = what == "open"
            case "lost":
                telephone.voice = lost(telephone.voice)
        spoke = spoke or what == "speaks"
        telephone.wait(seconds)
        assert spoke or not telephone.moves
    telephone.says(speaks=False)
    telephone.wait(hang_s + 2 * STEP_S)
    assert not telephone.voice.down
    telephone.is_open = True
    telephone.wait(10)
    assert not telephone.voice.down
    before = len(telephone.moves)
    telephone.says(speaks=True)
    assert [move for _, move in telephone.moves[before:]] == ["press"]
