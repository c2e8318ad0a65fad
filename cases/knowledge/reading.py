"""Articles as they are read and found: only what is approved and valid reaches an agent, editors see all."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.errors import NoSuchArticle
from cases.knowledge import store, uses
from cases.knowledge.content import Language
from cases.knowledge.model import ArticleState, ArticleVersion
from cases.knowledge.search import ArticleHit, Filter, Finder, Scope
from cases.knowledge.store import ArticleKey, ArticleLogEntry, ShownVersion
from cases.knowledge.uses import ArticleUseCount
from cases.knowledge.whole import FullArticle, whole
from core.actor import Actor
from core.errors import Forbidden
from core.storage import Storage


class ArticleReader:
    def __init__(self, *, storage: Storage, finder: Finder) -> None:
        self._storage = storage
        self._finder = finder

    async def read(self, article_id: UUID, *, actor: Actor, number: int | None = None) -> FullArticle:
        """A version: without a number the one in force, for editors the newest. Raises `NoSuchArticle`.

        Others than editors also read a version that was used: a case says which one was told.
        """
        async with self._storage.read() as connection:
            found = await whole(
                connection,
                article_id,
                number,
                now=self._storage.clock.now(),
                editor=rights.EDIT_ARTICLES.allows(actor),
            )
            if found.in_force or rights.EDIT_ARTICLES.allows(actor):
                return found
            if number is not None and await uses.was_used(connection, article_id, number):
                return found
        raise NoSuchArticle("it is not in force", remedy="look for the article by its words")

    async def by_name(self, name: str, language: Language) -> ArticleKey:
        """Raises `NoSuchArticle`."""
        async with self._storage.read() as connection:
            found = await store.by_name(connection, name, language)
        if found is None:
            raise NoSuchArticle(f"no article {name}.{language}", remedy="songhua knowledge list shows them")
        return found

    async def find_by_name(self, name: str, language: Language) -> ArticleKey | None:
        """The article of this name in this language; None without one."""
        async with self._storage.read() as connection:
            return await store.by_name(connection, name, language)

    async def versions(self, article_id: UUID, *, actor: Actor) -> tuple[ArticleKey, list[ArticleVersion]]:
        """All of them, the newest first."""
        rights.EDIT_ARTICLES.check(actor)
        async with self._storage.read() as connection:
            named = await store.article(connection, article_id)
            return named, list(reversed(await store.versions_of(connection, article_id)))

    async def history(self, article_id: UUID, *, actor: Actor) -> list[ArticleLogEntry]:
        """Who did what with the article. Raises `Forbidden` and `NotFound`."""
        rights.EDIT_ARTICLES.check(actor)
        async with self._storage.read() as connection:
            await store.article(connection, article_id)
            return await store.history(connection, article_id)

    async def overview(
        self,
        *,
        actor: Actor,
        scope: Scope = "in_force",
        state: ArticleState | None = None,
        language: Language | None = None,
        after: tuple[str, str] | None = None,
        limit: int = 200,
    ) -> list[tuple[ShownVersion, ArticleUseCount]]:
        """What is in force; for editors the newest version of everything, or the newest in a state."""
        if scope == "newest" or state is not None:
            rights.EDIT_ARTICLES.check(actor)
        if state is not None:
            which = store.in_state(state)
        else:
            which = store.newest() if scope == "newest" else store.in_force(self._storage.clock.now())
        async with self._storage.read() as connection:
            found = await store.shown(connection, which, language=language, after=after, limit=limit)
            counts = await uses.usage(connection, [one.named.article_id for one in found])
        return [(one, counts[one.named.article_id]) for one in found]

    async def search(self, text: str, wish: Filter, *, actor: Actor, limit: int = 20) -> list[ArticleHit]:
        """Any text is words. Raises `Forbidden` where others than editors ask for what is not in force."""
        if wish.scope != "in_force" and not rights.EDIT_ARTICLES.allows(actor):
            raise Forbidden(
                "only supervisors and admins see what is not in force", remedy="search without scope"
            )
        async with self._storage.read() as connection:
            return await self._finder.search(
                connection, text, wish, now=self._storage.clock.now(), limit=limit
            )
