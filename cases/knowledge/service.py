"""Articles as their editors work on them: save, submit, return, approve, withdraw, roll back.

Every save is a version of its own and stays. Each act is idempotent by its `op_id`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.errors import (
    ArticleInvalid,
    ArticleMovedOn,
    NoSuchArticle,
    NoSuchCategory,
)
from cases.knowledge import model, store
from cases.knowledge.content import Content, checked_name
from cases.knowledge.front_matter import Article
from cases.knowledge.model import ArticleAction, ArticleState, ArticleVersion
from cases.knowledge.ranking import indexed
from cases.knowledge.store import ArticleKey
from cases.knowledge.terms import Segmenter
from cases.knowledge.whole import FullArticle, whole
from cases.operations import claim
from core.actor import Actor
from core.errors import Invalid
from core.ids import uuid7
from core.metrics import counter
from core.storage import Storage, Transaction

_acts = counter("cases_article_acts", "Acts upon articles", ["act"])

MOST_ARTICLES = 20_000
MOST_VERSIONS = 1_000
MOST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class CatalogueLookup:
    """Says which classes and districts there are; each raises `NoSuchCategory` or answers False."""

    category: Callable[[str], object]
    district: Callable[[str], bool]

    def check(self, kept: Content) -> None:
        """Raises `ArticleInvalid`."""
        for one in kept.categories:
            try:
                self.category(one)
            except NoSuchCategory as error:
                raise _refused("categories", f"no class {one}") from error
        for one in kept.districts:
            if not self.district(one):
                raise _refused("districts", f"no district {one}")


class Editing:
    def __init__(self, *, storage: Storage, segmenter: Segmenter, known: CatalogueLookup) -> None:
        self._storage = storage
        self._segmenter = segmenter
        self._known = known

    def check(self, kept: Content) -> None:
        """Raises `ArticleInvalid` for a class or district that is none."""
        self._known.check(kept)

    async def create(self, article: Article, *, op_id: UUID, actor: Actor) -> FullArticle:
        """A new article with its first version, a draft. Raises `ArticleMovedOn` when the name is taken."""
        rights.EDIT_ARTICLES.check(actor)
        checked_name(article.name)
        self._known.check(article.content)
        now = self._storage.clock.now()
        named = ArticleKey(uuid7(), article.name, article.language, now, actor.id)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            earlier = await claim(transaction, op_id, "article", named.article_id, now)
            if earlier is not None:
                return await self._whole(connection, earlier)
            if await store.count(connection) >= MOST_ARTICLES:
                raise Invalid(f"there are {MOST_ARTICLES} articles already", remedy="put some together")
            if not await store.add_article(connection, named):
                raise ArticleMovedOn(
                    "an article of this name and language is there",
                    remedy="save a new version of it, or choose another name",
                )
            await self._add(transaction, named, [], article.content, actor)
            return await self._whole(connection, named.article_id)

    async def save(
        self, article_id: UUID, kept: Content, *, base: int, op_id: UUID, actor: Actor
    ) -> FullArticle:
        """A new version, a draft. `base` is the number of the newest one that the editor saw. The same words
        as the newest version's make none. Raises `ArticleMovedOn`, `ArticleInvalid`, `NoSuchArticle`.
        """
        rights.EDIT_ARTICLES.check(actor)
        self._known.check(kept)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            named = await store.article(connection, article_id, lock=True)
            if await claim(transaction, op_id, "article-save", article_id, self._storage.clock.now()):
                return await self._whole(connection, article_id)
            known = await store.versions_of(connection, article_id)
            newest = known[-1].number if known else 0
            if base != newest:
                raise ArticleMovedOn(
                    f"version {newest} was saved meanwhile", remedy="read it, then save on top of it",
                    number=newest,
                )  # fmt: skip
            if not known or known[-1].sha256 != kept.digest:
                await self._add(transaction, named, known, kept, actor)
            return await self._whole(connection, article_id)

    async def take(
        self,
        article_id: UUID,
        number: int,
        act: ArticleAction,
        *,
        op_id: UUID,
        actor: Actor,
        reason: str = "",
    ) -> FullArticle:
        """Submit, return, approve or withdraw a version. Raises `WrongStep`, `SameEyes`, `ReasonMissing`."""
        rights.EDIT_ARTICLES.check(actor)
        _bounded(reason)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await store.article(connection, article_id, lock=True)
            if await claim(transaction, op_id, f"article-{act.value}:{number}", article_id, now):
                return await self._whole(connection, article_id, number)
            known = await store.versions_of(connection, article_id)
            version = next((one for one in known if one.number == number), None)
            if version is None:
                raise NoSuchArticle("no version has this number", remedy="reload the article")
            after = model.take(version, act, actor=actor.id, now=now, all_versions=known, reason=reason)
            await self._kept(transaction, after, act.value, actor, reason)
            await self._index(connection, article_id)
            return await self._whole(connection, article_id, number)

    async def roll_back(
        self, article_id: UUID, to: int, *, op_id: UUID, actor: Actor, reason: str
    ) -> FullArticle:
        """Withdraw the approved versions newer than `to`. Raises `WrongStep`, `ReasonMissing`."""
        rights.EDIT_ARTICLES.check(actor)
        _bounded(reason)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await store.article(connection, article_id, lock=True)
            now = self._storage.clock.now()
            if await claim(transaction, op_id, f"article-back:{to}", article_id, now):
                return await self._whole(connection, article_id, to)
            known = await store.versions_of(connection, article_id)
            for after in model.withdrawn_by_roll_back(known, to, reason=reason):
                await self._kept(transaction, after, "roll-back", actor, reason)
            await self._index(connection, article_id)
            return await self._whole(connection, article_id, to)

    async def _add(
        self,
        transaction: Transaction,
        named: ArticleKey,
        known: list[ArticleVersion],
        kept: Content,
        actor: Actor,
    ) -> None:
        if len(known) >= MOST_VERSIONS:
            raise Invalid(f"it has {MOST_VERSIONS} versions already", remedy="begin another article")
        version = ArticleVersion(
            article_id=named.article_id,
            number=known[-1].number + 1 if known else 1,
            title=kept.title,
            tags=kept.tags,
            categories=kept.categories,
            districts=kept.districts,
            valid_from=kept.valid_from,
            valid_to=kept.valid_to,
            sha256=kept.digest,
            state=ArticleState.DRAFT,
            author=actor.id,
            saved_at=self._storage.clock.now(),
        )
        await store.add_version(transaction.connection, version, kept)
        await store.log(
            transaction.connection,
            named.article_id,
            version.number,
            act="save",
            actor=actor.id,
            at=version.saved_at,
        )
        _acts.labels("save").inc()
        await self._index(transaction.connection, named.article_id)

    async def _kept(
        self, transaction: Transaction, after: ArticleVersion, act: str, actor: Actor, reason: str
    ) -> None:
        await store.save_state(transaction.connection, after)
        await store.log(
            transaction.connection,
            after.article_id,
            after.number,
            act=act,
            actor=actor.id,
            at=self._storage.clock.now(),
            reason=reason.strip(),
        )
        _acts.labels(act).inc()

    async def _index(self, connection: AsyncConnection, article_id: UUID) -> None:
        """Findable are the newest version, the one in force, and approved ones that are still to begin."""
        known = await store.versions_of(connection, article_id)
        now = self._storage.clock.now()
        told = model.in_force(known, now)
        least = told.number if told is not None else 0
        wish = {one.number for one in known if one.state is ArticleState.APPROVED and one.number >= least}
        wish |= {known[-1].number} if known else set()
        there = await store.indexed_numbers(connection, article_id)
        for one in known:
            if one.number in there and one.number not in wish:
                await store.unindex(connection, one)
            if one.number in wish and one.number not in there:
                kept = content_of(one, await store.body(connection, article_id, one.number))
                # A long text takes a tenth of a second to cut: calls go on meanwhile.
                made = await asyncio.to_thread(indexed, kept, self._segmenter)
                await store.index(connection, one, made)

    async def _whole(
        self, connection: AsyncConnection, article_id: UUID, number: int | None = None
    ) -> FullArticle:
        return await whole(connection, article_id, number, now=self._storage.clock.now(), editor=True)


def content_of(version: ArticleVersion, body: str) -> Content:
    """The content of a stored version."""
    return Content(
        title=version.title,
        body=body,
        tags=version.tags,
        categories=version.categories,
        districts=version.districts,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )


def _bounded(reason: str) -> None:
    if len(reason) > MOST_REASON:
        raise Invalid(f"a reason has at most {MOST_REASON} characters", remedy="shorten it")


def _refused(field: str, why: str) -> ArticleInvalid:
    return ArticleInvalid(f"{field}: {why}", remedy="mend the field that is named", field=field)
