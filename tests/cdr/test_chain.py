"""The chain tells when a record was touched, also when the chain after it was rewritten."""

from __future__ import annotations

import asyncio
import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Float, Integer, String, delete, func, insert, select, update
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import AgentStateRow
from cdr.calls.store import CALLS, LEGS
from cdr.chain import store as chain
from cdr.chain import verify
from cdr.chain.entry import entry_hash, to_seal
from cdr.chain.heads import HeadSigner, read_heads
from cdr.chain.keys import init_key, load_private, load_public, public_path
from cdr.chain.records import SealedTable
from cdr.chain.seal import canonical, changed_fields, read_seal, seal
from cdr.errors import KeyTrouble
from cdr.retention.store import lift_hold, set_hold
from cdr.tables import SEALED
from cdr.transcripts.store import SEGMENTS
from cdr.transmissions.store import RecordedTransmission
from core.ids import call_id, leg_id
from core.storage import SealKey, UtcDateTime
from speech.events import TranscriptGap, TranscriptSegment
from tests.cdr.script import Script, answered_call
from tests.cdr.world import SUPERVISOR, Snapshot, World, whats


async def story(world: World) -> Script:
    """A whole call with everything that the ledger keeps, signed.

    It is lived once in each process; later tests on SQLite get a copy of all its files.
    """
    if world.storage.dialect != "sqlite":
        return await lived(world)
    if not _LIVED:
        _LIVED.append((await lived(world), await world.snapshot()))
    told, files = _LIVED[0]
    await world.restore(files)
    return copy.deepcopy(told)


_LIVED: list[tuple[Script, Snapshot]] = []


async def lived(world: World) -> Script:
    told = answered_call()
    await world.take_in(told)
    call, leg = call_id("songhua", told.ids["trunk"]), leg_id("songhua", told.ids["trunk"])
    world.sound(told)
    await world.settle()
    for n, text in enumerate(("南通大街路灯不亮", "好的")):
        await world.ledger.keep_segment(
            TranscriptSegment(
                call_id=call, leg_id=leg, segment_id=uuid4(), speaker="citizen", text=text, final=True,
                start_s=n, end_s=n + 0.7, started_at=told.now, language="zh", engine="fake", confidence=0.9,
            )
        )  # fmt: skip
    await world.ledger.keep_gap(
        TranscriptGap(
            call_id=call, leg_id=leg, segment_id=uuid4(), speaker="agent", start_s=3, end_s=4,
            started_at=told.now, reason="overload",
        )
    )  # fmt: skip
    case = uuid4()
    await world.ledger.record("draft", uuid4(), {"category": "0304"}, call_ids=[call])
    await world.ledger.record("case", case, {"number": "230103-20261125-0001"}, call_ids=[call])
    await world.ledger.record("dispatch", uuid4(), {"step": "queued"}, parent=("case", case))
    await world.ledger.mark_confidential(call, True, "li.na")
    await world.ledger.mark_confidential(call, False, "li.na")
    await world.keep_agent_state(
        AgentStateRow(uuid4(), "li.na", "8001", "talking", "", "ringing", told.now, call, "system", told.now)
    )
    await world.ledger.keep_talk(
        RecordedTransmission(
            uuid4(), "app:daoli", "app:17", "道里一组", 5, uuid4(), emergency=False, came_from="",
            began_at=told.now, ended_at=told.now, cause="", end_seen=True,
        )
    )  # fmt: skip
    async with world.storage.write() as transaction:
        hold = uuid4()
        await set_hold(transaction, hold, f"call:{call}", reason="court", by="sun", now=told.now)
        await lift_hold(transaction, hold, reason="over", by="sun", op_id=uuid4(), now=told.now)
    await world.signer.sign_once()
    return told


async def test_an_untouched_ledger_verifies(any_world: World) -> None:
    await story(any_world)
    report = await any_world.verify(files=True)
    assert report.findings == []
    assert (report.ok, report.heads, report.unsigned) == (True, 1, 0)
    assert report.entries == 1 + 2 + 2 + 2 + 1 + 3 + 2 + 1 + 1 + 2
    assert report.records == report.entries - 2  # the confidential mark and the legal hold have two entries


TABLES = [pytest.param(sealed, id=sealed.kind) for sealed in SEALED if sealed.kind != "erasure"]


