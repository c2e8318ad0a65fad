"""Articles as files: any bytes lead to an article or to an error with its line, and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import ArticleInvalid
from cases.knowledge import files
from cases.knowledge.content import MOST_BODY, Content, content
from cases.knowledge.front_matter import MOST_BYTES, Article, parse, render
from tests.cases.rooms import known

HEAD = "---\nname: a-b\nlanguage: zh\ntitle: 题\n"
moments = st.none() | st.datetimes(timezones=st.just(UTC))
tags = st.lists(st.text(max_size=12).filter(lambda tag: not set(",[]") & set(tag)), max_size=5)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    begins, ends = draw(moments), draw(moments)
    if begins and ends and ends <= begins:
        ends = None
    try:
        return content(
            title=draw(st.text(min_size=1, max_size=40)),
            body=draw(st.text(min_size=1, max_size=200)),
            tags=draw(tags),
            categories=draw(st.lists(st.sampled_from(["gbt30428.2@2013/P0137", "x@1/E1"]))),
            districts=draw(st.lists(st.from_regex(r"\A[0-9]{6}\Z"), max_size=3)),
            valid_from=begins,
            valid_to=ends,
        )
    except ArticleInvalid:
        return content(title="x", body="y")


@given(contents(), st.sampled_from(["zh", "en"]))
def test_a_file_is_read_back_as_the_same_article(kept: Content, language: str) -> None:
    article = Article("a-b", "zh" if language == "zh" else "en", kept)
    assert parse(render(article).encode()) == article
    assert parse(render(article).replace("\n", "\r\n").encode()).content.digest == kept.digest


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: (HEAD + text).encode(errors="replace"))
)
def test_any_bytes_are_an_article_or_an_error_that_says_where(raw: bytes) -> None:
    refused = None
    try:
        article = parse(raw)
    except ArticleInvalid as error:
        refused = error
    if refused is None:
        assert parse(render(article).encode()) == article
    else:
        assert refused.detail
        assert refused.remedy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("---\nname: a", 2),
        (f"{HEAD}color: red\n---\nx", 5),
        (f"{HEAD}title: again\n---\nx", 5),
        (f"{HEAD}valid_to: soon\n---\nx", 5),
        ("---\nname: a\nlanguage: fr\ntitle: x\n---\nx", 3),
    ],
)
def test_the_line_that_is_wrong_is_named(text: str, line: int) -> None:
    with pytest.raises(ArticleInvalid) as refused:
        parse(text.encode())
    assert refused.value.extra["line"] == line


def test_what_is_too_long_or_no_utf8_is_refused() -> None:
    for raw in (
        b"x" * (MOST_BYTES + 1),
        f"{HEAD}---\n{'x' * (MOST_BODY + 1)}".encode(),
        f"{HEAD}---\n".encode(),
        f"{HEAD}---\n".encode("utf-16"),
    ):
        with pytest.raises(ArticleInvalid):
            parse(raw)


def test_a_bare_date_is_a_day_of_the_city() -> None:
    got = parse(f"{HEAD}valid_from: 2026-11-01\nvalid_to: 2026-11-30\n---\nx".encode(), hours=8).content
    assert got.valid_from == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert got.valid_to == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_a_head_is_no_yaml() -> None:
    article = parse(
        b"---\nname: a\nlanguage: en\ntitle: &x [*x, !!python/object:os.system] \n---\n<script>{{x}}"
    )
    assert article.content.title == "&x [*x, !!python/object:os.system]"
    assert article.content.body == "<script>{{x}}"


def test_control_characters_and_half_characters_go() -> None:
    got = content(title="a\x00b\nc", body="x\x00\ud800y\u2028z\r\nw")
    assert (got.title, got.body) == ("a b c", "xyz\nw")


def test_the_articles_that_come_with_the_program_hold() -> None:
    articles, refused = files.read(files.SEED, hours=8)
    assert refused == []
    assert len(articles) == 10
    assert {one.name for one in articles if one.language == "zh"} == {
        one.name for one in articles if one.language == "en"
    }
    for article in articles:
        for ref in article.content.categories:
            assert known().catalogues.by_ref(ref)
