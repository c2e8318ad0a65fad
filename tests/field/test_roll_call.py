"""Who is there in a radio network is the presence of the units that have an address in it."""

from __future__ import annotations

import asyncio

import pytest

from core.ids import uuid7
from core.storage import StorageAway
from field.units import store
from field.units.centre.service import UnitChange
from field.units.model import Unit
from field.units.radio import roll_call as module
from field.units.radio.roll_call import PresencePoll
from tests.field.conftest import ADMIN, UNIT, City

NETWORK = "svx"


@pytest.fixture
async def roll(city: City) -> PresencePoll:
    await city.register.change(UNIT, UnitChange(addresses=["svx:CREW-A"]), op_id=uuid7(), actor=ADMIN)
    await city.register.create(Unit("svx:CREW-B", "道里二组"), ADMIN)
    return called(city)


def called(city: City) -> PresencePoll:
    made = PresencePoll(city.storage, presence(city))
    made.watch([NETWORK])
    return made


def presence(city: City) -> module.Presence:
    async def came_or_went(unit_id: str, online: bool, bearer: str) -> None:
        await city.dispatches.presence(unit_id, online=online, bearer=bearer)

    return came_or_went


async def online(city: City) -> set[str]:
    async with city.storage.read() as connection:
        return await store.online_by(connection, NETWORK)


async def test_a_radio_that_is_there_is_its_units_presence_by_this_bearer(
    city: City, roll: PresencePoll
) -> None:
    roll.there(frozenset({"svx:CREW-A", "svx:CREW-B", "svx:nobody"}), network=NETWORK)
    await roll.settle(NETWORK)
    assert await online(city) == {UNIT, "svx:CREW-B"}
    unit = (await city.register.look(UNIT)).unit
    assert (unit.online, unit.heard_by) == (True, NETWORK)


async def test_letter_case_of_a_callsign_does_not_count(city: City, roll: PresencePoll) -> None:
    roll.there(frozenset({"svx:crew-a"}), network=NETWORK)
    await roll.settle(NETWORK)
    assert await online(city) == {UNIT}


async def test_one_that_is_not_in_the_list_any_more_has_gone_and_the_others_stay(
    city: City, roll: PresencePoll
) -> None:
    roll.there(frozenset({"svx:CREW-A", "svx:CREW-B"}), network=NETWORK)
    await roll.settle(NETWORK)
    roll.there(frozenset({"svx:CREW-B"}), network=NETWORK)
    await roll.settle(NETWORK)
    assert await online(city) == {"svx:CREW-B"}
    assert not (await city.register.look(UNIT)).unit.online


async def test_what_a_former_life_left_in_the_database_is_put_right(city: City, roll: PresencePoll) -> None:
    roll.there(frozenset({"svx:CREW-A"}), network=NETWORK)
    await roll.settle(NETWORK)
    anew = called(city)
    await anew.settle(NETWORK)
    assert await online(city) == set()


async def test_nobody_goes_before_the_network_has_had_its_time_to_come_up(
    city: City, roll: PresencePoll, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll.there(frozenset({"svx:CREW-A"}), network=NETWORK)
    await roll.settle(NETWORK)
    anew = called(city)
    monkeypatch.setattr(module, "AGAIN_S", 0.3)
    running = asyncio.create_task(anew.run())
    try:
        await asyncio.sleep(0.1)
        assert await online(city) == {UNIT}
        await asyncio.sleep(0.6)
        assert await online(city) == set()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_address_that_is_given_while_the_radio_is_there_counts(
    city: City, roll: PresencePoll
) -> None:
    roll.there(frozenset({"svx:NEW"}), network=NETWORK)
    await roll.settle(NETWORK)
    assert await online(city) == set()
    await city.register.change(UNIT, UnitChange(addresses=["svx:NEW"]), op_id=uuid7(), actor=ADMIN)
    await roll.settle(NETWORK)
    assert await online(city) == {UNIT}


async def test_a_revoked_unit_is_nobody(city: City, roll: PresencePoll) -> None:
    await city.register.revoke(UNIT, op_id=uuid7(), actor=ADMIN)
    roll.there(frozenset({"svx:CREW-A"}), network=NETWORK)
    await roll.settle(NETWORK)
    assert await online(city) == set()


async def test_a_database_that_is_away_is_written_to_when_it_is_back(
    city: City, roll: PresencePoll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.1)
    failing = True
    settle = roll.settle

    async def away_at_first(network: str) -> None:
        if failing:
            raise StorageAway
        await settle(network)

    monkeypatch.setattr(roll, "settle", away_at_first)
    running = asyncio.create_task(roll.run())
    try:
        roll.there(frozenset({"svx:CREW-A"}), network=NETWORK)
        await asyncio.sleep(0.2)
        assert await online(city) == set()
        failing = False
        for _ in range(50):
            if await online(city) == {UNIT}:
                break
            await asyncio.sleep(0.05)
        assert await online(city) == {UNIT}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
