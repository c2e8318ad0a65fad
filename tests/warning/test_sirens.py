"""A released warning starts the sirens in its area once, and ends them; whatever is killed, cut or locked.
The controllers are simulated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from core.malformed import Malformed
from core.storage import Storage
from tests.peers.simulated_siren import SimulatedSiren, serving
from tests.warning.centre import LI, WANG, Centre
from tests.warning.test_ledger import draft
from warning.ledger.model import RecordedWarning
from warning.sirens import controller, modbus
from warning.sirens.service import AGAIN_AFTER, LOOKED_AFTER, TRIES, SirenControl, SirensInArea
from warning.sirens.settings import SirenPrograms, SirenSettings

INSIDE, OUTSIDE = (126.65, 45.75), (126.75, 45.75)
PROGRAMS = SirenPrograms(alert=2, clear=3, exercise=9)


class City:
    """Two sirens, one of them in the area of the draft."""

    def __init__(self, storage: Storage, near: SimulatedSiren, far: SimulatedSiren, **more: Any) -> None:
        sirens = {
            name: SirenSettings(host="127.0.0.1", port=one.port, lon=lon, lat=lat)
            for name, one, (lon, lat) in (("near", near, INSIDE), ("far", far, OUTSIDE))
        }
        self.near, self.far = near, far
        self.centre = Centre(storage, audience=SirensInArea(sirens, more.get("programs", PROGRAMS)))
        self.control = SirenControl(storage, sirens)

    async def release(self, **changed: Any) -> RecordedWarning:
        ledger = self.centre.ledger
        made = await ledger.draft(LI, draft(channels=["sirens", "desk"], **changed), None, uuid7())
        people = () if changed.get("status", "Actual") == "Actual" else (WANG,)
        released = await self.centre.released(made, *people)
        await self.centre.send_all()
        return released

    async def pass_by(self, *steps: timedelta) -> None:
        for step in (timedelta(0), *steps):
            self.centre.clock.advance(step.total_seconds())
            await self.control.step()

    async def counts(self, one: RecordedWarning) -> dict[str, int]:
        (found,) = await self.centre.sending.counts(one.warning_id)
        names = ("reached", "acknowledged", "refused", "failed", "waiting", "dropped")
        return {name: number for name in names if (number := getattr(found, name))}


@pytest.fixture
async def city(any_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    monkeypatch.setattr(controller, "WITHIN_S", 1.0)
    async with AsyncExitStack() as stack:
        near = await stack.enter_async_context(serving(SimulatedSiren()))
        far = await stack.enter_async_context(serving(SimulatedSiren()))
        yield City(any_storage, near, far)


async def test_a_siren_in_the_area_sounds_once_to_the_end_and_the_others_are_silent(city: City) -> None:
    one = await city.release()
    assert await city.counts(one) == {"waiting": 1}
    await city.pass_by(timedelta(0), timedelta(0))
    assert (city.near.started, city.far.started) == ([2], [])
    assert await city.counts(one) == {"reached": 1}
    await city.pass_by(LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1}
    city.near.finish()
    await city.pass_by(LOOKED_AFTER, LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1, "acknowledged": 1}
    assert city.near.started == [2]


async def test_an_exercise_has_a_program_of_its_own_and_needs_one_person(city: City) -> None:
    await city.release(status="Exercise")
    await city.pass_by(timedelta(0))
    assert city.near.started == [9]


async def test_a_program_that_a_city_does_not_have_starts_nothing(any_storage: Storage) -> None:
    async with serving(SimulatedSiren()) as near, serving(SimulatedSiren()) as far:
        city = City(any_storage, near, far, programs=SirenPrograms())
        one = await city.release()
        await city.pass_by(timedelta(0))
        assert near.started == []
        assert await city.counts(one) == {"failed": 1}


async def test_a_siren_stops_when_people_end_the_warning(city: City) -> None:
    one = await city.release()
    await city.pass_by(timedelta(0))
    await city.centre.ledger.cancel(WANG, one.warning_id, "false alarm", uuid7())
    await city.pass_by()
    assert city.near.started == [2, 0]
    assert await city.counts(one) == {"reached": 1}


async def test_a_siren_that_sounds_at_the_end_of_its_warning_is_stopped(city: City) -> None:
    one = await city.release()
    await city.pass_by(timedelta(0))
    assert city.near.started == [2]
    await city.pass_by(timedelta(hours=3), timedelta(0))
    assert city.near.started == [2, 0]
    assert await city.counts(one) == {"reached": 1}


async def test_an_actual_warning_ends_an_exercise_that_sounds(city: City) -> None:
    exercise = await city.release(status="Exercise")
    await city.pass_by(timedelta(0))
    one = await city.release(headline="now")
    await city.pass_by(timedelta(0), timedelta(0), timedelta(0))
    assert city.near.started == [9, 0, 2]
    assert [await city.counts(exercise), await city.counts(one)] == [{"reached": 1}, {"reached": 1}]


async def test_a_siren_that_was_not_ordered_yet_never_sounds_after_the_end(city: City) -> None:
    first = await city.release()
    await city.centre.ledger.cancel(WANG, first.warning_id, "false alarm", uuid7())
    await city.pass_by(timedelta(0), timedelta(0))
    second = await city.release(headline="again")
    await city.pass_by()
    await city.centre.ledger.cancel(WANG, second.warning_id, "false alarm", uuid7())
    await city.pass_by(timedelta(0), timedelta(0))
    assert city.near.started == []
    assert [await city.counts(one) for one in (first, second)] == [{"dropped": 1}, {"dropped": 1}]


async def test_an_order_whose_answer_was_cut_off_or_whose_process_was_killed_starts_once(city: City) -> None:
    one = await city.release()
    city.near.fault = "cut"
    await city.pass_by(timedelta(0))
    assert city.near.started == [2]
    city.near.fault = ""
    # Another process takes over with what the database has.
    city.control = SirenControl(city.centre.storage, city.control._sirens)
    await city.pass_by(AGAIN_AFTER)
    assert city.near.started == [2]
    assert await city.counts(one) == {"reached": 1}


@pytest.mark.parametrize("fault", ["silent", "exception", "junk"])
async def test_a_siren_that_does_not_answer_has_failed_and_is_tried_again_before(
    city: City, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "WITHIN_S", 0.1)
    city.near.fault = fault
    one = await city.release()
    await city.pass_by(*[AGAIN_AFTER] * (TRIES - 2))
    assert await city.counts(one) == {"waiting": 1}
    await city.pass_by(AGAIN_AFTER)
    assert await city.counts(one) == {"failed": 1}
    assert city.near.started == []


async def test_a_siren_that_is_switched_to_local_refuses(city: City) -> None:
    city.near.fault = "locked"
    one = await city.release()
    await city.pass_by(timedelta(0))
    assert city.near.started == []
    assert await city.counts(one) == {"refused": 1}


async def test_nothing_begins_after_the_end_of_its_warning(city: City) -> None:
    one = await city.release()
    await city.pass_by(timedelta(hours=3))
    await city.pass_by(timedelta(0))
    assert city.near.started == []
    assert await city.counts(one) == {"failed": 1}


@given(st.binary(max_size=300), st.integers(0, 65_535), st.integers(0, 255), st.integers(1, 123))
def test_any_bytes_are_an_answer_or_malformed(data: bytes, transaction: int, unit: int, count: int) -> None:
    for read in (
        lambda: modbus.length_of(data[:7], transaction, unit),
        lambda: modbus.registers_of(data, count),
        lambda: modbus.check_written(data, 0, count),
    ):
        try:
            read()
        except (Malformed, modbus.ModbusRefused):
            continue


@given(
    st.integers(0, 65_535), st.integers(0, 255), st.lists(st.integers(0, 65_535), min_size=1, max_size=123)
)
def test_what_is_written_is_what_is_read(transaction: int, unit: int, values: list[int]) -> None:
    request = modbus.write_request(transaction, unit, 7, values)
    assert modbus.length_of(request[:7], transaction, unit) == len(request) - 7
    body = request[7:]
    answer = bytes([modbus.READ, 2 * len(values)]) + body[6:]
    assert list(modbus.registers_of(answer, len(values))) == values
    modbus.check_written(body[:5], 7, len(values))
