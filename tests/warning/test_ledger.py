"""A warning from draft to end: who may release it, what ends it, each act once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Forbidden, SonghuaError
from core.ids import uuid7
from core.storage import Storage
from tests.warning.caps import BUREAU, NOW, SQUARE, cap, keys
from tests.warning.centre import ADMIN, AGENT, LI, MA, PROGRAM, WANG, Centre
from warning.cap.errors import CapRefusal
from warning.cap.intake import take
from warning.cap.model import CapStatus
from warning.cap.reading import read
from warning.cap.signature import signed_bytes
from warning.cap.writing import write
from warning.channels import WarningChannel
from warning.errors import (
    DrafterCannotRelease,
    NoSigningKey,
    NotReleased,
    PersonReleases,
    ReleasedByYou,
    WarningExpired,
    WarningOver,
    WarningRefused,
    WarningReleased,
)
from warning.ledger.drafting import WarningDraft
from warning.ledger.model import (
    BEFORE,
    OVER,
    CancelledBy,
    CancelledByMessage,
    RecordedWarning,
    ReleasedBy,
    ReplacedByMessage,
    TimePassed,
    WarningAct,
    WarningOrigin,
    WarningState,
    apply,
    warning_id_of,
)
from warning.settings import WarningSender, WarningSettings, WarningSigning

UNSIGNED = WarningSettings(senders={BUREAU: WarningSender(unsigned=True)})


def draft(**changed: Any) -> WarningDraft:
    return WarningDraft.model_validate(
        {
            "status": "Actual", "event": "暴雨", "headline": "暴雨红色预警", "description": "请留在室内",
            "severity": "Extreme", "expires": NOW + timedelta(hours=2), "channels": ["units", "desk"],
            "areas": [{"description": "道里区", "polygons": [SQUARE]}], **changed,
        }
    )  # fmt: skip


def recorded(status: CapStatus, origin: WarningOrigin, signed: bool) -> RecordedWarning:
    message = cap(status=status)
    return RecordedWarning(
        warning_id_of(*message.reference.key), message, origin, signed, (WarningChannel.DESK,), "li", NOW
    )


PEOPLE = st.sampled_from(["li", "wang", "ma"])
ACTS = st.one_of(
    PEOPLE.map(ReleasedBy),
    st.builds(CancelledBy, PEOPLE, st.just("no")),
    st.just(CancelledByMessage("1")),
    st.just(ReplacedByMessage("1")),
    st.just(TimePassed()),
)


@given(
    st.sampled_from([CapStatus.ACTUAL, CapStatus.EXERCISE, CapStatus.TEST]),
    st.sampled_from(WarningOrigin),
    st.booleans(),
    st.lists(st.tuples(ACTS, st.integers(0, 90)), max_size=12),
)
def test_an_actual_warning_runs_only_after_two_others_released_it(
    status: CapStatus, origin: WarningOrigin, signed: bool, acts: list[tuple[WarningAct, int]]
) -> None:
    one, now = recorded(status, origin, signed), NOW
    for act, minutes in acts:
        now += timedelta(minutes=minutes)
        before = one
        try:
            one = apply(one, act, now, drafter_may=False, at_most=timedelta(hours=1))
        except SonghuaError:
            continue
        assert before.state not in OVER
        if one.state is WarningState.RUNNING and before.state in BEFORE:
            released = {one.first_by, one.released_by} - {""}
            assert len(released) == one.people
            proven = signed and origin is WarningOrigin.RECEIVED
            assert proven or status is not CapStatus.ACTUAL or "li" not in released
            assert one.ends_at is not None
            assert now < one.ends_at <= now + timedelta(hours=1)
        if one.state in OVER:
            assert one.over_at == now
        if one.state is WarningState.WITHDRAWN:
            assert one.released_at is None


async def test_two_others_than_the_drafter_release_an_actual_warning(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    op_id = uuid7()
    made = await centre.ledger.draft(LI, draft(), None, op_id)
    again = await centre.ledger.draft(LI, draft(), None, op_id)
    assert again == made
    assert len(await centre.ledger.listed(AGENT)) == 1
    refused: list[tuple[Any, type[SonghuaError]]] = [
        (LI, DrafterCannotRelease), (AGENT, Forbidden), (ADMIN, Forbidden), (PROGRAM, PersonReleases),
    ]  # fmt: skip
    for who, error in refused:
        with pytest.raises(error):
            await centre.ledger.release(who, made.warning_id, uuid7())
    first = uuid7()
    half = await centre.ledger.release(WANG, made.warning_id, first)
    assert half.state is WarningState.HALF_RELEASED
    # The same press again is not the second person, and neither is the same person.
    assert (await centre.ledger.release(WANG, made.warning_id, first)).state is WarningState.HALF_RELEASED
    with pytest.raises(ReleasedByYou):
        await centre.ledger.release(WANG, made.warning_id, uuid7())
    with pytest.raises(Conflict):
        await centre.ledger.release(MA, made.warning_id, first)
    second = uuid7()
    ran = await centre.ledger.release(MA, made.warning_id, second)
    assert (ran.state, ran.first_by, ran.released_by) == (WarningState.RUNNING, "wang", "ma")
    assert (await centre.ledger.release(MA, made.warning_id, second)).state is WarningState.RUNNING
    with pytest.raises(WarningReleased):
        await centre.ledger.release(LI, made.warning_id, uuid7())
    assert [act for _, act, _ in centre.trail.actions] == [
        "warning.draft", "warning.release", "warning.release",
    ]  # fmt: skip
    assert await centre.ledger.sweep() == 0
    centre.clock.advance(2 * 3600)
    assert await centre.ledger.running() == []
    assert await centre.ledger.sweep() == 1
    with pytest.raises(WarningOver):
        await centre.ledger.cancel(LI, made.warning_id, "late", uuid7())


async def test_one_person_runs_an_exercise_and_a_draft_can_be_too_late(storage: Storage) -> None:
    centre = Centre(storage)
    exercise = await centre.ledger.draft(LI, draft(status="Exercise"), None, uuid7())
    assert (await centre.released(exercise, LI)).state is WarningState.RUNNING
    late = await centre.ledger.draft(LI, draft(), None, uuid7())
    centre.clock.advance(3 * 3600)
    with pytest.raises(WarningExpired):
        await centre.ledger.release(WANG, late.warning_id, uuid7())
    gone = await centre.ledger.draft(LI, draft(expires=NOW + timedelta(hours=9)), None, uuid7())
    assert (await centre.ledger.cancel(MA, gone.warning_id, "wrong", uuid7())).state is WarningState.WITHDRAWN


async def test_messages_of_one_second_have_identifiers_of_their_own(storage: Storage) -> None:
    centre = Centre(storage)
    made = [await centre.ledger.draft(LI, draft(), None, uuid7()) for _ in range(10)]
    assert len({one.message.identifier for one in made}) == 10
    with pytest.raises(WarningRefused):
        await centre.ledger.draft(LI, draft(), None, uuid7())


async def test_an_update_replaces_and_a_cancel_cancels_what_it_names(any_storage: Storage) -> None:
    centre = Centre(any_storage, UNSIGNED)
    first, op_id = cap(0), uuid7()
    one = await centre.ledger.take(LI, write(first), op_id)
    assert await centre.ledger.take(LI, write(first), op_id) == one
    for again in (LI, MA):
        with pytest.raises(WarningRefused) as told:
            await centre.ledger.take(again, write(first), uuid7())
        assert told.value.reasons[0].kind is CapRefusal.DUPLICATE
    # Nothing proves who wrote it: it may be the words of its importer.
    with pytest.raises(DrafterCannotRelease):
        await centre.ledger.release(LI, one.warning_id, uuid7())
    await centre.released(one)
    update = cap(1, msg_type="Update", references=[first.reference], info={"headline": "升级为红色"})
    two = await centre.released(await centre.ledger.take(LI, write(update), uuid7()))
    assert (await centre.ledger.one(AGENT, one.warning_id)).state is WarningState.REPLACED
    cancel = cap(2, msg_type="Cancel", references=[update.reference], infos=[])
    checked = await centre.ledger.check(LI, write(cancel))
    assert (checked.verdict.effect, checked.verdict.refusals) == ("cancel", ())
    three = await centre.ledger.take(LI, write(cancel), uuid7())
    assert (await centre.ledger.one(AGENT, two.warning_id)).state is WarningState.RUNNING
    other = await centre.ledger.take(
        LI, write(cancel.model_copy(update={"identifier": cap(3).identifier})), uuid7()
    )
    await centre.released(three)
    assert (await centre.ledger.one(AGENT, two.warning_id)).state is WarningState.CANCELLED
    # Cancelled twice: refused when it comes, and refused when it is released.
    with pytest.raises(WarningRefused) as late:
        await centre.ledger.release(MA, other.warning_id, uuid7())
    assert late.value.reasons[0].kind is CapRefusal.CANCELLED_ALREADY
    fourth = cap(4, msg_type="Cancel", references=[update.reference], infos=[])
    refused = (await centre.ledger.check(LI, write(fourth))).verdict
    assert [why.kind for why in refused.refusals] == [CapRefusal.CANCELLED_ALREADY]
    assert [one.warning_id for one, _ in await centre.ledger.running()] == [three.warning_id]


async def test_an_all_clear_of_what_never_ran_tells_nobody(storage: Storage) -> None:
    centre = Centre(storage, UNSIGNED)
    await centre.unit("tetra:1", 126.65, 45.75)
    one = await centre.ledger.take(LI, write(cap(0)), uuid7())
    cancel = cap(1, msg_type="Cancel", references=[one.message.reference], infos=[])
    made = await centre.released(await centre.ledger.take(LI, write(cancel), uuid7()))
    assert made.state is WarningState.ENDED
    assert (await centre.ledger.one(AGENT, one.warning_id)).state is WarningState.CANCELLED
    assert await centre.send_all() == 0


async def test_a_released_warning_leaves_signed(storage: Storage, tmp_path: Path) -> None:
    ours, bureau = keys(tmp_path, "ours"), keys(tmp_path)
    signing = WarningSigning(key_file=ours.key_file, certificate_file=ours.certificate_file)
    senders = {BUREAU: WarningSender(certificate_file=bureau.certificate_file)}
    centre = Centre(storage, WarningSettings(senders=senders, signing=signing, sender="centre@city.example"))
    made = await centre.ledger.draft(LI, draft(headline_en="Rainstorm, red"), None, uuid7())
    with pytest.raises(NotReleased):
        await centre.ledger.export(LI, made.warning_id)
    await centre.released(made)
    data = await centre.ledger.export(LI, made.warning_id)
    there = {"centre@city.example": WarningSender(certificate_file=ours.certificate_file)}
    found = take(data, there, NOW)
    assert (found.message, found.signed, found.refusal) == (made.message, True, None)
    received = signed_bytes(cap(7), bureau.key, bureau.certificate)
    # Its sender's certificate proves whose words they are: the importer may be one of the two.
    relayed = await centre.released(await centre.ledger.take(LI, received, uuid7()), LI, WANG)
    assert relayed.signed
    assert await centre.ledger.export(ADMIN, relayed.warning_id) == received
    assert read(received) == relayed.message
    with pytest.raises(NoSigningKey):
        await Centre(storage).ledger.export(LI, made.warning_id)