_INSTEAD_OF_NOTHING: tuple[tuple[type, Any], ...] = (
    (UtcDateTime, datetime(2026, 1, 1, tzinfo=UTC)),
    (SqlUuid, UUID(int=1)),
    (Float, 0.0),
    (Integer, 0),
    (String, "x"),
)
_CHANGED: tuple[tuple[type, Any], ...] = (
    (bool, lambda value: not value),
    (UUID, lambda value: UUID(int=value.int ^ 1)),
    (datetime, lambda value: value + timedelta(microseconds=1)),
    (float, lambda value: value + 0.000_001),
    (int, lambda value: value + 1),
    (list, lambda value: [*value, "x"]),
    (str, lambda value: value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"),
)


def other(column: Any, value: Any) -> Any:
    """A value that differs from `value` as little as its type allows."""
    if value is None:
        return next(made for kind, made in _INSTEAD_OF_NOTHING if isinstance(column.type, kind))
    return next(change(value) for kind, change in _CHANGED if isinstance(value, kind))


COLUMNS = [
    (sealed, column.name)
    for sealed in SEALED
    if sealed.kind != "erasure"
    for column in sealed.table.columns
    if column.name not in {sealed.key, "seal"}
]


@pytest.mark.parametrize("sealed", TABLES)
async def test_every_changed_column_of_a_record_is_named(world: World, sealed: SealedTable) -> None:
    await story(world)
    row = await first_of(world, sealed)
    names = [column.name for column in sealed.table.columns if column.name not in {sealed.key, "seal"}]
    changed = {name: other(sealed.table.c[name], row[name]) for name in names}
    await overwrite(world, sealed, row[sealed.key], changed)
    [found] = (await world.verify()).findings
    assert (found.what, found.where) == ("record-changed", f"{sealed.kind} {row[sealed.key]}")
    assert sorted(found.detail.split(": ")[-1].split(", ")) == sorted(names)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(COLUMNS))
async def test_one_changed_byte_in_any_column_is_found_and_named(
    world: World, column: tuple[SealedTable, str]
) -> None:
    """Some columns in each run; all of them, one by one, in a thorough one."""
    await story(world)
    sealed, name = column
    row = await first_of(world, sealed)
    await overwrite(world, sealed, row[sealed.key], {name: other(sealed.table.c[name], row[name])})
    findings = (await world.verify()).findings
    assert [(one.what, one.where, one.detail.split(": ")[-1]) for one in findings] == [
        ("record-changed", f"{sealed.kind} {row[sealed.key]}", name)
    ]


async def first_of(world: World, sealed: SealedTable) -> Any:
    query = select(sealed.table).order_by(sealed.table.c[sealed.key]).limit(1)
    async with world.storage.read() as connection:
        return (await connection.execute(query)).one()._mapping


async def overwrite(world: World, sealed: SealedTable, key: Any, values: dict[str, Any]) -> None:
    async with world.storage.write() as transaction:
        await transaction.connection.execute(
            update(sealed.table).where(sealed.table.c[sealed.key] == key).values(values)
        )


@pytest.mark.parametrize("sealed", TABLES)
async def test_a_deleted_or_invented_record_is_found(world: World, sealed: SealedTable) -> None:
    await story(world)
    key = sealed.table.c[sealed.key]
    async with world.storage.write() as transaction:
        row = (await transaction.connection.execute(select(sealed.table).order_by(key).limit(1))).one()
        await transaction.connection.execute(delete(sealed.table).where(key == row._mapping[sealed.key]))
        invented = {**row._mapping, sealed.key: UUID(int=7)}
        if "path" in invented:
            invented["path"] = "20261125/invented-in.alaw"
        await transaction.connection.execute(insert(sealed.table).values(invented))
    found = {(one.what, one.where) for one in (await world.verify()).findings}
    old = row._mapping[sealed.key]
    assert ("record-missing", f"{sealed.kind} {old}") in found
    if sealed is not LEGS or row.call_id is not None:
        assert ("record-unchained", f"{sealed.kind} {UUID(int=7)}") in found


@pytest.mark.parametrize("part", ["salt", "personal_salt", "fields"])
async def test_a_touched_seal_is_found(world: World, part: str) -> None:
    await story(world)
    async with world.storage.write() as transaction:
        row = (await transaction.connection.execute(select(CALLS.table))).one()
        touched = dict(row.seal)
        touched[part] = {**touched[part], "number": "0" * 64} if part == "fields" else "0" * 64
        await transaction.connection.execute(update(CALLS.table).values(seal=touched))
    assert set(whats(await world.verify())) & {"record-changed", "seal-damaged"}


