"""Articles as they are told: a version that is put into an answer is kept with its call and case."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.errors import ArticleNotInForce
from cases.events import ArticleUsed, ArticleUseView
from cases.knowledge import model, store, uses
from cases.knowledge.uses import Use
from cases.life import store as case_store
from cases.operations import claim
from cases.ports import CallDirectory
from cases.privacy import require_call, sees_all
from core.actor import Actor, Role
from core.errors import Forbidden, Invalid
from core.ids import uuid7
from core.metrics import counter
from core.storage import Storage

_used = counter("cases_articles_used", "Articles put into an answer")


class ArticleUsage:
    def __init__(self, storage: Storage, calls: CallDirectory) -> None:
        self._storage = storage
        self._calls = calls

    async def use(
        self,
        article_id: UUID,
        number: int,
        *,
        op_id: UUID,
        actor: Actor,
        call_id: UUID | None = None,
        case_id: UUID | None = None,
    ) -> tuple[ArticleUseView, str]:
        """The version was put into an answer: kept with the call or case; its body, to be inserted.

        Raises `ArticleNotInForce`: what was withdrawn meanwhile is not told any more; `NoSuchCase`;
        `NotYourCall`, and `Forbidden` for a case of which the actor may not see everything.
        """
        rights.TELL_ARTICLE.check(actor)
        if call_id is None and case_id is None:
            raise Invalid("neither call nor case is named", remedy="say where the article is used")
        if call_id is not None:
            await require_call(self._calls, actor, call_id)
        now = self._storage.clock.now()
        use = Use(uuid7(), article_id, number, call_id, case_id, actor.id, now)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if case_id is not None and not sees_all(actor, await case_store.get(connection, case_id)):
                raise Forbidden("the case is confidential", remedy="ask who filed it, or a supervisor")
            earlier = await claim(transaction, op_id, "article-use", use.use_id, now)
            if earlier is None:
                await self._require_in_force(connection, article_id, number)
                await uses.add(connection, use)
            view = await uses.get(connection, earlier or use.use_id)
            if earlier is None:
                event = ArticleUsed(call_id=call_id, case_id=case_id, use=view)
                await transaction.emit(event, stream=f"case:{case_id}" if case_id else f"call:{call_id}")
                _used.inc()
            return view, await store.body(connection, view.article_id, view.number)

    async def used_in(self, call_id: UUID, *, actor: Actor) -> list[ArticleUseView]:
        """Acceptors see with a case what was told in its calls; others as what was said in them."""
        rights.SEE_TOLD.check(actor)
        if not actor.has(Role.ACCEPTOR):
            await require_call(self._calls, actor, call_id)
        async with self._storage.read() as connection:
            return await uses.of_call(connection, call_id)

    async def call_merged(self, old: UUID, new: UUID) -> None:
        """The call lives on under another id: what was told in it goes with it."""
        async with self._storage.write() as transaction:
            await uses.move_call(transaction.connection, old, new)

    async def _require_in_force(self, connection: AsyncConnection, article_id: UUID, number: int) -> None:
        await store.article(connection, article_id)
        known = await store.versions_of(connection, article_id)
        told = model.in_force(known, self._storage.clock.now())
        if told is None or told.number != number:
            raise ArticleNotInForce(
                "this version may not be told now", remedy="read the article again, then use it",
                number=None if told is None else told.number,
            )  # fmt: skip
