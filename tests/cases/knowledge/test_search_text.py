"""Terms, ranking and snippets take any text; spans lie where they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_words
from cases.knowledge.content import content
from cases.knowledge.ranking import MOST_TERMS, indexed, wanted
from cases.knowledge.snippets import PIECE, marked
from cases.knowledge.terms import MOST_TERM, Segmenter, folded, stem

SEGMENTER = Segmenter(load_words().common)
MIXED = st.text(
    alphabet=st.sampled_from("暖气不热了怎么办停水燃气漏路灯abc gas 12 ,.%'\"*();\x00İß\U0001f525ｇ暖氣"),
    max_size=80,
)
ANY = st.text(max_size=120) | MIXED


def terms(text: str) -> list[str]:
    return [token.term for token in SEGMENTER.tokens(text)]


@given(ANY)
def test_tokens_lie_in_the_text_and_are_short_words(text: str) -> None:
    for token in SEGMENTER.tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert 0 < len(token.term) <= MOST_TERM
        assert token.term[0] not in "~#%*\"'"
        if token.kind != "latin":
            assert folded(text)[token.start : token.end] == token.term


@given(ANY)
def test_folding_keeps_every_position(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


@given(ANY, ANY)
def test_a_snippet_is_a_piece_of_the_text_with_its_spans_inside(text: str, query: str) -> None:
    long = text + " " * 200 + text
    got = marked(long, set(wanted(SEGMENTER.tokens(query), 40).terms), SEGMENTER)
    assert got.text in long
    assert len(got.text) <= PIECE
    last = 0
    for start, end in got.spans:
        assert last <= start < end <= len(got.text)
        last = end


@given(ANY, ANY)
def test_any_article_is_indexed_within_bounds(title: str, body: str) -> None:
    made = indexed(content(title=title + "题", body=body + "文", tags=["a", "暖气"]), SEGMENTER)
    assert len(made.postings) <= MOST_TERMS + 40
    assert made.length > 0
    assert all(posting.weight > 0 for posting in made.postings.values())


def test_words_parts_and_neighbours() -> None:
    assert "暖气" in terms("我家暖气不热")
    assert "自来水" in terms("自來水")  # traditional characters
    assert "gas" in terms("ＧＡＳ leak")
    assert [stem(word) for word in ("heating", "heated", "heats", "gas", "pipes", "pipe")] == [
        "heat", "heat", "heat", "gas", "pipe", "pipe",
    ]  # fmt: skip
    assert terms("的了吗") == []


@pytest.mark.parametrize("query", ["' OR 1=1 --", "NEAR(x, y)", "title:*", "%_\\", "\x00", "\ud800"])
def test_there_is_no_query_syntax(query: str) -> None:
    for term in terms(query):
        assert term.isalnum()
