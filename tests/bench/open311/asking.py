"""Clients that ask one address after the other on open connections, and what came of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class AskedFor:
    """`per_s`: answers a second. `cpu_ms`: processor time of the server for one; p95 in ms."""

    per_s: float
    p95_ms: float
    cpu_ms: float
    mean_bytes: int


async def fetch(port: int, path: str) -> bytes:
    """One body. Raises `RuntimeError` for another status than 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await _ask(reader, writer, path)
    finally:
        writer.close()


async def rate(port: int, pid: int, path: Callable[[], str], seconds: float) -> AskedFor:
    """As many answers as there are within `seconds`, by `CLIENTS` connections at once."""
    took: list[float] = []
    size = 0
    until = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal size
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            began = time.perf_counter()
            body = await _ask(reader, writer, path())
            size += len(body)
            took.append(time.perf_counter() - began)
        writer.close()

    process = psutil.Process(pid)
    before, began = sum(process.cpu_times()[:2]), time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    lasted, used = time.perf_counter() - began, sum(process.cpu_times()[:2]) - before
    took.sort()
    return AskedFor(
        round(len(took) / lasted, 1), round(took[int(0.95 * (len(took) - 1))] * 1000, 1),
        round(used / len(took) * 1000, 3), size // len(took),
    )  # fmt: skip


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path}: {head[:80]!r}")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return await reader.readexactly(length)


def load() -> float:
    """Programs that wanted a processor in the last minute, this bench's among them."""
    return os.getloadavg()[0]


def port_of(file: Path) -> int:
    return int(file.read_text())
