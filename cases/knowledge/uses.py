"""Which version was told in which call, or put into which case: rows that are only added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import ArticleUseView
from cases.knowledge.tables import articles, uses, versions

MOST_OF_ONE = 100
"""Uses of a case that its view shows, the first ones."""


@dataclass(frozen=True, slots=True)
class Use:
    use_id: UUID
    article_id: UUID
    number: int
    call_id: UUID | None
    case_id: UUID | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ArticleUseCount:
    """How often any version of an article was used, and when last."""

    count: int = 0
    last: datetime | None = None


async def add(connection: AsyncConnection, use: Use) -> None:
    """Note that an article was told in a call."""
    await connection.execute(
        insert(uses).values(
            use_id=use.use_id,
            article_id=use.article_id,
            number=use.number,
            call_id=use.call_id,
            case_id=use.case_id,
            actor=use.actor,
            at=use.at,
        )
    )


async def get(connection: AsyncConnection, use_id: UUID) -> ArticleUseView:
    """The use of this id; it must exist."""
    return _view((await connection.execute(_SELECT.where(uses.c.use_id == use_id))).one())


async def of_call(connection: AsyncConnection, call_id: UUID) -> list[ArticleUseView]:
    """What was told in a call, oldest first."""
    rows = await connection.execute(
        _SELECT.where(uses.c.call_id == call_id).order_by(uses.c.at, uses.c.use_id).limit(MOST_OF_ONE)
    )
    return [_view(row) for row in rows]


async def of_cases(
    connection: AsyncConnection, calls: Mapping[UUID, Sequence[UUID]]
) -> dict[UUID, list[ArticleUseView]]:
    """By case: what was put into it, and what was told in its `calls` and put into no case, oldest first."""
    out: dict[UUID, list[ArticleUseView]] = {case_id: [] for case_id in calls}
    if not calls:
        return out
    of_call: dict[UUID, list[UUID]] = {}
    for case_id, call_ids in calls.items():
        for call_id in call_ids:
            of_call.setdefault(call_id, []).append(case_id)
    told = uses.c.case_id.is_(None) & uses.c.call_id.in_(list(of_call))
    rows = await connection.execute(
        _SELECT.where(or_(uses.c.case_id.in_(list(calls)), told)).order_by(uses.c.at, uses.c.use_id)
    )
    for row in rows:
        for case_id in [row.case_id] if row.case_id is not None else of_call[row.call_id]:
            if len(out[case_id]) < MOST_OF_ONE:
                out[case_id].append(_view(row))
    return out


async def was_used(connection: AsyncConnection, article_id: UUID, number: int) -> bool:
    """Whether the version was told in any call."""
    query = select(uses.c.use_id).where(uses.c.article_id == article_id, uses.c.number == number).limit(1)
    return (await connection.execute(query)).first() is not None


async def usage(connection: AsyncConnection, article_ids: Sequence[UUID]) -> dict[UUID, ArticleUseCount]:
    """How often each article was told, and when last; 0 for one that was not."""
    out = dict.fromkeys(article_ids, ArticleUseCount())
    if article_ids:
        query = (
            select(uses.c.article_id, func.count(), func.max(uses.c.at))
            .where(uses.c.article_id.in_(list(article_ids)))
            .group_by(uses.c.article_id)
        )
        for article_id, count, last in (await connection.execute(query)).all():
            out[article_id] = ArticleUseCount(int(count), last)
    return out


async def move_call(connection: AsyncConnection, old: UUID, new: UUID) -> None:
    """The call lives on under another id."""
    await connection.execute(uses.update().where(uses.c.call_id == old).values(call_id=new))


_SELECT = (
    select(uses, articles.c.name, articles.c.language, versions.c.title, versions.c.sha256)
    .join(articles, articles.c.article_id == uses.c.article_id)
    .join(versions, (versions.c.article_id == uses.c.article_id) & (versions.c.number == uses.c.number))
)


def _view(row: Row[Any]) -> ArticleUseView:
    return ArticleUseView(
        use_id=row.use_id,
        article_id=row.article_id,
        number=row.number,
        name=row.name,
        language=row.language,
        title=row.title,
        sha256=row.sha256,
        call_id=row.call_id,
        case_id=row.case_id,
        actor=row.actor,
        at=row.at,
    )
