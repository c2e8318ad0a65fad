"""A simulated siren controller that speaks Modbus TCP, with the faults of real ones. It knows nothing of the
product.

Holding registers from 0 on: the number of an order and its program, written by others; the number of the
order that it has taken, and what it does (0 idle, 1 sounding, 2 sounded to the end, 3 refused, 4 faulty).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

IDLE, SOUNDING, SOUNDED, REFUSED, FAULTY = range(5)


@dataclass
class SimulatedSiren:
    """`fault`: `silent` (takes the connection and says nothing), `exception` (answers each request with
    code 4), `junk` (bytes that are no Modbus), `locked` (somebody has switched it to local: an order is
    refused), `cut` (takes an order and cuts the line before its answer).
    """

    unit: int = 1
    fault: str = ""
    started: list[int] = field(default_factory=list)
    """The programs that began, in order; 0 for a stop."""
    registers: list[int] = field(default_factory=lambda: [0, 0, 0, IDLE])
    port: int = 0

    def finish(self) -> None:
        """What sounds has sounded to its end."""
        self.registers[3] = SOUNDED

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                body = await reader.readexactly(length - 1)
                if self.fault == "silent":
                    await reader.read()
                    return
                answer = self._answer(body)
                if self.fault == "cut" and body[0] == 0x10:
                    return
                if self.fault == "junk":
                    answer = b"\xff" * 9
                writer.write(struct.pack(">HHHB", transaction, 0, 1 + len(answer), unit) + answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, body: bytes) -> bytes:
        function, start, count = struct.unpack(">BHH", body[:5])
        if self.fault == "exception":
            return bytes([function | 0x80, 4])
        if start + count > len(self.registers):
            return bytes([function | 0x80, 2])
        if function == 0x03:
            return struct.pack(f">BB{count}H", 3, 2 * count, *self.registers[start : start + count])
        self.registers[start : start + count] = struct.unpack(f">{count}H", body[6:])
        self._take()
        return struct.pack(">BHH", function, start, count)

    def _take(self) -> None:
        """An order with another number than the last one begins."""
        order, program, taken, _ = self.registers
        if order == taken:
            return
        self.registers[2] = order
        if self.fault == "locked":
            self.registers[3] = REFUSED
            return
        self.started.append(program)
        self.registers[3] = SOUNDING if program else IDLE


@asynccontextmanager
async def serving(siren: SimulatedSiren) -> AsyncIterator[SimulatedSiren]:
    """At a free port of this machine."""
    server = await asyncio.start_server(siren.serve, "127.0.0.1", 0)
    siren.port = server.sockets[0].getsockname()[1]
    try:
        yield siren
    finally:
        server.close()
