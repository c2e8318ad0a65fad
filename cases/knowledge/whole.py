"""An article's version with everything that a reader asks about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import NoSuchArticle
from cases.knowledge import model, store, uses
from cases.knowledge.model import ArticleVersion
from cases.knowledge.store import ArticleKey
from cases.knowledge.uses import ArticleUseCount


@dataclass(frozen=True, slots=True)
class FullArticle:
    """`in_force` says whether it may be told now, `newest` which number was saved last."""

    named: ArticleKey
    version: ArticleVersion
    body: str
    in_force: bool
    newest: int
    usage: ArticleUseCount


async def whole(
    connection: AsyncConnection, article_id: UUID, number: int | None, *, now: datetime, editor: bool
) -> FullArticle:
    """The version with this number; without one the newest for an editor, the one in force for others.

    Raises `NoSuchArticle`.
    """
    named = await store.article(connection, article_id)
    known = await store.versions_of(connection, article_id)
    told = model.in_force(known, now)
    version = known[-1] if editor else told
    if number is not None:
        version = next((one for one in known if one.number == number), None)
    if version is None:
        raise NoSuchArticle(
            "no version is in force, or none has this number", remedy="look for it by its words"
        )
    return FullArticle(
        named=named,
        version=version,
        body=await store.body(connection, article_id, version.number),
        in_force=told is not None and told.number == version.number,
        newest=known[-1].number,
        usage=(await uses.usage(connection, [article_id]))[article_id],
    )
