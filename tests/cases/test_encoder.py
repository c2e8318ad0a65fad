"""The sentence encoder below the classifiers of meaning: any text, and related words near each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.drafting.classify import loading
from cases.drafting.classify.encoder import SIZE
from cases.drafting.classify.loading import ENCODER, MEANING, load_encoder
from cases.drafting.classify.meaning import unit
from cases.drafting.classify.weights import Weights
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
