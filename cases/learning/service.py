"""Training anew, switching and going back: what an admin does, and what is written down of it.

Everything that moves what is in force happens under the lock of its folder, once the audit trail has it.
While a round trains that lock is free: whoever finds that weights in force are bad can go back at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cases import rights
from cases.errors import BrokenTable, CaseReasonMissing
from cases.learning.errors import (
    BrokenVersion,
    NoFolder,
    NothingBefore,
    Overtaken,
    RetrainingRuns,
    TrainingFailed,
)
from cases.learning.ports import Progress, Trainer, quietly
from cases.learning.retraining.model import RoundResult
from cases.learning.retraining.verdict import SwitchVerdict, verdict
from cases.learning.versions.active import ActiveModel
from cases.learning.versions.model import SHIPPED, Manifest, Pointer
from cases.learning.versions.store import ListedVersion, VersionStore
from cases.settings import RetrainingSettings
from core.actor import Actor
from core.audit import Audit
from core.cancellation import finish_before_cancel
from core.clock import Clock
from core.errors import Invalid
from core.log import logger
from core.metrics import counter

SUBJECT = "cases:classifiers"
MOST_REASON = 500
TURNS = 50
TURN_S = 0.1
"""So often, and so long after each other, is what is in force asked for: another switch takes moments."""
_ANOTHER = "choose another one: songhua cases models shows which were in force; 0 are the shipped weights"
_log = logger("cases")
_rounds = counter("cases_retrainings", "Rounds of training that came to an end", ["outcome"])


@dataclass(frozen=True, slots=True)
class RetrainOptions:
    """`even_if_worse` switches whatever the comparison says and needs a `reason`; `dry_run` never does."""

    dry_run: bool = False
    even_if_worse: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetrainingOutcome:
    """`version` is the new one, None when nothing was switched; `against` is what it was compared with."""

    made: RoundResult
    verdict: SwitchVerdict
    against: int
    version: int | None
    wish: RetrainOptions


@dataclass(frozen=True, slots=True)
class Models:
    """`fault` says why what is in force cannot be told or used."""

    pointer: Pointer | None
    versions: list[ListedVersion]
    fault: str = ""


class Retraining:
    def __init__(
        self,
        active_model: ActiveModel,
        trainer: Trainer,
        audit: Audit,
        clock: Clock,
        settings: RetrainingSettings,
    ) -> None:
        self._active_model = active_model
        self._trainer = trainer
        self._audit = audit
        self._clock = clock
        self._settings = settings

    @property
    def version_store(self) -> VersionStore:
        """Raises `NoFolder`."""
        if self._active_model.version_store is None:
            raise NoFolder(
                "cases.classifiers is not set",
                remedy="set it to a folder beside the database, for example /var/lib/songhua/classifiers",
            )
        return self._active_model.version_store

    def require_folder(self) -> None:
        """Raises `NoFolder`."""
        _ = self.version_store

    async def models(self, actor: Actor) -> Models:
        """What there is on the shelf, the newest first."""
        rights.CLASSIFIERS.check(actor)
        return await asyncio.to_thread(self._models)

    async def retrain(
        self, actor: Actor, wish: RetrainOptions, progress: Progress = quietly
    ) -> RetrainingOutcome:
        """Train, compare, and put the new weights into force where they are better.

        Raises `RetrainingRuns`, `TrainingFailed`, `NothingToTrainOn`, `BrokenVersion` (what is in force
        cannot be used: go back first), `Overtaken`, `CaseReasonMissing`; then nothing has changed.
        """
        rights.CLASSIFIERS.check(actor)
        check(wish)
        version_store = self.version_store
        async with AsyncExitStack() as stack:
            stack.enter_context(version_store.training())
            before, old = await asyncio.to_thread(self._active_model.in_force)
            making = await asyncio.to_thread(version_store.begin)
            stack.push_async_callback(asyncio.to_thread, version_store.give_up, making)
            try:
                made = await self._trainer.train(making, old, progress)
                await asyncio.to_thread(self._try_on, making)
            except TrainingFailed:
                _rounds.labels("failed").inc()
                raise
            judged = verdict(made.comparison, least=self._settings.least_compared)
            ended = RetrainingOutcome(made, judged, before.version, None, wish)
            return await finish_before_cancel(self._settle(actor, making, ended, before))

    async def roll_back(self, actor: Actor, *, to: int | None = None, reason: str = "") -> tuple[int, int]:
        """Back to the version before, or to an earlier one that was in force; (which, from which).

        It is tried on first. A former version that cannot be used is passed over; one that was named is
        refused. Raises `NothingBefore`, `BrokenVersion`, `RetrainingRuns`; then nothing has changed.
        """
        rights.CLASSIFIERS.check(actor)
        return await finish_before_cancel(self._go_back(actor, to, reason[:MOST_REASON]))

    # --- to their end, whoever is cancelled: what the trail tells is done -------------------------

    async def _settle(
        self, actor: Actor, making: Path, ended: RetrainingOutcome, before: Pointer
    ) -> RetrainingOutcome:
        """Write the round down and, where that is wanted, put its weights into force."""
        wish, number = ended.wish, None
        switch = not wish.dry_run and (ended.verdict.better or wish.even_if_worse)
        async with AsyncExitStack() as stack:
            if switch:
                await stack.enter_async_context(self._alone())
                await asyncio.to_thread(self._require_still, before)
                number = await asyncio.to_thread(self.version_store.next_number)
            await self._audit.record(actor, "cases.retrain", SUBJECT, _detail(ended, number))
            if number is not None:
                manifest = _manifest(ended, number, actor, self._clock.now())
                await asyncio.to_thread(self._switch, making, manifest)
        outcome = "switched" if switch else "dry-run" if wish.dry_run else "not-better"
        _rounds.labels(outcome).inc()
        _log.info("classifiers were trained", outcome=outcome, version=number, by=actor.id)
        return replace(ended, version=number)

    async def _go_back(self, actor: Actor, to: int | None, reason: str) -> tuple[int, int]:
        async with self._alone():
            now, target, sha256 = await asyncio.to_thread(self._way_back, to)
            detail = {"from": now.version, "to": target, "reason": reason}
            await self._audit.record(actor, "cases.roll-back-classifiers", SUBJECT, detail)
            pointer = now.back_to(target, sha256, at=self._clock.now(), by=actor.id)
            await asyncio.to_thread(self.version_store.point, pointer)
        _log.info("classifiers were rolled back", version=target, before=now.version, by=actor.id)
        return target, now.version

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """What is in force is ours to change; waits for whoever changes it now. Raises `RetrainingRuns`."""
        with ExitStack() as stack:
            for left in reversed(range(TURNS)):
                try:
                    stack.enter_context(self.version_store.lock())
                    break
                except RetrainingRuns:
                    if not left:
                        raise
                await self._clock.sleep(TURN_S)
            yield

    # --- blocking -------------------------------------------------------------------------------

    def _models(self) -> Models:
        version_store = self.version_store
        versions = version_store.versions()
        try:
            pointer = version_store.pointer()
            if pointer.version != SHIPPED:
                version_store.whole(pointer.version, pointer.sha256)
        except BrokenVersion as broken:
            return Models(_pointer_or_none(version_store), versions, f"{broken.detail}: {broken.remedy}")
        return Models(pointer, versions)

    def _try_on(self, making: Path) -> None:
        try:
            self._active_model.try_on(making)
        except BrokenTable as broken:
            raise TrainingFailed(
                f"the new weights cannot be used: {broken.detail}",
                remedy="train again; report it if it stays",
            ) from broken

    def _require_still(self, before: Pointer) -> None:
        """Raises `Overtaken`, `BrokenVersion`."""
        now = self.version_store.pointer()
        if (now.version, now.sha256) != (before.version, before.sha256):
            _rounds.labels("overtaken").inc()
            raise Overtaken(
                f"version {now.version} is in force; compared was version {before.version} as it was",
                remedy="train again",
            )

    def _switch(self, making: Path, manifest: Manifest) -> None:
        version_store = self.version_store
        pointer = version_store.pointer()
        version_store.keep(making, manifest)
        after = pointer.after(
            manifest.number, version_store.sha256(manifest.number), at=manifest.made_at, by=manifest.by
        )
        version_store.point(after)
        version_store.sweep(after)

    def _way_back(self, to: int | None) -> tuple[Pointer, int, str]:
        """The pointer now, the version to return to, and its manifest's SHA-256."""
        version_store = self.version_store
        try:
            now = version_store.pointer()
        except BrokenVersion:
            now = Pointer(version=max((one.number for one in version_store.versions()), default=SHIPPED))
        if to is not None:
            if to not in {*now.before, SHIPPED} or to == now.version:
                raise NothingBefore(
                    f"version {to} was not in force before version {now.version}",
                    remedy="songhua cases models shows which ones were",
                )
            try:
                return now, to, self._usable(version_store, to)
            except BrokenVersion as broken:
                raise BrokenVersion(broken.detail, remedy=_ANOTHER) from broken
        for former in (*reversed(now.before), SHIPPED):
            if former == now.version:
                continue
            try:
                return now, former, self._usable(version_store, former)
            except BrokenVersion as broken:
                _log.warning("a former version cannot be used", version=former, why=broken.detail)
        raise NothingBefore("the shipped weights are in force", remedy="there is nothing to go back to")

    def _usable(self, version_store: VersionStore, number: int) -> str:
        if number == SHIPPED:
            return ""
        sha256 = version_store.sha256(number)
        self._active_model.usable(version_store, number, sha256)
        return sha256


