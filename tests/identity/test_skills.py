"""Skills of people: stored with the person, changed by a supervisor, audited, and told to others."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.errors import Forbidden, NotFound
from core.storage import Storage
from hotline.routing.skills import BEST, check_skill
from identity.errors import BadSkill
from identity.model import BEST_LEVEL, MOST_SKILLS, User, check_skills
from identity.service import IdentityService
from identity.settings import IdentitySettings

CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))
LI = Actor("li.na", "李娜", frozenset({Role.AGENT}))


@pytest.fixture
async def identity(storage: Storage) -> IdentityService:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = IdentityService(storage, IdentitySettings(), hasher=quick)
    person = User("li.na", "李娜", frozenset({Role.AGENT}), skills={"language:en": 3})
    await identity.create_user(person, "songhua-river-2026")
    return identity


async def test_a_supervisor_replaces_skills_and_it_is_audited(identity: IdentityService) -> None:
    assert (await identity.user("li.na")).skills == {"language:en": 3}
    changed = await identity.set_skills(CHIEF, "li.na", {"subject:water": 5, "district:daoli": 1})
    assert changed.skills == {"district:daoli": 1, "subject:water": 5}
    assert (await identity.user("li.na")).skills == changed.skills
    (entry,) = [one for one in await identity.audit_of("user:li.na") if one["action"] == "set-skills"]
    assert (entry["actor"], entry["detail"]) == ("chief", {"district:daoli": 1, "subject:water": 5})


async def test_nobody_gives_himself_skills_and_nobody_else_exists(identity: IdentityService) -> None:
    with pytest.raises(Forbidden):
        await identity.set_skills(LI, "li.na", {"language:en": 5})
    with pytest.raises(NotFound):
        await identity.set_skills(CHIEF, "nobody", {})
    with pytest.raises(BadSkill):
        await identity.set_skills(CHIEF, "li.na", {"language:en": 6})


@given(st.dictionaries(st.text(max_size=40), st.integers(-2, 9), max_size=60))
def test_any_skills_are_stored_whole_or_refused(skills: dict[str, int]) -> None:
    try:
        assert check_skills(skills) == skills
    except BadSkill:
        return
    assert len(skills) <= MOST_SKILLS


@given(st.from_regex(r"\A(language|district|subject|sex):[a-zA-Z0-9_-]{0,34}\Z"))
def test_people_and_queues_have_the_same_words_for_skills(name: str) -> None:
    assert BEST_LEVEL == BEST
    refused = []
    for check in (lambda: check_skills({name: 1}), lambda: check_skill(name)):
        try:
            check()
        except (BadSkill, ValueError):
            refused.append(True)
        else:
            refused.append(False)
    assert refused[0] == refused[1]
