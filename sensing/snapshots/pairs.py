"""Which pictures of a case show its place before the work and after it: at most one of each."""

from __future__ import annotations

from uuid import UUID

from core.actor import Actor
from core.audit import TransactionAudit
from core.storage import Storage
from sensing import rights
from sensing.cameras.service import CameraRegister
from sensing.errors import NoSuchSnapshot, PairReversed
from sensing.ports import CasesOfSnapshots
from sensing.snapshots import store
from sensing.snapshots.store import CameraSnapshot, SnapshotMoment


class SnapshotPairs:
    def __init__(
        self, storage: Storage, register: CameraRegister, cases: CasesOfSnapshots, audit: TransactionAudit
    ) -> None:
        self._storage = storage
        self._register = register
        self._cases = cases
        self._audit = audit

    async def mark(self, actor: Actor, snapshot_id: UUID, moment: SnapshotMoment) -> CameraSnapshot:
        """The picture with its moment; audited with the change. Said again, it changes nothing.

        Raises `Forbidden`, `NoSuchSnapshot` (of no case, too), `OutOfScope`, `PairReversed`.
        """
        rights.PAIR.check(actor)
        async with self._storage.read() as connection:
            found = await store.find(connection, snapshot_id)
        if found is None or found.case_id is None or not self._register.lets_see(actor, found.code):
            raise NoSuchSnapshot(remedy="look at the case again")
        await self._cases.require(actor, found.case_id)
        async with self._storage.write() as transaction:
            found = await store.find(transaction.connection, snapshot_id)
            if found is None or found.case_id is None:
                raise NoSuchSnapshot(remedy="look at the case again")
            if found.moment is moment:
                return found
            _require_order(found, moment, await store.marked(transaction.connection, found.case_id))
            await store.mark(transaction, found, moment)
            told = {"photo": str(snapshot_id), "moment": moment.value}
            await self._audit.record_in(
                transaction, actor, "snapshot-mark", f"case:{found.case_number}", told
            )
            marked = await store.find(transaction.connection, snapshot_id)
            assert marked is not None
            return marked


def _require_order(
    one: CameraSnapshot, moment: SnapshotMoment, there: dict[SnapshotMoment, CameraSnapshot]
) -> None:
    will = {known: other for known, other in there.items() if other.snapshot_id != one.snapshot_id}
    will[moment] = one
    before, after = will.get(SnapshotMoment.BEFORE), will.get(SnapshotMoment.AFTER)
    if before is not None and after is not None and before.taken_at >= after.taken_at:
        raise PairReversed(remedy="mark an older picture as before, or a newer one as after")
