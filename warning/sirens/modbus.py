"""The two requests of Modbus TCP that a siren's controller gets, and their answers (MODBUS Application
Protocol V1.1b3, sections 6.3 and 6.12; Modbus Messaging on TCP/IP V1.0b, 3.1.3). Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from core.malformed import Malformed

HEAD: Final = struct.Struct(">HHHB")
"""Transaction, protocol (0), bytes that follow, unit."""
READ, WRITE = 0x03, 0x10
FAULT: Final = 0x80
LONGEST: Final = 254
"""Bytes that may follow the length: a unit and 253 of the protocol."""
REGISTERS_MOST: Final = 123


class ModbusRefused(Exception):
    """The unit answered with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


def read_request(transaction: int, unit: int, start: int, count: int) -> bytes:
    """Read `count` holding registers."""
    return HEAD.pack(transaction, 0, 6, unit) + struct.pack(">BHH", READ, start, count)


def write_request(transaction: int, unit: int, start: int, values: Sequence[int]) -> bytes:
    """Write holding registers, all by one request. Raises `ValueError` for none or too many."""
    if not 1 <= len(values) <= REGISTERS_MOST:
        raise ValueError(f"{len(values)} registers")
    body = struct.pack(f">BHHB{len(values)}H", WRITE, start, len(values), 2 * len(values), *values)
    return HEAD.pack(transaction, 0, 1 + len(body), unit) + body


def length_of(head: bytes, transaction: int, unit: int) -> int:
    """How many bytes of an answer follow its seven first. Raises `Malformed` for one of something else."""
    if len(head) != HEAD.size:
        raise Malformed(f"{len(head)} bytes of a header")
    of, protocol, length, by = HEAD.unpack(head)
    if (of, protocol, by) != (transaction, 0, unit) or not 3 <= length <= LONGEST:
        raise Malformed("an answer of another request, or of no length")
    return int(length) - 1


def registers_of(body: bytes, count: int) -> tuple[int, ...]:
    """What was read. Raises `ModbusRefused`, `Malformed`."""
    _same(body, READ)
    if len(body) != 2 + 2 * count or body[1] != 2 * count:
        raise Malformed(f"{len(body)} bytes for {count} registers")
    return struct.unpack(f">{count}H", body[2:])


def check_written(body: bytes, start: int, count: int) -> None:
    """Raises `ModbusRefused`, `Malformed` when it does not say that it was written."""
    _same(body, WRITE)
    if body[1:] != struct.pack(">HH", start, count):
        raise Malformed("something else was written")


def _same(body: bytes, function: int) -> None:
    if len(body) == 2 and body[0] == function | FAULT:
        raise ModbusRefused(body[1])
    if not body or body[0] != function:
        raise Malformed("an answer to another function")