async def test_a_resealed_record_is_found_since_the_chain_knows_another(world: World) -> None:
    """Whoever knows the code can seal a changed record anew; the chain's digest stays what it was."""
    await story(world)
    await change_and_reseal(world)
    [finding] = (await world.verify()).findings
    assert finding.what == "seal-damaged"
    assert finding.where.startswith("call ")


async def change_and_reseal(world: World) -> str:
    """Another number in the call, with a seal that fits; the new digest."""
    async with world.storage.write() as transaction:
        connection = transaction.connection
        await connection.execute(update(CALLS.table).values(number="13999999999"))
        row = (await connection.execute(select(CALLS.table))).one()
        made = seal(CALLS.payload_of(row), CALLS.personal)
        await connection.execute(update(CALLS.table).values(seal=made.stored()))
        return made.digest


async def rewrite(
    connection: AsyncConnection, digests: dict[int, str], *, key: SealKey | None = None
) -> None:
    """The chain anew with other digests, every hash right; and every seal, for who has the key."""
    rows = (await connection.execute(select(chain.chain).order_by(chain.chain.c.seq))).all()
    prev = rows[0].prev
    for row in rows:
        digest = digests.get(row.seq, row.digest)
        made = entry_hash(prev, row.seq, row.kind, row.record_id, digest, row.at, key_id=row.key_id)
        await connection.execute(
            update(chain.chain)
            .where(chain.chain.c.seq == row.seq)
            .values(prev=prev, digest=digest, hash=made, mac=key.mac(to_seal(made)) if key else row.mac)
        )
        prev = made


@pytest.mark.parametrize("has_key", [False, True])
async def test_a_record_rewritten_with_the_chain_after_it_is_found(any_world: World, has_key: bool) -> None:
    world = any_world
    await story(world)
    digest = await change_and_reseal(world)
    async with world.storage.write() as transaction:
        connection = transaction.connection
        of_call = (chain.chain.c.kind == "call",)
        seq = (await connection.execute(select(func.max(chain.chain.c.seq)).where(*of_call))).scalar_one()
        await rewrite(connection, {seq: digest}, key=world.storage.seal_keys.newest if has_key else None)
    report = await world.verify()
    changed = [one for one in report.findings if one.what == "head-changed"]
    assert [one.where for one in changed] == [f"entry {report.entries}"]
    forged = {one.where for one in report.findings if one.what == "entry-forged"}
    assert forged == (set() if has_key else {f"entry {n}" for n in range(seq, report.entries + 1)})
    assert len(report.findings) == len(changed) + len(forged)


async def test_heads_in_the_database_rewritten_too_do_not_help(world: World) -> None:
    await story(world)
    digest = await change_and_reseal(world)
    async with world.storage.write() as transaction:
        connection = transaction.connection
        seq = (
            await connection.execute(select(chain.chain.c.seq).where(chain.chain.c.kind == "call"))
        ).scalar_one()
        await rewrite(connection, {seq: digest})
        last = await chain.last_entry(connection)
        assert last is not None
        await connection.execute(update(chain.heads).values(hash=last.hash, signature="AAAA"))
    assert "head-changed" in whats(await world.verify())


async def test_a_rewritten_chain_is_not_signed_again(world: World) -> None:
    await story(world)
    digest = await change_and_reseal(world)
    async with world.storage.write() as transaction:
        await rewrite(transaction.connection, {2: digest})
    await world.take_in(answered_call(Script(9_000)))
    assert await world.signer.sign_once() is None
    assert "songhua audit verify" in world.signer.trouble


async def test_an_entry_changed_before_it_was_signed_is_not_signed(world: World) -> None:
    await story(world)
    await world.ledger.record("case", "1", {})
    await world.ledger.record("case", "2", {})
    async with world.storage.write() as transaction:
        last = await chain.last_entry(transaction.connection)
        assert last is not None
        await transaction.connection.execute(
            update(chain.chain).where(chain.chain.c.seq == last.seq - 1).values(digest="0" * 64)
        )
    assert await world.signer.sign_once() is None
    assert "broken" in world.signer.trouble


async def test_a_dropped_tail_is_found(world: World) -> None:
    await story(world)
    async with world.storage.write() as transaction:
        last = await chain.last_entry(transaction.connection)
        assert last is not None
        await transaction.connection.execute(delete(chain.chain).where(chain.chain.c.seq > last.seq - 2))
    found = whats(await world.verify())
    assert "chain-cut" in found


