"""Words are found wherever they stand in a file, over the edges of what is read at once too."""

from __future__ import annotations

import io

import pytest

from core.files import CHUNK, holds

WORDS = [b"13906180339", "零一".encode()]


@pytest.mark.parametrize("at", [0, 1, CHUNK - 11, CHUNK - 10, CHUNK - 1, CHUNK, 2 * CHUNK - 5])
@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_found_at_every_place(at: int, word: bytes) -> None:
    content = b"x" * at + word + b"x" * 50
    assert holds(io.BytesIO(content), WORDS)
    assert not holds(io.BytesIO(content.replace(word, word[:-1])), WORDS)


@pytest.mark.parametrize("words", [[], [b"y"]])
def test_nothing_is_found_where_nothing_is(words: list[bytes]) -> None:
    assert not holds(io.BytesIO(b"x" * (CHUNK + 1)), words)
