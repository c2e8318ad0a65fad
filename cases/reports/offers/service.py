"""Offers reports to agents as they become free, and takes an offer back as soon as a call needs its agent.

Offers are in memory alone: a report that is offered still waits in its queue. A service that is started again
has lost none, and offers them anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from cases.catalogue.model import Catalogues
from cases.drafting import store
from cases.drafting.model import Draft, FieldName
from cases.errors import NoSuchCategory, ReportNotOffered
from cases.events import CaseSource, ReportOffered, ReportOfferOver, ReportOfferView, ReportsWaiting
from cases.gazetteer.lookup import Gazetteer
from cases.reports.offers.model import (
    EndedOffer,
    OfferBook,
    OfferRules,
    ReportOffer,
    WaitingReport,
    declined,
    language_of,
    look,
)
from cases.reports.offers.ports import ReportAgents
from cases.reports.offers.settings import ReportOfferSettings
from core.actor import Actor
from core.bus import Bus
from core.metrics import counter
from core.operations import OperationMemory
from core.storage import Storage, StorageAway

PASS_S: Final = 1.0
MOST_LOOKED_AT: Final = 2_000
"""Reports that are considered at once, the oldest first."""
_URGENCIES: Final[tuple[Literal["danger", "urgent", "normal"], ...]] = ("danger", "urgent", "normal")
_offers = counter("cases_report_offers", "Offers of reports to agents by how they ended", ["end"])


@dataclass(frozen=True, slots=True)
class KnownReport:
    """What of a draft decides, and what of it an agent is told before it is his: no word of a citizen."""

    rev: int
    waiting: WaitingReport
    source: CaseSource
    category: str | None
    district: str | None


class ReportOffers:
    def __init__(
        self,
        settings: ReportOfferSettings,
        *,
        storage: Storage,
        bus: Bus,
        agents: ReportAgents,
        catalogues: Catalogues,
        gazetteer: Gazetteer,
    ) -> None:
        self._settings = settings
        self._rules = OfferRules(settings.offer_s, settings.again_s)
        self._storage = storage
        self._bus = bus
        self._agents = agents
        self._catalogues = catalogues
        self._gazetteer = gazetteer
        self._known: dict[UUID, KnownReport] = {}
        self._book = OfferBook()
        self._looking = asyncio.Lock()
        self._changed = asyncio.Event()
        self._done: OperationMemory[bool] = OperationMemory()

    async def run(self) -> None:
        """Look once a second, and when the queue of reports has changed, until cancelled."""
        while True:
            with contextlib.suppress(StorageAway):  # what is offered stays so
                await self.look()
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PASS_S):
                    await self._changed.wait()

    async def on_waiting(self, event: ReportsWaiting) -> None:
        """The queue has changed: a report that somebody has taken is offered no longer."""
        del event
        self._changed.set()

    async def look(self) -> None:
        """End the offers that are over and make those for which somebody is free. Raises `StorageAway`."""
        async with self._looking:
            agents = self._agents.free()
            if not self._settings.enabled or not (agents or self._book.offers):
                return  # nobody to ask, nothing to take back
            reports, holds = await self._read()
            able = [
                replace(one, holds=holds.get(one.id, 0))
                for one in self._agents.free()  # as it is after the look into the database
                if holds.get(one.id, 0) < self._settings.at_once
            ]
            now = self._storage.clock.now()
            self._book, over, made = look(self._book, reports, able, self._rules, now)
            self._tell(over, made)

    def offered_to(self, agent_id: str) -> ReportOfferView | None:
        """What is offered to this agent now."""
        offer = self._book.of(agent_id)
        return None if offer is None else self._view(offer)

    async def decline(self, actor: Actor, draft_id: UUID, op_id: UUID) -> None:
        """The actor does not want it, and says no reason. Raises `ReportNotOffered`."""
        async with self._looking:
            if self._done.known(op_id, draft_id):
                return
            offer = self._book.offers.get(draft_id)
            if offer is None or offer.agent_id != actor.id:
                raise ReportNotOffered(remedy="take the next one that is offered to you")
            self._book, over = declined(self._book, draft_id)
            self._done.keep(op_id, draft_id, answer=True)
            self._tell([over], [])
        await self.look()

    async def _read(self) -> tuple[list[WaitingReport], dict[str, int]]:
        """The reports that wait, and how many each agent has in hand. Only new or changed ones are read."""
        async with self._storage.read() as connection:
            rows = await store.untaken(connection, MOST_LOOKED_AT)
            holds = await store.held(connection)
            changed = [one for one in rows if not self._is_known(one)]
            drafts = await store.of_ids(connection, [one.draft_id for one in changed])
        since = {one.draft_id: one.created_at for one in rows}
        known = {key: one for key, one in self._known.items() if key in since}
        for draft in drafts:
            known[draft.draft_id] = self._read_draft(draft, since[draft.draft_id])
        self._known = known
        return [one.waiting for one in known.values()], holds

    def _is_known(self, row: store.UntakenDraft) -> bool:
        known = self._known.get(row.draft_id)
        return known is not None and known.rev == row.rev

    def _read_draft(self, draft: Draft, since: datetime) -> KnownReport:
        dangerous = any(not alarm.dismissed for alarm in draft.alarms)
        said = draft.value(FieldName.URGENCY)
        urgency = 0 if dangerous or said == "danger" else 1 if said == "urgent" else 2
        language = language_of(draft.value(FieldName.DESCRIPTION) or "")
        queue = self._agents.queue(self._settings.languages.get(language, self._settings.queue))
        return KnownReport(
            draft.rev, WaitingReport(draft.draft_id, urgency, since, queue), draft.source,
            draft.value(FieldName.CATEGORY), draft.value(FieldName.DISTRICT),
        )  # fmt: skip

    def _tell(self, over: Sequence[EndedOffer], made: Sequence[ReportOffer]) -> None:
        for ended in over:
            _offers.labels(ended.why).inc()
            self._bus.publish(
                ReportOfferOver(agent_id=ended.offer.agent_id, draft_id=ended.offer.draft_id, why=ended.why)
            )
        for offer in made:
            view = self._view(offer)
            if view is not None:
                self._bus.publish(ReportOffered(agent_id=offer.agent_id, offer=view))

    def _view(self, offer: ReportOffer) -> ReportOfferView | None:
        known = self._known.get(offer.draft_id)
        if known is None:
            return None
        zh, en = self._names(known.category)
        district = self._gazetteer.district(known.district or "")
        return ReportOfferView(
            draft_id=offer.draft_id,
            until=offer.until,
            source=known.source,
            urgency=_URGENCIES[known.waiting.urgency],
            waiting_since=known.waiting.since,
            category_name=zh,
            category_name_en=en,
            district_name=None if district is None else district.name_zh,
        )

    def _names(self, category: str | None) -> tuple[str | None, str | None]:
        try:
            found = self._catalogues.by_ref(category or "")
        except NoSuchCategory:
            return None, None
        return found.name_zh, found.name_en