async def test_a_missing_middle_entry_is_found(world: World) -> None:
    await story(world)
    async with world.storage.write() as transaction:
        await transaction.connection.execute(delete(chain.chain).where(chain.chain.c.seq == 4))
    found = [(one.what, one.where) for one in (await world.verify()).findings]
    assert ("chain-gap", "entry 4") in found


async def test_two_swapped_entries_are_found(world: World) -> None:
    await story(world)
    async with world.storage.write() as transaction:
        connection = transaction.connection
        three, four = (
            await connection.execute(
                select(chain.chain).where(chain.chain.c.seq.in_([3, 4])).order_by(chain.chain.c.seq)
            )
        ).all()
        for seq, row in ((3, four), (4, three)):
            values = {**row._mapping, "seq": seq}
            await connection.execute(update(chain.chain).where(chain.chain.c.seq == seq).values(values))
    found = [(one.what, one.where) for one in (await world.verify()).findings]
    assert ("entry-changed", "entry 3") in found
    assert ("entry-changed", "entry 4") in found


async def replace_entry(world: World, seq: int) -> None:
    """Another entry in its place, whole and sealed in itself and following on the one before it."""
    key = world.storage.seal_keys.newest
    assert key is not None
    async with world.storage.write() as transaction:
        connection = transaction.connection
        row = (await connection.execute(select(chain.chain).where(chain.chain.c.seq == seq))).one()
        made = entry_hash(row.prev, seq, row.kind, row.record_id, "0" * 64, row.at, key_id=row.key_id)
        await connection.execute(
            update(chain.chain)
            .where(chain.chain.c.seq == seq)
            .values(digest="0" * 64, hash=made, mac=key.mac(to_seal(made)))
        )


async def test_an_entry_that_does_not_follow_on_the_one_before_it_breaks_the_chain(world: World) -> None:
    await story(world)
    await replace_entry(world, 4)
    found = [(one.what, one.where) for one in (await world.verify()).findings]
    assert [one for one in found if one[0] in {"chain-broken", "chain-gap", "entry-changed"}] == [
        ("chain-broken", "entry 5")
    ]


async def test_the_first_entry_follows_on_nothing(world: World) -> None:
    await more(world, 2)
    async with world.storage.write() as transaction:
        connection = transaction.connection
        row = (await connection.execute(select(chain.chain).where(chain.chain.c.seq == 1))).one()
        made = entry_hash("1" * 64, 1, row.kind, row.record_id, row.digest, row.at, key_id=row.key_id)
        await connection.execute(
            update(chain.chain).where(chain.chain.c.seq == 1).values(prev="1" * 64, hash=made)
        )
    found = [(one.what, one.where) for one in (await world.verify()).findings]
    assert [one for one in found if one[0] == "chain-broken"] == [
        ("chain-broken", "entry 1"), ("chain-broken", "entry 2")
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["replaced", "removed", "removed and the gap closed"])
async def test_a_chain_that_broke_before_it_was_signed_is_not_signed(world: World, how: str) -> None:
    await more(world, 1)
    for _ in range(3):
        await world.ledger.record("case", uuid4(), {})
    if how == "replaced":
        await replace_entry(world, 3)
    else:
        async with world.storage.write() as transaction:
            await transaction.connection.execute(delete(chain.chain).where(chain.chain.c.seq == 3))
            if how != "removed":
                await rewrite(transaction.connection, {})
    assert await world.signer.sign_once() is None
    assert "broken" in world.signer.trouble


async def test_any_changed_column_of_an_entry_is_found(world: World) -> None:
    await story(world)
    fifth = chain.chain.c.seq == 5
    for name in ("prev", "kind", "record_id", "digest", "at", "hash"):
        column = chain.chain.c[name]
        async with world.storage.write() as transaction:
            held = (await transaction.connection.execute(select(column).where(fifth))).scalar_one()
            await transaction.connection.execute(
                update(chain.chain).where(fifth).values({name: other(column, held)})
            )
        found = [(one.what, one.where) for one in (await world.verify()).findings]
        assert ("entry-changed", "entry 5") in found, name
        async with world.storage.write() as transaction:
            await transaction.connection.execute(update(chain.chain).where(fifth).values({name: held}))
    assert (await world.verify()).ok


