"""Who may talk on a group, and with which priority: the field below a dispatcher, above a telephone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Role
from core.errors import Invalid
from core.storage import Storage
from field.contract.talkgroup import (
    DISPATCHER,
    EMERGENCY,
    MEMBERS_ONLY,
    PHONE,
    Talkgroup,
    TalkgroupParty,
    TalkgroupRights,
    check_subjects,
    checked,
    right,
)
from field.talkgroups import store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = Talkgroup("app:daoli", "道里", "Daoli")
SUBJECTS = st.sampled_from(
    ["all", "members", "phone", "network:app", "skill:sewage", "role:dispatcher", "unit:app:17"]
)
PARTIES = st.builds(
    TalkgroupParty,
    unit_id=st.sampled_from(["", "app:17", "tetra:5"]),
    networks=st.frozensets(st.sampled_from(["app", "tetra"])),
    skills=st.frozensets(st.sampled_from(["sewage", "roads"])),
    member=st.booleans(),
    roles=st.frozensets(st.sampled_from(list(Role))),
    phone=st.booleans(),
)


@given(st.lists(SUBJECTS, max_size=4), PARTIES, st.integers(4, 9))
def test_nobody_is_let_in_by_no_subject_and_no_priority_leaves_its_place(
    subjects: list[str], party: TalkgroupParty, priority: int
) -> None:
    group = replace(GROUP, rights=TalkgroupRights(talk=check_subjects(subjects)), priority=priority)
    found = right(checked(group), "talk", party)
    if not subjects:
        assert not found.may
    if found.may:
        assert PHONE <= found.priority <= DISPATCHER < EMERGENCY
        if party.unit_id:
            assert PHONE < found.priority < DISPATCHER
    else:
        assert (found.priority, found.cause) == (0, "not-permitted")


@pytest.mark.parametrize(
    "subject", ["", "everybody", "unit:", "unit:17", "role:admin", "skill:a b", "network:APP", "all:x", "al"]
)
def test_what_is_no_subject_is_refused(subject: str) -> None:
    with pytest.raises(Invalid):
        check_subjects([subject])


def test_a_removed_group_lets_nobody_in() -> None:
    gone = right(replace(GROUP, removed_at=NOW), "talk", TalkgroupParty(unit_id="app:17"))
    assert (gone.may, gone.cause) == (False, "removed")
    assert right(None, "talk", TalkgroupParty(unit_id="app:17")).cause == "no-such-group"


@pytest.mark.parametrize("priority", [0, 3, 10, 15, 16])
def test_no_group_lifts_the_field_to_a_dispatcher_or_below_a_telephone(priority: int) -> None:
    with pytest.raises(Invalid):
        checked(replace(GROUP, priority=priority))


def test_a_group_of_an_incident_is_for_its_members_and_whoever_commands() -> None:
    made = replace(GROUP, rights=MEMBERS_ONLY)
    dispatcher = TalkgroupParty(roles=frozenset({Role.DISPATCHER}))
    assert right(made, "talk", TalkgroupParty(unit_id="app:17", member=True)).priority == 5
    assert right(made, "talk", TalkgroupParty(unit_id="app:18")).cause == "not-permitted"
    assert right(made, "talk", dispatcher).priority == DISPATCHER
    assert right(made, "patch", dispatcher).may
    assert not right(made, "talk", TalkgroupParty(phone=True)).may


async def test_a_group_that_was_removed_can_be_made_anew_without_its_members(any_storage: Storage) -> None:
    async with any_storage.write() as transaction:
        assert await store.add(transaction, GROUP, at=NOW, by="test")
        assert not await store.add(transaction, GROUP, at=NOW, by="test")
        await store.put_on(transaction, GROUP.tg_id, ["app:17"], at=NOW, by="test")
        await store.affiliate(transaction, "app:17", "app", [GROUP.tg_id], at=NOW)
        assert await store.remove(transaction, GROUP.tg_id, at=NOW, by="test")
        assert not await store.remove(transaction, GROUP.tg_id, at=NOW, by="test")
        assert await store.on_group(transaction.connection, GROUP.tg_id) == []
        assert await store.add(transaction, GROUP, at=NOW, by="test")
        assert await store.members_of(transaction.connection, GROUP.tg_id) == []
        found = await store.find(transaction.connection, GROUP.tg_id)
    assert found == GROUP
