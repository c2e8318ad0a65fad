"""Texts of Mumble are HTML; those of the house are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.drivers.mumble.html_text import marked, plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("已到现场", "已到现场"),
        ("<p>one <b>two</b></p><p>three</p>", "one two\nthree"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("&lt;b&gt; &amp; &#24050;", "<b> & 已"),
        ("<style>p { color: red }</style><script>x()</script>seen", "seen"),
        ('<img src="data:image/png;base64,AAAA">', ""),
        ("</style></script>still", "still"),
        ("", ""),
    ],
)
def test_what_a_person_would_read(html: str, words: str) -> None:
    assert plain(html) == words


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=200))
def test_our_words_arrive_as_they_are(words: str) -> None:
    assert plain(marked(words)) == words


@given(st.text(max_size=300))
def test_any_text_is_words(text: str) -> None:
    assert len(plain("<p>" + text)) <= len(text) + 3
