"""A folder of versions, a trainer and a drafter in service; and versions that took no training to make."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cases.catalogue import load_catalogues, load_words
from cases.drafting.classify.loading import DATA, LETTERS, MEANING
from cases.drafting.classify.weights import Weights, lines, unlined
from cases.drafting.drafter import Drafter
from cases.learning.part import ClassifiersPart
from cases.learning.ports import Progress, Trainer
from cases.learning.retraining.model import (
    ClassifierComparison,
    ComparisonCounts,
    RoundResult,
    TrainingCounts,
)
from cases.learning.retraining.verdict import verdict
from cases.learning.service import Retraining
from cases.learning.versions.active import ActiveModel
from cases.learning.versions.model import Manifest
from cases.learning.versions.store import CASES, VersionStore, files_of
from cases.settings import RetrainingSettings
from core.actor import Actor
from core.storage import Storage
from tests.cases.learning.world import LID, RememberedAudit, category
from tests.cases.rooms import known

PLAIN = ("你好", "路灯坏了，晚上不亮")
LAMP = "P0137"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
OLD = ComparisonCounts(compared=60, first=40, among_three=50, sure=30, sure_wrong=3)
BETTER = ClassifierComparison(old=OLD, new=OLD.model_copy(update={"first": 41}))
SAME = ClassifierComparison(old=OLD, new=OLD)
COUNTS = TrainingCounts(
    sentences=10, cases=5, transcripts=5, descriptions=0, set_aside=1, left_out={}, pieces_left_out=0,
    classes=2,
)  # fmt: skip


class Town:
    """All of it on one storage. `audit` and `trainer` may be replaced."""

    def __init__(
        self, storage: Storage, folder: Path | None, trainer: Trainer | None = None, *, least: int = 20
    ) -> None:
        words, catalogue = load_words(), load_catalogues().default
        self.storage = storage
        self.active_model = ActiveModel(folder, words, catalogue)
        self.audit = RememberedAudit()
        self.retraining = Retraining(
            self.active_model,
            trainer or Ready(),
            self.audit,
            storage.clock,
            RetrainingSettings(least_compared=least),
        )
        self.drafter = Drafter(
            words=words,
            catalogue=catalogue,
            gazetteer=known().gazetteer,
            classifiers=self.active_model.now.classifiers,
        )
        self.part = ClassifiersPart(self.active_model, self.retraining, self.drafter.use, storage.clock)

    @property
    def version_store(self) -> VersionStore:
        return self.retraining.version_store

    def shows(self, said: tuple[str, ...] = PLAIN) -> tuple[str | None, float]:
        return category(said, self.drafter)


async def nothing() -> None:
    """Nothing happens while it trains."""


class Ready:
    """A trainer whose weights are ready; `meanwhile` is done before it ends. `trained` counts the rounds."""

    def __init__(
        self,
        meanwhile: Callable[[], Awaitable[object]] = nothing,
        *,
        comparison: ClassifierComparison = BETTER,
    ) -> None:
        self._meanwhile = meanwhile
        self._comparison = comparison
        self.trained = 0

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> RoundResult:
        self.trained += 1
        progress("letters", 0, 0)
        await asyncio.to_thread(fill, folder)
        await self._meanwhile()
        return RoundResult(
            counts=COUNTS, comparison=self._comparison, files=files_of(folder), shipped="s", scheme="gb",
            scheme_version="2013", seconds=1, peak_mb=1,
        )  # fmt: skip


class SlowAudit(RememberedAudit):
    """Has written it down, and takes its time to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.go_on = asyncio.Event(), asyncio.Event()

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        await super().record(actor, action, subject, detail)
        self.written.set()
        await self.go_on.wait()


def fill(folder: Path) -> None:
    """Weights that can be asked, and that mix up street lamps and manhole covers in Chinese."""
    for name, content in _exchanged().items():
        (folder / name).write_bytes(content)
    (folder / CASES).write_text("")


@cache
def _exchanged() -> dict[str, bytes]:
    other = {LID: LAMP, LAMP: LID}
    out = {}
    with TemporaryDirectory() as folder:
        for name, kind in ((LETTERS, "letters"), (MEANING, "meaning")):
            weights = Weights.read(DATA / name, kind=kind)
            codes = [other.get(one, one) for one in unlined(weights.arrays["zh_codes"])]
            Weights(weights.origin, {**weights.arrays, "zh_codes": lines(codes)}).write(Path(folder) / name)
            out[name] = (Path(folder) / name).read_bytes()
    return out


def kept(version_store: VersionStore, fill: Callable[[Path], None] = fill) -> int:
    """The number of a new version, which is in force now."""
    with version_store.lock():
        making = version_store.begin()
        fill(making)
        made = manifest(version_store, making)
        version_store.keep(making, made)
        pointer = version_store.pointer().after(
            made.number, version_store.sha256(made.number), at=NOW, by="zhou"
        )
        version_store.point(pointer)
        version_store.sweep(pointer)
    return made.number


def manifest(version_store: VersionStore, making: Path) -> Manifest:
    return Manifest(
        number=version_store.next_number(),
        made_at=NOW,
        by="zhou",
        scheme="gb",
        scheme_version="2013",
        shipped="s",
        files=files_of(making),
        counts=COUNTS,
        against=0,
        comparison=BETTER,
        verdict=verdict(BETTER, least=50),
        seconds=1,
        peak_mb=1,
    )
