"""The trained classifiers as a part of the process: what is put into force is taken up while it runs.

The folder is looked at every two seconds rather than being told: a command on this machine, this process and
another one all switch in the same way, and a look that fails is made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cases import rights
from cases.drafting.classify.port import Classifier
from cases.learning.errors import RetrainingRuns
from cases.learning.service import Retraining, RetrainingOutcome, RetrainOptions, check
from cases.learning.versions.active import ActiveModel
from core.actor import Actor
from core.cancellation import finish_before_cancel
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.room import Health
from core.tasks import Tasks

if TYPE_CHECKING:
    from fastapi import APIRouter

LOOK_EVERY_S = 2.0
AGAIN_EVERY = 30
"""Looks after which one that failed is made again though no file has changed."""
_log = logger("cases")


@dataclass(slots=True)
class RoundProgress:
    """The round that runs in this process, or the last one: `step` is empty once it has ended."""

    step: str = "starting"
    done: int = 0
    of: int = 0
    outcome: RetrainingOutcome | None = None
    failure: SonghuaError | None = None

    @property
    def running(self) -> bool:
        """Whether a training runs now."""
        return bool(self.step)


class ClassifiersPart:
    """Implements `core.room.Room`. `use` puts classifiers to work at once."""

    name = "classifiers"

    def __init__(
        self,
        active_model: ActiveModel,
        retraining: Retraining,
        use: Callable[[Sequence[Classifier]], None],
        clock: Clock,
    ) -> None:
        self.active_model = active_model
        self.retraining = retraining
        self.routers: Sequence[APIRouter] = ()
        self.work: RoundProgress | None = None
        self._use = use
        self._clock = clock
        self._looking = asyncio.Lock()
        self._tasks = Tasks("classifiers")

    async def start(self) -> None:
        if self.active_model.now.fault:
            _log.error("the classifiers in force cannot be used", why=self.active_model.now.fault)
        self._tasks.forever("watch", self.watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        fault = self.active_model.now.fault
        return Health(self.name, "degraded", fault) if fault else Health(self.name, "up")

    async def watch(self) -> None:
        """Take up what is put into force, until cancelled."""
        view_audit = 0
        while True:
            view_audit += 1
            await self.look(again=view_audit % AGAIN_EVERY == 0)
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self, *, again: bool = False) -> None:
        """Loading takes the better part of a second: it is done in a thread, and swapped in at once.

        To its end even when cancelled: what was looked at is not looked at again before it changes.
        """
        async with self._looking:
            await finish_before_cancel(self._look(again=again))

    async def _look(self, *, again: bool) -> None:
        found = await asyncio.to_thread(self.active_model.look, again=again)
        if found is None:
            return
        self.active_model.take(found)
        if not found.fault:
            self._use(found.classifiers)

    def require_able(self, actor: Actor, wish: RetrainOptions) -> None:
        """Raises `Forbidden`, `ReasonMissing`, `NoFolder`."""
        rights.CLASSIFIERS.check(actor)
        check(wish)
        self.retraining.require_folder()

    def begin(self, actor: Actor, wish: RetrainOptions) -> RoundProgress:
        """Train in the background. Raises as `require_able`, and `RetrainingRuns` while a round runs here."""
        self.require_able(actor, wish)
        if self.work is not None and self.work.running:
            raise RetrainingRuns(remedy="GET /api/cases/classifiers shows how far it is")
        work = self.work = RoundProgress()

        async def run() -> None:
            await self._round(work, actor, wish)

        if not self._tasks.spawn("retrain", run):
            work.step = ""
        return work

    async def _round(self, work: RoundProgress, actor: Actor, wish: RetrainOptions) -> None:
        def tell(step: str, done: int, of: int) -> None:
            work.step, work.done, work.of = step, done, of

        try:
            work.outcome = await self.retraining.retrain(actor, wish, tell)
            await self.look()
        except SonghuaError as error:
            work.failure = error
            _log.warning("classifiers were not trained", error=error.kind, why=error.detail)
        finally:
            work.step, work.done, work.of = "", 0, 0