async def test_a_second_entry_for_a_word_is_found(world: World) -> None:
    """Words are written once: changed, sealed anew and appended properly they are still a finding."""
    await story(world)
    async with world.storage.write() as transaction:
        row = (await transaction.connection.execute(select(SEGMENTS.table).limit(1))).one()
        await transaction.connection.execute(
            update(SEGMENTS.table).where(SEGMENTS.table.c.segment_id == row.segment_id).values(text="别的")
        )
        await SEGMENTS.seal(transaction, [row.segment_id], world.storage.clock.now())
    await world.signer.sign_once()
    [finding] = (await world.verify()).findings
    assert (finding.what, finding.where) == ("record-rewritten", f"segment {row.segment_id}")


# ---- heads, outside the database


async def more(world: World, count: int) -> None:
    for n in range(count):
        await world.ledger.record("case", uuid4(), {"n": n})
        assert await world.signer.sign_once() is not None


async def test_heads_are_signed_only_when_the_chain_has_grown(world: World) -> None:
    await more(world, 2)
    assert await world.signer.sign_once() is None
    assert len(world.heads.read_bytes().splitlines()) == 2


async def test_entries_after_the_last_head_are_counted(world: World) -> None:
    await more(world, 2)
    await world.ledger.record("case", uuid4(), {})
    report = await world.verify()
    assert (report.unsigned, report.findings) == (1, [])


@pytest.mark.parametrize("line", [0, 1, 2])
async def test_a_head_taken_out_of_the_file_is_found(world: World, line: int) -> None:
    await more(world, 3)
    lines = world.heads.read_bytes().splitlines(keepends=True)
    del lines[line]
    world.heads.write_bytes(b"".join(lines))
    assert "head-removed" in whats(await world.verify())


async def test_a_head_that_is_signed_meanwhile_is_none_taken_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await more(world, 2)
    elsewhere = world.heads.with_name("copy.jsonl")
    read = verify._read_heads

    async def and_then_signed(*given: Any) -> Any:
        found = await read(*given)
        await more(world, 1)
        elsewhere.write_bytes(world.heads.read_bytes())
        return found

    elsewhere.write_bytes(world.heads.read_bytes())
    monkeypatch.setattr(verify, "_read_heads", and_then_signed)
    report = await world.verify(copies=[elsewhere])
    assert (report.heads, report.entries, report.findings) == (2, 3, [])


@pytest.mark.parametrize("name", ["seq", "hash", "at", "prev", "sig"])
async def test_a_changed_head_is_forged(world: World, name: str) -> None:
    await more(world, 2)
    lines = [json.loads(line) for line in world.heads.read_bytes().splitlines()]
    held = lines[0][name]
    lines[0][name] = held + 1 if isinstance(held, int) else ("0" if held[0] != "0" else "1") + held[1:]
    world.heads.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
    assert "head-forged" in whats(await world.verify())


async def test_a_head_signed_with_another_key_is_forged(world: World) -> None:
    await more(world, 1)
    world.key.unlink()
    init_key(world.key)
    assert "head-forged" in whats(await world.verify())


async def test_without_the_heads_file_nothing_is_proved(world: World) -> None:
    await more(world, 1)
    world.heads.unlink()
    assert "heads-file-missing" in whats(await world.verify())


async def test_a_lost_heads_file_is_not_begun_anew_in_silence(world: World) -> None:
    await more(world, 1)
    world.heads.unlink()
    fresh = HeadSigner(world.storage, world.key, world.heads)
    assert await fresh.sign_once() is None
    assert fresh.trouble


async def test_a_half_written_head_is_named_and_the_next_stands_on_its_own_line(world: World) -> None:
    await more(world, 1)
    with world.heads.open("ab") as stream:
        stream.write(b'{"seq":2,"ha')
    world.signer = HeadSigner(world.storage, world.key, world.heads)
    await more(world, 1)
    heads, damaged = read_heads(world.heads)
    assert ([head.seq for head in heads], damaged) == ([1, 2], [2])
    assert whats(await world.verify()) == ["heads-file-damaged"]


