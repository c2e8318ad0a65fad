"""Shows change patches, gives them out to inspectors when a person says so, and takes in what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from cases.events import CaseFiled, VerificationChanged, VerificationFinding, VerificationState
from core.actor import Actor
from core.audit import TransactionAudit
from core.metrics import counter
from core.operations import OperationReused
from core.place import Position
from core.scopes import Scope
from core.storage import Storage, Transaction
from sensing import rights
from sensing.errors import NoPatchesToRelease, NoSuchPatch, NoSuchPatchImport, PatchesBeingVerified
from sensing.patches import store
from sensing.patches.answers import results_of
from sensing.patches.model import PatchResult, draft_id_of
from sensing.patches.ports import PatchesToLookAt, PatchVerifications
from sensing.patches.store import AGAIN, ASKING, ENDED, OVER, BeatCount, PatchImport, PatchTask, StoredPatch

MOST_IMPORTS: Final = 100
MOST_LISTED: Final = 500
IN_TASK: Final = 20
"""Places of one task: as many as its message has room for, and an inspector can walk to."""
MOST_KIND: Final = 12
_results = counter("sensing_patch_results", "Change patches by what was found there", ["result"])


@dataclass(frozen=True, slots=True)
class ShownImport:
    """An import by its beats; `tasks` the oldest first."""

    found: PatchImport
    beats: Sequence[BeatCount]
    tasks: Sequence[PatchTask]


class ChangePatches:
    def __init__(self, storage: Storage, audit: TransactionAudit, verifications: PatchVerifications) -> None:
        self._storage = storage
        self._audit = audit
        self._verifications = verifications
        self._releasing = asyncio.Lock()

    # --- what is shown ------------------------------------------------------------------------------

    async def imports(self, actor: Actor) -> list[PatchImport]:
        """The newest first. Raises `Forbidden`."""
        rights.SEE_PATCHES.check(actor)
        async with self._storage.read() as connection:
            return await store.imports(connection, MOST_IMPORTS)

    async def one(self, actor: Actor, import_id: UUID) -> ShownImport:
        """Raises `Forbidden`, `NoSuchPatchImport`."""
        rights.SEE_PATCHES.check(actor)
        async with self._storage.read() as connection:
            found = await store.find_import(connection, import_id)
            if found is None:
                raise NoSuchPatchImport(remedy="see songhua patches list")
            beats = await store.beats(connection, import_id, actor.scopes.of(Scope.DISTRICT))
            shown = {one.beat for one in beats}
            tasks = [one for one in await store.tasks(connection, import_id) if one.beat in shown]
        return ShownImport(found, beats, tasks)

    async def listed(
        self,
        actor: Actor,
        *,
        import_id: UUID | None = None,
        beat: str | None = None,
        box: tuple[float, float, float, float] | None = None,
        limit: int = MOST_LISTED,
    ) -> list[StoredPatch]:
        """Patches of the actor's districts. Raises `Forbidden`."""
        rights.SEE_PATCHES.check(actor)
        districts = actor.scopes.of(Scope.DISTRICT)
        async with self._storage.read() as connection:
            return await store.listed(
                connection, import_id=import_id, beat=beat, box=box, districts=districts, limit=limit
            )

    # --- what people do -----------------------------------------------------------------------------

    async def release(self, actor: Actor, import_id: UUID, beat: str, *, op_id: UUID) -> PatchTask:
        """Have an inspector look at the next places of this beat; once for each `op_id`. Places whose task
        was declined or taken back are asked about again.

        Raises `Forbidden`, `OutOfScope`, `NoSuchPatchImport`, `NoPatchesToRelease`, `PatchesBeingVerified`,
        `OperationReused`, and what refuses a verification task.
        """
        rights.RELEASE_PATCHES.check(actor)
        async with self._releasing:
            while True:
                async with self._storage.write() as transaction:
                    task = await self._prepared(transaction, actor, import_id, beat, op_id)
                    places = await store.of_task(transaction.connection, task.draft_id)
                if task.state != ASKING:
                    return task
                asked = await self._verifications.ask(actor, _to_look_at(task, places), op_id=task.op_id)
                if asked is not None:
                    after = replace(
                        task, task_id=asked.task_id, unit_id=asked.unit_id, unit_name=asked.unit_name,
                        state=asked.state.value,
                    )  # fmt: skip
                    async with self._storage.write() as transaction:
                        await store.save_task(transaction, after)
                    return after
                # Somebody decided the draft: its places are for the dispatcher to decide.
                async with self._storage.write() as transaction:
                    await store.save_task(transaction, replace(task, state=OVER, op_id=task.draft_id))

    async def decide(self, actor: Actor, patch_id: UUID, *, real: bool) -> StoredPatch:
        """A person says what a patch is; one of which a case was filed stays. Raises `Forbidden`,
        `NoSuchPatch`, `OutOfScope`.
        """
        rights.DECIDE_PATCH.check(actor)
        result = PatchResult.REAL if real else PatchResult.NOT_REAL
        async with self._storage.write() as transaction:
            found = await store.find(transaction.connection, patch_id, lock=True)
            if found is None:
                raise NoSuchPatch(remedy="look at the list again")
            actor.require_within(Scope.DISTRICT, found.district)
            if found.result in {PatchResult.CASE.value, result.value}:
                return found
            now = transaction.clock.now()
            await store.decide(transaction, patch_id, result, actor.id, now)
            await self._audit.record_in(
                transaction, actor, "patches.decide", f"patch:{patch_id}", {"result": result.value}
            )
        _results.labels(result.value).inc()
        return replace(found, result=result.value, result_by=actor.id, result_at=now)

    # --- what cases say -----------------------------------------------------------------------------

    async def hear(self, event: VerificationChanged) -> None:
        """A task took a step; its answer goes to its places. Once more, it changes nothing."""
        if event.draft_id is None:
            return
        async with self._storage.read() as connection:
            if await store.task_of(connection, draft_id=event.draft_id) is None:
                return
        answer = None
        if event.state is VerificationState.ANSWERED:
            answer = await self._verifications.answer(event.task_id)
        async with self._storage.write() as transaction:
            task = await store.task_of(transaction.connection, draft_id=event.draft_id, locked=True)
            if task is None or task.task_id not in {None, event.task_id}:
                return  # an earlier task about the same places
            if answer is not None:
                await self._answered(transaction, task, event, *answer)
            elif task.state in ENDED:
                return
            await store.save_task(transaction, replace(task, task_id=event.task_id, state=event.state.value))

    async def on_filed(self, event: CaseFiled) -> None:
        """The draft of a task became a case: its places that are not refuted are the case's."""
        if event.draft_id is None:
            return
        async with self._storage.read() as connection:
            if await store.task_of(connection, draft_id=event.draft_id) is None:
                return
        async with self._storage.write() as transaction:
            found = await store.of_task(transaction.connection, event.draft_id)
            for one in found:
                if one.result in {PatchResult.OPEN.value, PatchResult.REAL.value}:
                    case, now = event.case, transaction.clock.now()
                    await store.decide(
                        transaction, one.patch_id, PatchResult.CASE, case.number, now, case.case_id
                    )
                    _results.labels(PatchResult.CASE.value).inc()

    # --- how ----------------------------------------------------------------------------------------

    async def _prepared(
        self, transaction: Transaction, actor: Actor, import_id: UUID, beat: str, op_id: UUID
    ) -> PatchTask:
        """The task to ask for, with its places; what the same operation made before."""
        connection = transaction.connection
        earlier = await store.task_of(connection, op_id=op_id)
        if earlier is not None:
            if (earlier.import_id, earlier.beat) != (import_id, beat):
                raise OperationReused
            await self._require_within(transaction, actor, earlier)
            return earlier
        if await store.find_import(connection, import_id) is None:
            raise NoSuchPatchImport(remedy="look at the list of imports again")
        for one in await store.tasks(connection, import_id, beat):
            if one.state not in ENDED:
                await self._require_within(transaction, actor, one)
            if one.state == ASKING:
                return one  # it was interrupted
            if one.state in AGAIN:
                again = replace(one, op_id=op_id, task_id=None, state=ASKING, released_by=actor.id)
                await self._audited(transaction, actor, again)
                await store.save_task(transaction, again)
                return again
            if one.state not in ENDED:
                raise PatchesBeingVerified(
                    remedy="wait for the answer, or take the task back", unit=one.unit_id, state=one.state
                )
        districts = actor.scopes.of(Scope.DISTRICT)
        chosen = await store.waiting(connection, import_id, beat, districts, IN_TASK)
        if not chosen:
            raise NoPatchesToRelease(remedy="look at the list again")
        draft_id = draft_id_of(import_id, beat, chosen[0].patch_id)
        task = PatchTask(
            draft_id, import_id, beat, op_id, None, "", "", ASKING, actor.id, transaction.clock.now()
        )
        await store.add_task(transaction, task)
        await store.put_into_task(transaction, draft_id, [one.patch_id for one in chosen])
        await self._audited(transaction, actor, task)
        return task

    @staticmethod
    async def _require_within(transaction: Transaction, actor: Actor, task: PatchTask) -> None:
        """Raises `OutOfScope`."""
        for place in await store.of_task(transaction.connection, task.draft_id):
            actor.require_within(Scope.DISTRICT, place.district)

    async def _audited(self, transaction: Transaction, actor: Actor, task: PatchTask) -> None:
        await self._audit.record_in(
            transaction, actor, "patches.release", f"patches:{task.import_id}", {"beat": task.beat}
        )

    async def _answered(
        self,
        transaction: Transaction,
        task: PatchTask,
        event: VerificationChanged,
        finding: VerificationFinding,
        text: str,
    ) -> None:
        places = await store.of_task(transaction.connection, task.draft_id)
        results = results_of(finding, text, len(places))
        for one in places:
            result = results.get(one.place)
            if result is not None and not one.result:
                by = f"unit:{event.unit_id}"
                await store.decide(transaction, one.patch_id, result, by, transaction.clock.now())
                _results.labels(result.value).inc()


def _to_look_at(task: PatchTask, places: Sequence[StoredPatch]) -> PatchesToLookAt:
    first = places[0]
    lines = [
        f"{one.place}. {one.lon:.5f},{one.lat:.5f} {one.kind[:MOST_KIND]} {one.area_m2:.0f}㎡"
        for one in places
    ]
    head = "遥感变化图斑，逐个核实。有真有假时选“不同”，写：属实 1 3；不属实 2。"
    return PatchesToLookAt(
        task.draft_id,
        f"{first.beat_name or '无责任网格'} 遥感图斑 {len(places)} 处",
        "\n".join([head, *lines]),
        Position(lon=first.lon, lat=first.lat, accuracy_m=10.0),
    )
