"""One siren's controller over Modbus TCP: what it does, and an order to it.

Four holding registers from `first_register` on: the order's number and its program are written together; the
number of the order that was taken last and what the siren does are read. An order with the number that was
taken last is no new one, so an order in doubt may be written again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from core.malformed import Malformed
from warning.sirens import modbus
from warning.sirens.settings import SirenSettings

WITHIN_S: Final = 5.0
"""For a connection and its requests."""
LOOK_S: Final = 0.1
STOP: Final = 0
"""The program that ends whatever sounds."""


class SirenActivity(IntEnum):
    """What a controller says of itself."""

    IDLE = 0
    SOUNDING = 1
    SOUNDED = 2
    REFUSED = 3
    FAULTY = 4


@dataclass(frozen=True, slots=True)
class SirenStatus:
    """`order`: the number of the order that was taken last; `activity` is about it."""

    order: int
    activity: SirenActivity


class SirenAway(Exception):
    """The controller does not answer, or answers nonsense."""


async def status_of(siren: SirenSettings) -> SirenStatus:
    """What the siren does now. Raises `SirenAway`."""
    async with _asked(), _opened(siren) as line:
        return await line.status()


async def order_to(siren: SirenSettings, order: int, program: int) -> SirenStatus:
    """Write an order, unless it was taken already; what the siren does when it has taken it. Raises
    `SirenAway`.
    """
    async with _asked(), _opened(siren) as line:
        status = await line.status()
        if status.order != order:
            await line.write((order, program))
        while status.order != order:
            await asyncio.sleep(LOOK_S)
            status = await line.status()
        return status


class _ModbusLine:
    def __init__(
        self, siren: SirenSettings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._siren = siren
        self._reader = reader
        self._writer = writer
        self._transaction = 0

    async def status(self) -> SirenStatus:
        siren = self._siren
        request = modbus.read_request(self._next(), siren.unit, siren.first_register + 2, 2)
        order, activity = modbus.registers_of(await self._ask(request), 2)
        try:
            return SirenStatus(order, SirenActivity(activity))
        except ValueError as error:
            raise Malformed(f"a siren that does {activity}") from error

    async def write(self, values: Sequence[int]) -> None:
        siren = self._siren
        request = modbus.write_request(self._next(), siren.unit, siren.first_register, values)
        modbus.check_written(await self._ask(request), siren.first_register, len(values))

    def _next(self) -> int:
        self._transaction += 1
        return self._transaction

    async def _ask(self, request: bytes) -> bytes:
        self._writer.write(request)
        await self._writer.drain()
        head = await self._reader.readexactly(modbus.HEAD.size)
        return await self._reader.readexactly(modbus.length_of(head, self._transaction, self._siren.unit))


@contextlib.asynccontextmanager
async def _asked() -> AsyncIterator[None]:
    """Whatever goes wrong with the controller is `SirenAway`."""
    try:
        async with asyncio.timeout(WITHIN_S):
            yield
    except modbus.ModbusRefused as error:
        raise SirenAway(str(error)) from error
    except (OSError, EOFError, TimeoutError, Malformed) as error:
        raise SirenAway(type(error).__name__) from error


@contextlib.asynccontextmanager
async def _opened(siren: SirenSettings) -> AsyncIterator[_ModbusLine]:
    reader, writer = await asyncio.open_connection(siren.host, siren.port)
    try:
        yield _ModbusLine(siren, reader, writer)
    finally:
        writer.close()
