"""Scopes of people: kept with the person, changed by an admin, audited, and in the actor at once."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, OutOfScope, Role
from core.errors import Forbidden, NotFound
from core.scopes import NO_LIMIT, Scope, Scopes, scopes_of
from core.storage import Storage
from identity.errors import BadScope
from identity.model import User, check_scopes
from identity.service import IdentityService
from identity.settings import IdentitySettings

ADMIN = Actor("root", "Root", frozenset({Role.ADMIN}))
NAMES = st.lists(st.text(max_size=12), max_size=4)


@pytest.fixture
async def identity(storage: Storage) -> IdentityService:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = IdentityService(storage, IdentitySettings(), hasher=quick)
    await identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), "songhua-river-2026")
    return identity


async def test_scopes_limit_the_next_request_and_are_audited(identity: IdentityService) -> None:
    token, session = await identity.sign_in("li.na", "songhua-river-2026")
    assert session.user.actor().scopes is NO_LIMIT
    await identity.set_scopes(ADMIN, "li.na", {"queue": ["hotline"], "district": []})
    actor = (await identity.session(token)).user.actor()
    assert actor.scopes == Scopes(queues=frozenset({"hotline"}))
    actor.require_within(Scope.QUEUE, "hotline")
    actor.require_within(Scope.DISTRICT, "230102")
    with pytest.raises(OutOfScope):
        actor.require_within(Scope.QUEUE, "english")
    (entry,) = [one for one in await identity.audit_of("user:li.na") if one["action"] == "set-scopes"]
    assert (entry["actor"], entry["detail"]) == ("root", {"queue": ["hotline"]})


async def test_only_an_admin_limits_and_only_who_is_there(identity: IdentityService) -> None:
    with pytest.raises(Forbidden):
        await identity.set_scopes((await identity.user("li.na")).actor(), "li.na", {})
    with pytest.raises(NotFound):
        await identity.set_scopes(ADMIN, "nobody", {})


@given(st.dictionaries(st.sampled_from([*Scope, "street"]), NAMES, max_size=5))
def test_any_scopes_are_kept_whole_or_refused(given_scopes: dict[str, list[str]]) -> None:
    try:
        checked = check_scopes(given_scopes)
    except BadScope:
        return
    kept = checked.as_lists()
    assert scopes_of(kept) == checked
    assert kept == {kind: sorted(set(names)) for kind, names in given_scopes.items() if names}


@given(st.sampled_from(list(Scope)), st.sampled_from(["", None, "a", "b"]))
def test_what_has_no_name_and_what_has_no_limit_is_within(scope: Scope, name: str | None) -> None:
    assert NO_LIMIT.holds(scope, name)
    assert scopes_of({scope.value: ["a"]}).holds(scope, name) == (name != "b")
