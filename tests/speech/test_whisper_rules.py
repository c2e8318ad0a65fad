"""Whisper's rules without its model: the prompt made of hints, and what is not trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.engines.whisper import is_trustworthy, prompt_of, says_only_hints, window


@dataclass
class Segment:
    text: str
    no_speech_prob: float = 0.1
    avg_logprob: float = -0.3
    compression_ratio: float = 1.2


HINTS = ("南岗区", "学府路", "保健路", "井盖")


@pytest.mark.parametrize(
    ("voiced", "worked"), [(0, 1000), (1, 1000), (450, 1000), (801, 1002), (1500, 1700), (2900, 3000)]
)
def test_silence_behind_an_utterance_costs_no_work_beyond_its_margin(voiced: int, worked: int) -> None:
    features = np.zeros((80, 3000), np.float32)
    features[:, :voiced] = 0.3
    assert window(features) == worked


def test_hints_become_one_sentence() -> None:
    assert prompt_of("zh", HINTS) == "市民热线：南岗区、学府路、保健路、井盖。"
    assert (
        prompt_of("en", ("manhole", "Xuefu Road")) == "A call to the city hotline about manhole, Xuefu Road."
    )
    assert prompt_of("zh", ()) == ""


@given(st.lists(st.text(min_size=1, max_size=30), max_size=100), st.sampled_from(["zh", "en"]))
def test_a_prompt_never_outgrows_what_whisper_keeps(hints: list[str], language: str) -> None:
    assert len(prompt_of(language, tuple(hints))) <= 500


def test_a_hint_that_was_really_said_is_kept() -> None:
    assert is_trustworthy(Segment("在学府路。"), HINTS)
    assert is_trustworthy(Segment("南岗区学府路"), HINTS)


def test_the_prompt_read_aloud_is_dropped() -> None:
    assert not is_trustworthy(Segment("南岗区、学府路、保健路"), HINTS)


def test_loops_and_unsure_silence_are_dropped() -> None:
    assert not is_trustworthy(Segment("你不想要我" * 29, compression_ratio=20), ())
    assert not is_trustworthy(Segment("谢谢观看", no_speech_prob=0.9, avg_logprob=-1.4), ())


@pytest.mark.parametrize("said", ["南岗区。", "学府路，井盖", "市民热线,早安", "井盖井盖"])
def test_nothing_but_hints_is_asked_for_again(said: str) -> None:
    assert says_only_hints(said, "zh", HINTS)


@pytest.mark.parametrize("said", ["", "在南岗区", "井盖不见了", "学府路74号"])
def test_words_of_the_speakers_own_are_believed(said: str) -> None:
    assert not says_only_hints(said, "zh", HINTS)
