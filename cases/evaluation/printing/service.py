"""Makes the evaluation to print: for who asks, and for mails."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from cases.evaluation.printing.html import page
from cases.evaluation.printing.model import PrintedEvaluation, PrintLanguage
from cases.evaluation.service import Evaluation, EvaluationRequest
from core.actor import Actor
from core.clock import Clock

__all__ = ["EvaluationPrinting", "PrintLanguage"]

WEEKS: Final = 8
"""How many times the same number of days before are compared with."""
MOST_AT_ONCE: Final = 1
"""Drawing takes a processor; whoever asks meanwhile waits."""


class EvaluationPrinting:
    """`hours`: how many the city is ahead of UTC. `font`: a typeface of one's own."""

    def __init__(self, evaluation: Evaluation, clock: Clock, *, hours: float, font: Path | None) -> None:
        self._evaluation = evaluation
        self._clock = clock
        self._hours = hours
        self._font = font
        self._drawing = asyncio.Semaphore(MOST_AT_ONCE)

    async def made(
        self, actor: Actor, asked: EvaluationRequest, by: str, language: PrintLanguage
    ) -> PrintedEvaluation:
        """Raises as `Evaluation.evaluate`."""
        return PrintedEvaluation(
            found=await self._evaluation.evaluate(actor, asked, by),
            days=await self._evaluation.evaluate(actor, asked, "day"),
            hotspots=await self._evaluation.hotspots(actor, asked, "street", weeks=WEEKS),
            language=language,
            made_by=actor.name or actor.id,
            made_at=self._clock.now() + timedelta(hours=self._hours),
        )

    def html(self, made: PrintedEvaluation) -> str:
        return page(made)

    async def pdf(self, made: PrintedEvaluation) -> bytes:
        async with self._drawing:
            return await asyncio.to_thread(_drawn, made, self._font)

    async def to_send(
        self, actor: Actor, since: date, until: date, language: PrintLanguage
    ) -> tuple[str, str, bytes]:
        """The title, the page as HTML and as PDF. Raises as `Evaluation.evaluate`."""
        made = await self.made(actor, EvaluationRequest(since, until), "department", language)
        return made.title, self.html(made), await self.pdf(made)


def _drawn(made: PrintedEvaluation, font: Path | None) -> bytes:
    # Imported by who prints: a service that starts does not wait for reportlab.
    from cases.evaluation.printing.pdf import draw  # noqa: PLC0415

    return draw(made, font=font)
