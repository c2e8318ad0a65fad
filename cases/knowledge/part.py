"""The subject put together: reading, editing, telling, suggesting, and their routes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from fastapi import APIRouter

from cases.catalogue.common import CommonWords
from cases.catalogue.model import Catalogues
from cases.gazetteer.lookup import Gazetteer
from cases.knowledge.http import editing_routes, reading_routes, telling_routes
from cases.knowledge.live import Suggestions
from cases.knowledge.reading import ArticleReader
from cases.knowledge.search import Finder
from cases.knowledge.service import CatalogueLookup, Editing
from cases.knowledge.suggesting import DraftContext
from cases.knowledge.terms import Segmenter
from cases.knowledge.usage import ArticleUsage
from cases.ports import CallDirectory, CurrentUser
from core.bus import Bus
from core.storage import Storage


class KnowledgeServices:
    """Articles without a bus or a web: also for the command line."""

    def __init__(
        self, storage: Storage, *, common: CommonWords, catalogues: Catalogues, gazetteer: Gazetteer
    ) -> None:
        self.finder = Finder(Segmenter(common))
        self.reading = ArticleReader(storage=storage, finder=self.finder)
        self.editing = Editing(
            storage=storage,
            segmenter=self.finder.segmenter,
            known=CatalogueLookup(catalogues.by_ref, lambda code: gazetteer.district(code) is not None),
        )


class Articles:
    """`about` says what the draft of a call knows; at most `limit` calls are listened to."""

    def __init__(
        self,
        services: KnowledgeServices,
        *,
        storage: Storage,
        bus: Bus,
        calls: CallDirectory,
        about: Callable[[UUID], DraftContext],
        limit: int,
    ) -> None:
        self._calls = calls
        self.reading = services.reading
        self.editing = services.editing
        self.telling = ArticleUsage(storage, calls)
        self.suggestions = Suggestions(
            storage=storage, bus=bus, finder=services.finder, about=about, limit=limit
        )

    def routers(self, user: CurrentUser) -> Sequence[APIRouter]:
        """Telling first: `use` is one act upon a version, and the editors' routes know the others."""
        return (
            telling_routes(self.telling, self.suggestions, self._calls, user),
            reading_routes(self.reading, user),
            editing_routes(self.editing, user),
        )

    async def call_merged(self, old: UUID, new: UUID) -> None:
        """Uses and suggestions of `old` belong to `new` now."""
        self.suggestions.call_merged(old, new)
        await self.telling.call_merged(old, new)
