"""Articles in a room on a real database, and the people who write and approve them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.knowledge import files
from cases.knowledge.content import Content, Language, content
from cases.knowledge.front_matter import Article
from cases.knowledge.model import ArticleAction
from cases.knowledge.whole import FullArticle
from core.actor import Actor, Role
from core.ids import uuid7
from tests.cases.rooms import Stage

WRITER = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
APPROVER = Actor("zhou", "周班长", frozenset({Role.SUPERVISOR}))


def words(
    title: str,
    body: str = "正文",
    *,
    tags: Sequence[str] = (),
    categories: Sequence[str] = (),
    districts: Sequence[str] = (),
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Content:
    return content(
        title=title,
        body=body,
        tags=tags,
        categories=categories,
        districts=districts,
        valid_from=valid_from,
        valid_to=valid_to,
    )


async def saved(on: Stage, kept: Content, name: str = "a", language: Language = "zh") -> FullArticle:
    """The next version of an article, or its first."""
    articles = on.room.articles
    named = await articles.reading.find_by_name(name, language)
    if named is None:
        return await articles.editing.create(Article(name, language, kept), op_id=uuid7(), actor=WRITER)
    before = await articles.reading.read(named.article_id, actor=WRITER)
    return await articles.editing.save(
        named.article_id, kept, base=before.newest, op_id=uuid7(), actor=WRITER
    )


async def approved(on: Stage, kept: Content, name: str = "a", language: Language = "zh") -> FullArticle:
    whole = await saved(on, kept, name, language)
    take = on.room.articles.editing.take
    await take(whole.named.article_id, whole.newest, ArticleAction.SUBMIT, op_id=uuid7(), actor=WRITER)
    return await take(
        whole.named.article_id, whole.newest, ArticleAction.APPROVE, op_id=uuid7(), actor=APPROVER
    )


async def seeded(on: Stage) -> None:
    """The articles that come with the program, approved."""
    found, _ = files.read(files.SEED, hours=8)
    for article in found:
        await approved(on, article.content, article.name, article.language)