def check(wish: RetrainOptions) -> None:
    """Raises `CaseReasonMissing`, `Invalid`."""
    if wish.even_if_worse and not wish.reason.strip():
        raise CaseReasonMissing(
            "weights that are not better are put into force only with a reason",
            remedy="say why; it stays in the audit trail and in the version's manifest",
        )
    if wish.even_if_worse and wish.dry_run:
        raise Invalid("a dry run switches nothing", remedy="choose one of the two")
    if len(wish.reason) > MOST_REASON:
        raise Invalid(f"the reason is longer than {MOST_REASON} characters", remedy="make it shorter")


def _pointer_or_none(version_store: VersionStore) -> Pointer | None:
    try:
        return version_store.pointer()
    except BrokenVersion:
        return None


def _detail(ended: RetrainingOutcome, number: int | None) -> dict[str, Any]:
    made, judged, wish = ended.made, ended.verdict, ended.wish
    return {
        "version": number,
        "against": ended.against,
        "dry_run": wish.dry_run,
        "better": judged.better,
        "why": [one.code for one in judged.why],
        "even_if_worse": wish.even_if_worse,
        "reason": wish.reason,
        "cases": made.counts.cases,
        "comparison": made.comparison.model_dump(mode="json"),
    }


def _manifest(ended: RetrainingOutcome, number: int, actor: Actor, at: datetime) -> Manifest:
    made = ended.made
    return Manifest(
        number=number,
        made_at=at,
        by=actor.id,
        reason="" if ended.verdict.better else ended.wish.reason,
        scheme=made.scheme,
        scheme_version=made.scheme_version,
        shipped=made.shipped,
        files=made.files,
        counts=made.counts,
        against=ended.against,
        comparison=made.comparison,
        verdict=ended.verdict,
        seconds=made.seconds,
        peak_mb=made.peak_mb,
    )
