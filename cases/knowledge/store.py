"""Articles, their versions and the acts upon them, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import NoSuchArticle
from cases.knowledge.content import Content, Language
from cases.knowledge.model import ArticleState, ArticleVersion
from cases.knowledge.ranking import Indexed
from cases.knowledge.tables import acts, articles, terms, versions
from core.storage.dialect import insert_if_new

_HEAD = tuple(c for c in versions.c if c.name not in {"seq", "body", "indexed", "length"})


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """An article: what it is known by."""

    article_id: UUID
    name: str
    language: Language
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class ArticleLogEntry:
    """A line of an article's log."""

    number: int
    act: str
    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """An article with one of its versions."""

    named: ArticleKey
    version: ArticleVersion


async def add_article(connection: AsyncConnection, named: ArticleKey) -> bool:
    """False when its name is taken in this language."""
    row = {
        "article_id": named.article_id,
        "name": named.name,
        "language": named.language,
        "created_at": named.created_at,
        "created_by": named.created_by,
    }
    return await insert_if_new(connection, articles, row)


async def article(connection: AsyncConnection, article_id: UUID, *, lock: bool = False) -> ArticleKey:
    """Raises `NoSuchArticle`. `lock` lets one change of the article follow another (PostgreSQL)."""
    query = select(articles).where(articles.c.article_id == article_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NoSuchArticle("no article has this id", remedy="look for it by its words")
    return _named(row)


async def by_name(connection: AsyncConnection, name: str, language: str) -> ArticleKey | None:
    """The article of this name and language; None without one."""
    query = select(articles).where(articles.c.name == name, articles.c.language == language)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _named(row)


async def count(connection: AsyncConnection) -> int:
    """How many articles there are, in all languages and states."""
    return int((await connection.execute(select(func.count()).select_from(articles))).scalar_one())


async def add_version(connection: AsyncConnection, version: ArticleVersion, kept: Content) -> None:
    """Insert a version with its content."""
    await connection.execute(
        insert(versions).values(
            article_id=version.article_id,
            number=version.number,
            title=kept.title,
            body=kept.body,
            tags=list(kept.tags),
            categories=list(kept.categories),
            districts=list(kept.districts),
            valid_from=kept.valid_from,
            valid_to=kept.valid_to,
            sha256=version.sha256,
            state=version.state.value,
            author=version.author,
            saved_at=version.saved_at,
            approved_by=version.approved_by,
            approved_at=version.approved_at,
            indexed=False,
            length=0.0,
        )
    )


async def save_state(connection: AsyncConnection, version: ArticleVersion) -> None:
    """Write the state of a version: who approved it, from when until when it is valid."""
    await connection.execute(
        update(versions)
        .where(versions.c.article_id == version.article_id, versions.c.number == version.number)
        .values(state=version.state.value, approved_by=version.approved_by, approved_at=version.approved_at)
    )


async def versions_of(connection: AsyncConnection, article_id: UUID) -> list[ArticleVersion]:
    """All versions, the oldest first."""
    query = select(*_HEAD).where(versions.c.article_id == article_id).order_by(versions.c.number)
    return [_version(row) for row in await connection.execute(query)]


async def body(connection: AsyncConnection, article_id: UUID, number: int) -> str:
    """Raises `NoSuchArticle`."""
    query = select(versions.c.body).where(versions.c.article_id == article_id, versions.c.number == number)
    found = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise NoSuchArticle("the article has no version with this number", remedy="reload the article")
    return str(found)


async def bodies(connection: AsyncConnection, seqs: Sequence[int]) -> dict[int, str]:
    """The bodies of a few versions, by their `seq`."""
    rows = await connection.execute(select(versions.c.seq, versions.c.body).where(versions.c.seq.in_(seqs)))
    return {row.seq: row.body for row in rows}


def in_state(state: ArticleState) -> ColumnElement[bool]:
    """The newest of an article's versions that are in this state."""
    other = versions.alias()
    newer = exists(
        select(other.c.number).where(
            other.c.article_id == versions.c.article_id,
            other.c.number > versions.c.number,
            other.c.state == state.value,
        )
    )
    return and_(versions.c.state == state.value, ~newer)


def newest() -> ColumnElement[bool]:
    """The version is the last one saved of its article."""
    other = versions.alias()
    return ~exists(
        select(other.c.number).where(
            other.c.article_id == versions.c.article_id, other.c.number > versions.c.number
        )
    )


def in_force(now: datetime) -> ColumnElement[bool]:
    """The same rule as `model.in_force`."""
    other = versions.alias()
    replaced = exists(
        select(other.c.number).where(
            other.c.article_id == versions.c.article_id,
            other.c.number > versions.c.number,
            other.c.state == ArticleState.APPROVED.value,
            or_(other.c.valid_from.is_(None), other.c.valid_from <= now),
        )
    )
    return and_(
        versions.c.state == ArticleState.APPROVED.value,
        or_(versions.c.valid_from.is_(None), versions.c.valid_from <= now),
        or_(versions.c.valid_to.is_(None), versions.c.valid_to > now),
        ~replaced,
    )


async def shown(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    *,
    language: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 200,
) -> list[ShownVersion]:
    """Articles with the version that `which` picks, by name and language; `after` is the last one seen."""
    query = select(articles, *_HEAD[1:]).join(versions, versions.c.article_id == articles.c.article_id)
    query = query.where(which)
    if language is not None:
        query = query.where(articles.c.language == language)
    if after is not None:
        name, spoken = after
        query = query.where(
            or_(articles.c.name > name, and_(articles.c.name == name, articles.c.language > spoken))
        )
    query = query.order_by(articles.c.name, articles.c.language).limit(limit)
    return [ShownVersion(_named(row), _version(row)) for row in await connection.execute(query)]


async def of_seqs(
    connection: AsyncConnection,
    seqs: Sequence[int],
    which: ColumnElement[bool],
    language: str | None = None,
) -> dict[int, ShownVersion]:
    """Those of a few versions that `which` picks, by their `seq`."""
    query = (
        select(articles, *_HEAD[1:], versions.c.seq)
        .join(versions, versions.c.article_id == articles.c.article_id)
        .where(versions.c.seq.in_(seqs), which)
    )
    if language is not None:
        query = query.where(articles.c.language == language)
    return {row.seq: ShownVersion(_named(row), _version(row)) for row in await connection.execute(query)}


async def still_in_force(
    connection: AsyncConnection, keys: Sequence[tuple[UUID, int]], now: datetime
) -> set[tuple[UUID, int]]:
    """Which of a few versions may be told now."""
    if not keys:
        return set()
    same = [and_(versions.c.article_id == one, versions.c.number == number) for one, number in keys]
    query = select(versions.c.article_id, versions.c.number).where(or_(*same), in_force(now))
    return {(row.article_id, row.number) for row in await connection.execute(query)}


async def log(
    connection: AsyncConnection,
    article_id: UUID,
    number: int,
    *,
    act: str,
    actor: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Note who did what with a version."""
    await connection.execute(
        insert(acts).values(article_id=article_id, number=number, act=act, actor=actor, at=at, reason=reason)
    )


async def history(connection: AsyncConnection, article_id: UUID, limit: int = 1000) -> list[ArticleLogEntry]:
    """The last acts upon an article, the oldest first."""
    query = select(acts).where(acts.c.article_id == article_id).order_by(acts.c.seq.desc()).limit(limit)
    rows = list(await connection.execute(query))
    return [ArticleLogEntry(row.number, row.act, row.actor, row.at, row.reason) for row in reversed(rows)]


async def index(connection: AsyncConnection, version: ArticleVersion, made: Indexed) -> None:
    """Make a version findable."""
    seq = await _mark(connection, version, indexed=True, length=made.length)
    rows = [
        {"term": term, "version": seq, "title": one.title, "tags": one.tags, "body": one.body}
        for term, one in made.postings.items()
    ]
    await connection.execute(insert(terms), rows)


async def unindex(connection: AsyncConnection, version: ArticleVersion) -> None:
    """The version is found no more."""
    seq = await _mark(connection, version, indexed=False, length=0.0)
    await connection.execute(delete(terms).where(terms.c.version == seq))


async def indexed_numbers(connection: AsyncConnection, article_id: UUID) -> set[int]:
    """Numbers of the article's versions that are found."""
    query = select(versions.c.number).where(versions.c.article_id == article_id, versions.c.indexed.is_(True))
    return set((await connection.execute(query)).scalars())


async def _mark(connection: AsyncConnection, version: ArticleVersion, *, indexed: bool, length: float) -> int:
    """Note whether the version is findable; its `seq`."""
    statement = (
        update(versions)
        .where(versions.c.article_id == version.article_id, versions.c.number == version.number)
        .values(indexed=indexed, length=length)
        .returning(versions.c.seq)
    )
    return int((await connection.execute(statement)).scalar_one())


def _named(row: Row[Any]) -> ArticleKey:
    return ArticleKey(row.article_id, row.name, row.language, row.created_at, row.created_by)


def _version(row: Row[Any]) -> ArticleVersion:
    return ArticleVersion(
        article_id=row.article_id,
        number=row.number,
        title=row.title,
        tags=tuple(row.tags),
        categories=tuple(row.categories),
        districts=tuple(row.districts),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        sha256=row.sha256,
        state=ArticleState(row.state),
        author=row.author,
        saved_at=row.saved_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )
