"""What somebody does who wants the record to say something else: with the database alone, with the files of
the machine too, and with every key of it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from cdr.audit import verify_all
from cdr.calls.store import CALLS
from cdr.chain import seal_keys, store
from cdr.chain import store as chain
from cdr.chain.copies.file import SecondFile
from cdr.chain.copies.sender import HeadSender
from cdr.chain.copies.settings import HeadsCopies
from cdr.chain.copies.syslog import message
from cdr.chain.entry import entry_hash
from cdr.chain.heads import HeadSigner, read_heads
from cdr.chain.keys import init_key, public_path
from cdr.filings.store import FILINGS
from cdr.tables import SEALED
from core.actor import Actor
from core.storage import SealKeys, Storage
from gateway.wiring.sealing import AUDIT, LedgerChain
from identity.audit.service import AuditTrail
from identity.audit.store import audit
from tests.cdr.test_chain import change_and_reseal, more, rewrite, story
from tests.cdr.world import World, whats

LI_NA = Actor("li.na", "Li Na")
NOT_THE_NUMBER = "13999999999"


class Stranger:
    """Has the password of the database and the source, and nothing else: the storage without its keys."""

    def __init__(self, world: World) -> None:
        self.storage = Storage(world.storage.engine, clock=world.storage.clock)

    async def rewrite_call(self) -> UUID:
        """Another number and other agents, sealed as the ledger does it, with a proper second entry."""
        async with self.storage.write() as transaction:
            values = {"number": NOT_THE_NUMBER, "agents": ["nobody"]}
            await transaction.connection.execute(update(CALLS.table).values(values))
            call_id: UUID = (await transaction.connection.execute(select(CALLS.table.c.call_id))).scalar_one()
            await CALLS.seal(transaction, [call_id], self.storage.clock.now())
            return call_id


@pytest.fixture
def audited(any_world: World) -> AuditTrail:
    any_world.storage.chain = LedgerChain()
    return AuditTrail(any_world.storage)


# ---- with the database alone


async def test_a_call_rewritten_with_the_database_alone_is_found(any_world: World) -> None:
    world = any_world
    await story(world)
    call_id = await Stranger(world).rewrite_call()
    await world.signer.sign_once()
    [finding] = (await world.verify()).findings
    assert finding.what == "entry-unsealed"
    assert f"call {call_id}" in finding.detail
    assert "not sealed" in world.signer.unsealed


async def test_an_entry_with_a_guessed_seal_is_found_and_not_signed(world: World) -> None:
    await story(world)
    stranger = Stranger(world)
    stranger.storage.seal_keys = SealKeys([seal_keys.init(world.folder / "own.key")])
    key_id = world.storage.seal_keys.newest
    assert key_id is not None
    await stranger.rewrite_call()
    assert await world.signer.sign_once() is None
    assert "a key that is not here" in world.signer.trouble
    assert whats(await world.verify()) == ["seal-key-missing"]
    async with stranger.storage.write() as transaction:  # the right name upon it does not help
        last = await store.last_entry(transaction.connection)
        assert last is not None
        made = entry_hash(
            last.prev, last.seq, last.kind, last.record_id, last.digest, last.at, key_id=key_id.id
        )
        entry = chain.chain.c.seq == last.seq
        await transaction.connection.execute(
            update(chain.chain).where(entry).values(key_id=key_id.id, hash=made)
        )
    assert await world.signer.sign_once() is None
    assert "not made with the seal key" in world.signer.trouble
    assert whats(await world.verify()) == ["entry-forged"]


async def test_a_sealed_chain_does_not_pass_for_one_of_before(world: World) -> None:
    """Seals and key ids taken away, and every hash made anew as if there had never been a key."""
    await story(world)
    await world.ledger.record("case", "1", {})
    async with Stranger(world).storage.write() as transaction:
        await transaction.connection.execute(update(chain.chain).values(key_id="", mac=""))
        await rewrite(transaction.connection, {})
    assert await world.signer.sign_once() is None
    assert "head-changed" in whats(await world.verify())


async def test_entries_of_before_the_key_verify_as_of_their_time(any_world: World) -> None:
    """An installation that had no seal key; it gets one, and what it has stays proved by the heads alone."""
    world = any_world
    keys, world.storage.seal_keys = world.storage.seal_keys, SealKeys()
    await more(world, 2)
    world.storage.seal_keys = keys
    await more(world, 2)
    report = await world.verify()
    assert (report.findings, report.entries, report.unsealed) == ([], 4, 2)


async def test_a_program_without_the_key_writes_nothing_into_a_sealed_chain(world: World) -> None:
    beside = Storage(world.storage.engine, seal_keys=SealKeys(needed=True))
    async with beside.write() as transaction:  # where no key was ever made it may
        await chain.append(transaction, [("case", "1", "0" * 64)], world.storage.clock.now())
    await more(world, 1)
    with pytest.raises(Exception, match="seal key cannot be read here"):
        async with beside.write() as transaction:
            await chain.append(transaction, [("case", "2", "0" * 64)], world.storage.clock.now())


# ---- with the files of the machine


async def test_entries_cut_together_with_their_heads_are_found_by_a_copy(any_world: World) -> None:
    world = any_world
    await more(world, 15)
    copy = await copied(world)
    await cut(world, 5)
    assert (await world.verify()).findings == []
    report = await world.verify(copies=[copy])
    found = {(one.what, one.where) for one in report.findings}
    assert ("chain-cut", "entry 6") in found
    assert {where for what, where in found if what == "copied-head-removed"} == {
        f"head {n}" for n in range(6, 16)
    }
    assert (report.copied, report.copied_to) == (15, 15)


async def cut(world: World, last: int) -> None:
    """Everything after this entry goes: records, entries, heads in the database, lines of the heads file."""
    async with world.storage.write() as transaction:
        connection = transaction.connection
        later = select(chain.chain.c.record_id).where(chain.chain.c.seq > last)
        gone = [UUID(one) for one in (await connection.execute(later)).scalars()]
        await connection.execute(delete(FILINGS.table).where(FILINGS.table.c.filing_id.in_(gone)))
        await connection.execute(delete(chain.chain).where(chain.chain.c.seq > last))
        await connection.execute(delete(chain.heads).where(chain.heads.c.seq > last))
    lines = world.heads.read_bytes().splitlines(keepends=True)
    world.heads.write_bytes(b"".join(lines[:last]))


async def copied(world: World) -> Path:
    """A copy of the heads, as it lies on another mount."""
    copy = world.folder / "elsewhere.heads"
    sender = HeadSender(world.heads, [SecondFile(copy)], world.storage.clock, retry_s=1, late_s=1)
    await sender.send_once()
    return copy


# ---- with every key of the machine


async def resigned(world: World) -> None:
    """Root rewrites the call, reseals it, makes the chain, its seals and all heads anew."""
    digest = await change_and_reseal(world)
    async with world.storage.write() as transaction:
        connection = transaction.connection
        of_call = select(chain.chain.c.seq).where(chain.chain.c.kind == "call")
        seq = (await connection.execute(of_call)).scalar_one()
        await rewrite(connection, {seq: digest}, key=world.storage.seal_keys.newest)
        await connection.execute(delete(chain.heads))
    world.heads.unlink()
    await HeadSigner(world.storage, world.key, world.heads).sign_once()


async def test_everything_signed_again_by_root_is_found_by_a_copy(any_world: World) -> None:
    world = any_world
    await story(world)
    copy = await copied(world)
    await resigned(world)
    assert (await world.verify()).findings == []
    assert set(whats(await world.verify(copies=[copy]))) == {"copied-head-changed", "copied-head-removed"}


async def test_heads_under_timestamps_are_compared_with_the_chain(world: World) -> None:
    """That an authority stamped them says nothing while nobody looks whether they are still those."""
    await story(world)
    copies = HeadsCopies(timestamps="http://tsa.example/tsr", timestamps_file=await copied(world))
    settings = world.settings.model_copy(update={"heads_copies": copies})
    assert (await verify_all(world.storage, settings, SEALED, files=False)).findings == []
    await resigned(world)
    report = await verify_all(world.storage, settings, SEALED, files=False)
    assert set(whats(report)) == {"copied-head-changed", "copied-head-removed"}


async def test_everything_signed_again_with_another_key_is_found_by_copy_and_public_key(world: World) -> None:
    await story(world)
    copy = await copied(world)
    public = world.folder / "elsewhere.pub"
    public.write_bytes(public_path(world.key).read_bytes())
    world.key.unlink()
    init_key(world.key)
    await resigned(world)
    assert (await world.verify()).findings == []
    world.key = public
    assert set(whats(await world.verify(copies=[copy]))) == {
        "head-forged", "copied-head-changed", "copied-head-removed"
    }  # fmt: skip


async def test_a_copy_may_be_a_log_that_lost_lines(world: World) -> None:
    await more(world, 4)
    heads, _ = read_heads(world.heads)
    log = world.folder / "remote.log"
    log.write_bytes(b"other words\n" + b"".join(message(head, "gw", 7) + b"\n" for head in heads[1:3]))
    report = await world.verify(copies=[log])
    assert (report.findings, report.copied, report.copied_to) == ([], 2, 3)
    await cut(world, 1)
    assert "chain-cut" in whats(await world.verify(copies=[log]))


@pytest.mark.parametrize("content", [None, b"", b"no head\n"])
async def test_a_copy_without_heads_proves_nothing_and_says_so(world: World, content: bytes | None) -> None:
    await more(world, 1)
    copy = world.folder / "copy"
    if content is not None:
        copy.write_bytes(content)
    assert whats(await world.verify(copies=[copy])) == ["copy-missing"]


# ---- the audit trail


async def test_the_audit_trail_deleted_cut_or_edited_is_found(any_world: World, audited: AuditTrail) -> None:
    world = any_world
    for n in range(3):
        await audited.record(LI_NA, "listen", f"recording:{n}", {"n": n})
    await audited.adopt()
    await world.signer.sign_once()
    tables = [AUDIT]
    assert (await world.verify(tables=tables)).findings == []

    async with world.storage.write() as transaction:
        held = (await transaction.connection.execute(select(audit).order_by(audit.c.seq))).all()
        await transaction.connection.execute(
            update(audit).where(audit.c.seq == held[1].seq).values(actor="zhao", detail={"n": 9})
        )
    [finding] = (await world.verify(tables=tables)).findings
    assert (finding.what, finding.where) == ("record-changed", f"audit {held[1].seq}")
    assert finding.detail.endswith("actor, detail")

    async with world.storage.write() as transaction:
        await transaction.connection.execute(delete(audit))
    assert whats(await world.verify(tables=tables)) == ["record-missing"] * 4


async def test_a_row_put_into_the_audit_trail_is_found(any_world: World, audited: AuditTrail) -> None:
    world = any_world
    async with world.storage.write() as transaction:  # of before the trail was chained
        await transaction.connection.execute(insert(audit).values(_row(world, "zhao")))
    await audited.adopt()
    await audited.adopt()
    await world.signer.sign_once()
    assert (await world.verify(tables=[AUDIT])).findings == []
    async with world.storage.write() as transaction:
        await transaction.connection.execute(insert(audit).values(_row(world, "li.na")))
    await audited.adopt()
    assert whats(await world.verify(tables=[AUDIT])) == ["record-unchained"]


def _row(world: World, actor: str) -> dict[str, object]:
    at = world.storage.clock.now() - timedelta(hours=1)
    return {"at": at, "actor": actor, "action": "listen", "subject": "recording:1", "detail": {}}


def test_the_seal_key_prints_itself_nowhere(tmp_path: Path) -> None:
    key = seal_keys.init(tmp_path / "seal")
    assert key.secret.hex() not in repr(key) + json.dumps(key.id)