@given(st.binary(max_size=300))
def test_any_bytes_as_heads_file(data: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        read_heads(Path(file.name))


# ---- the key


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "chain.key"
    assert init_key(key) == public_path(key)
    assert key.stat().st_mode & 0o777 == 0o600
    load_private(key)
    load_public(key)
    load_public(public_path(key))
    with pytest.raises(KeyTrouble):
        init_key(key)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "chain.key"
    init_key(key)
    key.chmod(mode)
    with pytest.raises(KeyTrouble, match="other users may read"):
        load_private(key)


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_missing_or_damaged_key_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    key = tmp_path / "chain.key"
    if content is not None:
        key.write_bytes(content)
        key.chmod(0o600)
    for load in (load_private, load_public):
        with pytest.raises(KeyTrouble) as caught:
            load(key)
        assert caught.value.remedy


async def test_without_a_key_the_chain_grows_unsigned_and_health_says_so(world: World) -> None:
    world.key.unlink()
    running = asyncio.create_task(world.signer.run(0.01))
    await world.ledger.record("case", uuid4(), {})
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "init-key" in world.signer.trouble
    assert not world.heads.exists()


# ---- recordings, erasure, many writers


async def test_one_changed_byte_of_sound_is_found(world: World) -> None:
    told = await story(world)
    file = world.recordings / f"20261125/{told.ids['trunk']}-in.alaw"
    sound = bytearray(file.read_bytes())
    sound[1_000] ^= 1
    file.write_bytes(sound)
    [finding] = (await world.verify(files=True)).findings
    assert (finding.what, finding.detail) == ("file-changed", f"20261125/{told.ids['trunk']}-in.alaw")
    assert (await world.verify()).ok


async def test_an_erased_person_leaves_the_chain_whole(any_world: World) -> None:
    world = any_world
    told = await story(world)
    call = call_id("songhua", told.ids["trunk"])
    assert await world.ledger.erase(call, by="zhao", reason="asked by letter of 2026-12-01") == 7
    await world.signer.sign_once()
    report = await world.verify(files=True)
    assert report.findings == []
    assert report.erased == 5
    dump = json.dumps(await world.ledger.call(SUPERVISOR, str(call), reveal=True), ensure_ascii=False)
    for personal in ("13800001234", "王小明", "路灯"):
        assert personal not in dump
    assert list(world.recordings.rglob("*.alaw")) == []


async def test_an_erased_record_can_still_be_proved(world: World) -> None:
    told = await story(world)
    await world.ledger.erase(call_id("songhua", told.ids["trunk"]), by="zhao", reason="asked")
    async with world.storage.write() as transaction:
        await transaction.connection.execute(update(CALLS.table).values(talk_s=1.0))
    [finding] = [one for one in (await world.verify()).findings if one.what == "record-changed"]
    assert finding.detail.endswith("talk_s")


async def test_an_erasure_without_an_order_is_found(world: World) -> None:
    await story(world)
    async with world.storage.write() as transaction:
        row = (await transaction.connection.execute(select(CALLS.table))).one()
        held = read_seal(row.seal)
        assert held is not None
        await transaction.connection.execute(
            update(CALLS.table).values(number="", name="", dialled="", seal=held.erased().stored())
        )
    assert whats(await world.verify()) == ["erased-without-order"]


async def test_erased_again_changes_nothing(world: World) -> None:
    told = await story(world)
    call = call_id("songhua", told.ids["trunk"])
    await world.ledger.erase(call, by="zhao", reason="asked")
    assert await world.ledger.erase(call, by="zhao", reason="asked") == 0


async def test_many_writers_at_once_make_one_chain(any_world: World) -> None:
    await asyncio.gather(*(any_world.ledger.record("case", str(n), {"n": n}) for n in range(20)))
    await any_world.signer.sign_once()
    report = await any_world.verify()
    assert (report.entries, report.findings) == (20, [])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1), values, min_size=1, max_size=5), st.data())
def test_a_seal_names_exactly_what_changed(payload: dict[str, Any], data: st.DataObject) -> None:
    personal = frozenset(data.draw(st.sets(st.sampled_from(sorted(payload)))))
    made = read_seal(json.loads(json.dumps(seal(payload, personal).stored())))
    assert made is not None
    assert changed_fields(payload, made, personal) == []
    name = data.draw(st.sampled_from(sorted(payload)))
    assert changed_fields({**payload, name: ["changed", payload[name]]}, made, personal) == [name]
    assert changed_fields({key: payload[key] for key in payload if key != name}, made, personal) == [name]
    erased = made.erased()
    assert changed_fields({**payload, name: "x!"}, erased, personal) == ([] if name in personal else [name])


def test_equal_records_have_different_digests() -> None:
    """The salt: nobody finds out a number by hashing all numbers."""
    assert seal({"number": "1"}, frozenset()).digest != seal({"number": "1"}, frozenset()).digest
