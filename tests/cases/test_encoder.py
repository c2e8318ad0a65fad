"""The sentence encoder below the classifiers of meaning: any text, and related words near each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.drafting.classify import loading
from cases.drafting.classify.encoder import SIZE, Pieces
from cases.drafting.classify.loading import ENCODER, MEANING, load_encoder
from cases.drafting.classify.meaning import unit
from cases.drafting.classify.weights import Weights, unlined
from cases.errors import BrokenTable


def alike(one: str, other: str) -> float:
    first, second = unit(load_encoder().of([one, other]))
    return float(first @ second)


@given(st.lists(st.text(max_size=120), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_numbers_and_each_clause_the_same_alone_as_among_others(said: list[str]) -> None:
    encoder = load_encoder()
    rows = encoder.of(said)
    assert rows.shape == (len(said), SIZE)
    assert np.isfinite(rows).all()
    assert np.allclose(rows, encoder.many(said), rtol=1e-3, atol=1e-2)
    for at, clause in enumerate(said):
        assert (encoder.of([clause])[0] == rows[at]).all()


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("井盖丢了", "窨井的盖子没了", "广场舞太吵了"),
        ("屋里一股煤气味", "家里有燃气的味道", "路边有人卖水果"),
        ("the street light is out", "the lamp on our road is dark", "a dog is barking next door"),
        ("路灯不亮", "the street light is out", "the rubbish was not collected"),
    ],
)
def test_what_means_the_same_is_nearer_than_what_does_not(one: str, same: str, other: str) -> None:
    assert alike(one, same) > alike(one, other) + 0.1


def test_a_long_clause_is_cut_and_an_empty_one_is_allowed() -> None:
    assert np.isfinite(load_encoder().of(["", " ", "啊" * 5000, "\0" * 40])).all()
    assert load_encoder().of([]).shape == (0, SIZE)


def test_weights_for_another_encoder_are_refused(tmp_path: Path) -> None:
    weights = Weights.read(loading.DATA / MEANING, kind="meaning")
    small = {n: array[:128] if n.endswith("_weights") else array for n, array in weights.arrays.items()}
    Weights(weights.origin, small).write(tmp_path / MEANING)
    with pytest.raises(BrokenTable, match="do not belong together"):
        loading._whole(Weights.read(tmp_path / MEANING, kind="meaning"))


def test_it_says_where_it_comes_from() -> None:
    origin = Weights.read(loading.DATA / ENCODER, kind="encoder").origin
    (source,) = origin.trained_on
    assert "Apache-2.0" in source


# Rows of a Viterbi search in Python, which gave the same as the library for 33,236 texts (decision 0197).
ROWS = {
    "人民路和解放路路口的井盖没了，有人差点掉进去":
        "1 3 7328 537 233 18083 537 11110 29 3602 9347 1050 101 3 2731 1064 514 1483 2119 217 2",
    "楼上漏水漏了三天了，没人管！":
        "1 3 3985 164 6853 333 6853 101 593 313 101 3 1050 146 998 2",
    "路灯不亮":
        "1 3 537 6485 74 3091 2",
    "中山公园门口有棵树倒了压到车上":
        "1 3 9375 18329 2561 698 84 20818 8582 2399 101 3912 169 1288 164 2",
    "煤气味很重，请快点":
        "1 3 19003 2107 1688 251 663 3 1271 818 514 2",
    "There is a manhole cover missing at the corner of Renmin Road.":
        "1 3 0 17404 26 7 204 12535 3907 6069 90 9 6939 15 3 0 44 1985 3 0 31 2054 2",
    "the street light's out again":
        "1 9 5953 2079 8 6 170 1094 2",
    "water's coming through the ceiling":
        "1 966 8 6 2572 626 9 18996 2",
    "It's e-mail: <b>ＡＢＣ</b> ①②":
        "1 3 0 25 8 6 27 14 1767 199 3 0 0 0 199 379 2",
    "龘靐齉爨𰻞 路口":
        "1 3 0 0 0 0 0 3 11110 2",
    "😀😀 garbage 🚮 not collected":
        "1 1781 14743 71 17014 2",
    "":
        "1 3 2",
    "___":
        "1 3 2",
    "Ťǿȑȵ ж щ ы":
        "1 3 0 0 0 0 3 0 3 0 3 0 2",
}  # fmt: skip


@pytest.mark.parametrize("text", ROWS)
def test_a_text_has_the_pieces_that_the_weights_were_trained_with(text: str) -> None:
    """Chinese and English, runs of unknown characters, full width, marks, nothing."""
    arrays = Weights.read(loading.DATA / ENCODER, kind="encoder").arrays
    pieces = Pieces(unlined(arrays["pieces"]), arrays["piece_scores"])
    assert " ".join(map(str, pieces.of(text))) == ROWS[text]
