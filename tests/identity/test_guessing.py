"""Guesses: no more are compared than the limits allow, and nobody else is locked out or held up."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden, Unauthenticated
from core.events import Event
from core.storage import Storage
from identity import devices
from identity.errors import TooManyAttempts, UnknownAttack, WrongCredentials
from identity.events import SignInAttack
from identity.guessing.limits import SignInAttempt, SignInLimits, network_of
from identity.guessing.service import Attacks
from identity.guessing.settings import GuessingSettings
from identity.guessing.turns import SignInTurns
from identity.guessing.watch import AttackDetector
from identity.keys import Keys
from identity.model import User
from identity.origin import RequestOrigin
from identity.service import IdentityService
from identity.settings import IdentitySettings

LI = User("li.na", "李娜", frozenset({Role.AGENT}))
CHIEF = Actor("chief", "陈静", frozenset({Role.ADMIN}))
PASSWORD = "songhua-river-2026"  # opens nothing
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FEW = GuessingSettings(of_one=3, of_name=6, of_address=5, of_all=20, attack=10)


@pytest.fixture
async def identity(storage: Storage) -> IdentityService:
    made = IdentityService(storage, IdentitySettings(guessing=FEW), hasher=QUICK)
    await made.create_user(LI, PASSWORD)
    return made


async def answer(identity: IdentityService, name: str, password: str, origin: RequestOrigin) -> str:
    try:
        await identity.sign_in(name, password, origin)
    except Unauthenticated as error:
        return error.kind
    except TooManyAttempts as error:
        return error.kind
    return "in"


async def test_of_guesses_sent_together_no_more_are_compared_than_one_by_one(
    identity: IdentityService, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    fits = identity._passwords.fits

    async def counted(password_hash: str | None, password: str) -> bool:
        compared.append(password)
        return await fits(password_hash, password)

    monkeypatch.setattr(identity._passwords, "fits", counted)
    here = RequestOrigin("198.51.100.1")
    told = Counter(
        await asyncio.gather(*(answer(identity, "li.na", f"guess {number}", here) for number in range(120)))
    )
    assert len(compared) == FEW.of_one
    assert told == {"wrong-credentials": 3, "too-many-attempts": 117}
    assert await answer(identity, "li.na", PASSWORD, here) == "too-many-attempts"


async def test_a_word_tried_on_many_names_is_stopped_alike_for_known_and_unknown_ones(
    identity: IdentityService,
) -> None:
    told = [
        await answer(identity, f"agent.{n}", "Harbin-2026", RequestOrigin("198.51.100.2")) for n in range(8)
    ]
    assert told == ["wrong-credentials"] * 5 + ["too-many-attempts"] * 3
    # The same address is refused for a name that exists, and another address is not.
    assert await answer(identity, "li.na", PASSWORD, RequestOrigin("198.51.100.2")) == "too-many-attempts"
    assert await answer(identity, "li.na", PASSWORD, RequestOrigin("198.51.100.3")) == "in"


async def test_others_guesses_lock_nobody_out_of_a_known_device_and_its_own_lock_it_alone(
    identity: IdentityService,
) -> None:
    cookie = await identity.signing_in.device_cookie(RequestOrigin("10.0.0.7"), "li.na")
    own = RequestOrigin("10.0.0.7", device=cookie)
    for n in range(8):
        await answer(identity, "li.na", f"guess {n}", RequestOrigin(f"198.51.100.{n}"))
    assert await answer(identity, "li.na", PASSWORD, RequestOrigin("10.0.0.9")) == "too-many-attempts"
    assert await answer(identity, "li.na", PASSWORD, own) == "in"
    # A cookie that was changed, or was given to another person, makes no device known.
    assert await answer(identity, "li.na", PASSWORD, RequestOrigin("10.0.0.7", device=cookie + "x")) != "in"
    other = await identity.signing_in.device_cookie(RequestOrigin("10.0.0.8"), "wang")
    assert await answer(identity, "li.na", PASSWORD, RequestOrigin("10.0.0.8", device=other)) != "in"
    for n in range(3):
        assert await answer(identity, "li.na", f"guess {n}", own) == "wrong-credentials"
    assert await answer(identity, "li.na", PASSWORD, own) == "too-many-attempts"


async def test_right_passwords_take_no_place_and_a_shift_of_one_address_comes_in(
    identity: IdentityService,
) -> None:
    here = RequestOrigin("10.0.0.1")
    told = await asyncio.gather(*(answer(identity, "li.na", PASSWORD, here) for _ in range(50)))
    assert told == ["in"] * 50


async def test_failures_are_audited_without_the_names_that_nobody_has(
    identity: IdentityService, storage: Storage
) -> None:
    for name in ("li.na", "songhua-river-2026"):
        await answer(identity, name, "guess", RequestOrigin("198.51.100.2"))
    (known,) = [one for one in await identity.audit_of("user:li.na") if one["action"] == "sign-in-failed"]
    assert known["detail"] == {"address": "198.51.100.2", "wrong": "password", "device": "new"}
    assert [one["action"] for one in await identity.audit_of("user:?")] == ["sign-in-failed"]
    assert await identity.audit_of(f"user:{PASSWORD}") == []


def test_a_window_ends_and_one_customer_of_ipv6_is_one_address() -> None:
    now = [0.0]
    limits = SignInLimits(FEW, lambda: now[0])
    for last in range(3):
        limits.take(SignInAttempt("password", "li.na", f"2001:db8:1:2::{last}"))
    with pytest.raises(TooManyAttempts) as refused:
        limits.take(SignInAttempt("password", "li.na", "2001:db8:1:2:ffff::"))
    assert refused.value.remedy == "wait 300 s"
    now[0] = FEW.window_s
    limits.take(SignInAttempt("password", "li.na", "2001:db8:1:2:ffff::"))
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=50), st.booleans()), max_size=60))
def test_counts_stay_within_their_limits_and_go_when_they_are_given_back(
    tries: list[tuple[str, str, bool]],
) -> None:
    limits = SignInLimits(FEW, lambda: 0.0)
    places = []
    taken: Counter[str] = Counter()
    for name, address, known in tries:
        try:
            places.append(limits.take(SignInAttempt("password", name, address, "device" if known else "")))
        except TooManyAttempts:
            continue
        taken["known" if known else "new"] += 1
    assert taken["new"] <= FEW.of_all
    for place in places:
        place.give_back()
    assert not limits._counts


async def test_known_devices_and_every_address_get_their_turns_while_one_address_floods() -> None:
    turns = SignInTurns(1, per_lane=5)
    order: list[str] = []
    open_door = asyncio.Event()

    async def work(lane: str, *, known: bool) -> None:
        try:
            async with turns.turn(lane, known=known):
                await open_door.wait()
                order.append(lane)
        except TooManyAttempts:
            order.append(f"{lane} refused")

    tasks = [asyncio.create_task(work("flood", known=False)) for _ in range(10)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(work(lane, known=known)) for lane, known in (("b", False), ("own", True))]
    given_up = asyncio.create_task(work("b", known=False))
    await asyncio.sleep(0)
    given_up.cancel()
    open_door.set()
    await asyncio.gather(*tasks)
    refused, served = order[:4], order[4:]
    assert refused == ["flood refused"] * 4
    # One had its turn already when the others came.
    assert served[:4] == ["flood", "own", "flood", "b"]
    async with turns.turn("later", known=False):
        """The turn that the last one gave back."""


def test_a_device_is_known_to_the_persons_who_signed_in_on_it_for_a_while() -> None:
    keys, day = Keys(b"k" * 32), 86_400.0
    cookie = ""
    for n in range(devices.MOST_PERSONS + 1):
        cookie = devices.after_sign_in(keys, cookie, f"agent.{n}", now=n)
    assert devices.known(keys, cookie, "agent.0", now=20, days=1) == ""
    known = {devices.known(keys, cookie, f"agent.{n}", now=20, days=1) for n in (1, devices.MOST_PERSONS)}
    assert len(known) == 1
    assert "" not in known
    assert devices.known(keys, cookie, "agent.1", now=20 + day, days=1) == ""
    assert devices.known(Keys(b"K" * 32), cookie, "agent.1", now=20, days=1) == ""
    assert "agent" not in cookie


@given(st.text(max_size=200))
def test_any_cookie_is_read(text: str) -> None:
    keys = Keys(b"k" * 32)
    assert devices.known(keys, text, "li.na", now=0, days=1) == ""
    assert devices.known(keys, devices.after_sign_in(keys, text, "li.na", now=9), "li.na", now=9, days=1)


async def test_an_attack_is_told_taken_over_by_name_and_ends(storage: Storage) -> None:
    clock = ManualClock()
    watch = AttackDetector(clock, threshold=10, window_s=300)
    told: list[Event] = []

    async def is_there() -> bool:
        return True

    attacks = Attacks(watch, storage, told.append, contact="wang", contact_is_there=is_there)
    for n in range(9):
        watch.failed(SignInAttempt("password", f"agent.{n}", "198.51.100.1"))
    await attacks.look()
    assert told == []
    assert attacks.health().state == "up"
    watch.refused(SignInAttempt("password", "agent.9", "198.51.100.2"))
    await attacks.look()
    await attacks.look()
    (event,) = told
    assert isinstance(event, SignInAttack)
    assert (event.failures, event.refused, event.names, event.asked) == (9, 1, 10, "wang")
    assert event.addresses == ("198.51.100.1", "198.51.100.2")
    assert attacks.health().state == "degraded"

    wang, agent = Actor("wang", "王芳"), Actor("li.na", "李娜", frozenset({Role.AGENT}))
    assert attacks.listed(agent) == []
    with pytest.raises(Forbidden):
        await attacks.acknowledge(agent, event.attack_id)
    with pytest.raises(UnknownAttack):
        await attacks.acknowledge(CHIEF, event.id)
    assert (await attacks.acknowledge(wang, event.attack_id)).acknowledged_by == "王芳"
    assert (await attacks.acknowledge(CHIEF, event.attack_id)).acknowledged_by == "王芳"
    assert len(attacks.listed(CHIEF)) == 1

    clock.advance(300)
    await attacks.look()
    assert attacks.listed(CHIEF) == []
    assert attacks.health().state == "up"
    last = told[-1]
    assert isinstance(last, SignInAttack)
    assert last.over


def test_wrong_codes_after_right_passwords_are_an_attack_at_once() -> None:
    watch = AttackDetector(ManualClock(), threshold=100, window_s=300)
    for _ in range(5):
        watch.failed(SignInAttempt("code", "li.na", "198.51.100.1"))
    assert watch.current is not None
    assert watch.current.code


async def test_a_hash_of_another_cost_is_renewed_by_a_sign_in(storage: Storage) -> None:
    first = IdentityService(storage, IdentitySettings(), hasher=QUICK)
    await first.create_user(LI, PASSWORD)
    dearer = IdentityService(
        storage, IdentitySettings(), hasher=PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    )
    await dearer.sign_in("li.na", PASSWORD)
    with pytest.raises(WrongCredentials):
        await dearer.sign_in("li.na", PASSWORD + "x")
    await first.sign_in("li.na", PASSWORD)
