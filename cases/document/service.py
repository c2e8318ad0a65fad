"""Puts the document of a case together: what its reader may see of it, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from cases import rights
from cases.document.model import CaseDocument, PrintedVerification
from cases.document.ports import DocumentSource
from cases.document.words import Language
from cases.events import CaseView
from cases.privacy import sees_all, shown
from cases.timeline.model import TimelineEntry
from cases.timeline.service import CaseTimeline
from cases.verification.model import Verification
from cases.verification.service import VerificationService
from core.actor import Actor
from core.clock import Clock
from core.views import Views

MOST_LINES: Final = 60
"""Of the words of one call."""
MOST_PHOTOS: Final = 12
MOST_AT_ONCE: Final = 1
"""Drawing takes a processor; whoever asks meanwhile waits."""
_KEPT: Final = "kept"


class CaseDocuments:
    """`hours`: how many the city is ahead of UTC. `font`: a typeface of one's own."""

    def __init__(
        self,
        timeline: CaseTimeline,
        verifications: VerificationService,
        source: DocumentSource,
        views: Views,
        clock: Clock,
        *,
        hours: float,
        font: Path | None,
    ) -> None:
        self._timeline = timeline
        self._verifications = verifications
        self._source = source
        self._views = views
        self._clock = clock
        self._hours = hours
        self._font = font
        self._drawing = asyncio.Semaphore(MOST_AT_ONCE)

    async def pdf(self, actor: Actor, case_id: UUID, language: Language) -> tuple[str, bytes]:
        """The case's number, and the PDF. Who prints what is in the audit trail before it is made.

        Raises `Forbidden`, `NoSuchCase`, `NotYourCase`, `OutOfScope`.
        """
        rights.PRINT_CASE.check(actor)
        case, entries = await self._timeline.of_case(actor, case_id)
        await self._views.viewed(actor, "print-case", f"case:{case.number}")
        document = await self._document(actor, case, entries)
        async with self._drawing:
            made = await asyncio.to_thread(_drawn, document, language, hours=self._hours, font=self._font)
        return case.number, made

    async def _document(self, actor: Actor, case: CaseView, entries: Sequence[TimelineEntry]) -> CaseDocument:
        readable = [one.call_id for one in entries if one.transcript and one.call_id is not None]
        paired = await self._source.pair(case.case_id) or ()
        kept = [
            one.photo_id
            for one in entries
            if one.act == _KEPT and one.photo_id is not None and one.photo_id not in paired
        ]
        calls = await self._source.extracts(actor, readable, MOST_LINES)
        pictures = await self._source.pictures(actor, kept[:MOST_PHOTOS])
        both = await self._source.pictures(actor, paired)
        tasks = await self._verifications.of_case(actor, case.case_id)
        return CaseDocument(
            case=shown(actor, case),
            entries=entries,
            calls=calls,
            pictures=pictures,
            names=await self._source.names(
                _people(case, entries)
                | {one.by for one in (*pictures, *both)}
                | {f"unit:{one.unit_id}" for one in tasks}
            ),
            made_by=actor.name or actor.id,
            made_at=self._clock.now(),
            pair=(both[0], both[1]) if len(both) == 2 else None,
            photos_left_out=max(0, len(kept) - MOST_PHOTOS),
            verifications=[_printed(one, hidden=not sees_all(actor, case)) for one in tasks],
        )


def _printed(task: Verification, *, hidden: bool) -> PrintedVerification:
    answer = task.answer
    return PrintedVerification(
        asked_at=task.asked_at, unit_id=task.unit_id, state=task.state.value,
        finding="" if answer is None else answer.finding.value, late=task.late,
        answered_at=None if answer is None else answer.at,
        words="" if hidden or answer is None else answer.text,
    )  # fmt: skip


def _people(case: CaseView, entries: Sequence[TimelineEntry]) -> set[str]:
    """Everybody whom the document names; a call's `by` lists its agents."""
    had = (*(one.unit_id for one in entries), *(one.unit_id for one in case.dispatches))
    units = {f"unit:{unit_id}" for unit_id in had if unit_id}
    told = {name for one in entries for name in one.by.split(", ")}
    return {*units, *told, case.filed_by, case.acceptor or ""} - {""}


def _drawn(document: CaseDocument, language: Language, *, hours: float, font: Path | None) -> bytes:
    # Imported by who prints: a service that starts does not wait for reportlab and Pillow.
    from cases.document.pdf import draw  # noqa: PLC0415

    return draw(document, language, hours=hours, font=font)
