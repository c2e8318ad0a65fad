"""A city's units that say where they are: each on a connection of its own, every ten seconds, for minutes.

The role `radio` and the broker are real processes, the units `trackers`. What counts is that nothing is
refused, unanswered or dropped, and that the role's memory is flat: what it holds for each unit is there after
the first round, and nothing is added by the reports that follow.
"""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
import urllib.request
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from core.storage import Storage, StorageSettings, create_engine
from field.units import store
from field.units.model import Unit
from gateway.mqtt.mosquitto import new_password
from gateway.tables import metadata
from tests.bench.companion import Companion
from tests.bench.radio.figures import Goal
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.peers.songhua import Broker, SonghuaPeer

SAMPLED_S: Final = 1.0
FLAT_SHARE: Final = 0.05
"""By so much the memory may be larger at the end than after the first fifth."""
LEAST_MIB: Final = 8.0
"""Less than this is not growth, whatever the share: the pages of an allocator."""


class Crowd:
    """Broker, role and database with these units; no switch and no centre, which positions do not need."""

    def __init__(self, folder: Path, units: int) -> None:
        self.passwords = {f"app:{10_000 + number}": new_password() for number in range(units)}
        self.broker = RenderedBroker(folder / "broker", units=self.passwords)
        switch = AsteriskPeer(
            private_settings(folder / "asterisk", prompts=short_prompts(folder / "prompts"))
        )
        self.folder = folder
        self.service = SonghuaPeer(
            folder / "service",
            asterisk=switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
        )

    def start(self) -> None:
        self.broker.start()
        self.service.prepare([])
        asyncio.run(self._enrol())
        self.service.start(role="radio")

    def close(self) -> None:
        self.service.close()
        self.broker.close()
        self.service.asterisk.close()

    @property
    def database(self) -> Path:
        return self.service.folder / "songhua.db"

    def counted(self) -> dict[str, float]:
        """Positions by what became of them."""
        port = (self.service.folder / "radio.port").read_text().strip()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            rows = answer.read().decode().splitlines()
        name = "songhua_field_positions_total{"
        found = [row.rsplit(" ", 1) for row in rows if row.startswith(name)]
        return {row.split('"')[1]: float(value) for row, value in found}

    async def _enrol(self) -> None:
        assert "radio_units" in metadata.tables
        storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{self.database}")))
        now = datetime.now(UTC)
        try:
            async with storage.write() as transaction:
                for number, uid in enumerate(self.passwords):
                    await store.add(transaction, Unit(uid, f"外勤 {number}"), at=now, by="bench")
        finally:
            await storage.close()


class Sampler(threading.Thread):
    """Memory and processor time of the role, each second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self.rss_mib: list[float] = []

    def run(self) -> None:
        while not self._over.wait(SAMPLED_S):
            self.rss_mib.append(self._process.memory_info().rss / 2**20)

    def cpu_s(self) -> float:
        return float(sum(self._process.cpu_times()[:2]))

    def close(self) -> None:
        self._over.set()
        self.join()


def run(folder: Path, given: Namespace) -> dict[str, Any]:
    crowd = Crowd(folder, given.crowd)
    try:
        crowd.start()
        with Companion("tests.bench.radio.trackers", log=folder / "trackers.log") as trackers:
            began = time.monotonic()
            there = trackers.ask(port=crowd.broker.port, tenant=TENANT, units=crowd.passwords)["units"]
            signed_in_s = time.monotonic() - began
            sampler = Sampler(crowd.service.program.pid)
            cpu, before = sampler.cpu_s(), crowd.counted()
            sampler.start()
            said = trackers.ask(every_s=given.every, seconds=given.minutes * 60)
            sampler.close()
            after = crowd.counted()
            found = {
                **said,
                "units": there,
                "signed_in_s": signed_in_s,
                "cores": (sampler.cpu_s() - cpu) / said["seconds"],
                "fates": {fate: value - before.get(fate, 0.0) for fate, value in after.items()},
                "rss_mib": sampler.rss_mib,
                "database_mib": _size(crowd.database),
            }
    finally:
        crowd.close()
    return {**found, "asked": {"units": given.crowd, "every_s": given.every, "minutes": given.minutes}}


def _size(database: Path) -> float:
    files: Iterable[Path] = database.parent.glob(f"{database.name}*")
    return sum(one.stat().st_size for one in files) / 2**20


def memory(rss_mib: list[float]) -> tuple[float, float]:
    """MiB: the median of the second fifth and that of the last one; the first fifth fills what is kept."""
    fifth = max(1, len(rss_mib) // 5)
    return statistics.median(rss_mib[fifth : 2 * fifth] or rss_mib), statistics.median(rss_mib[-fifth:])


def tell(found: dict[str, Any]) -> list[str]:
    asked, (early, late) = found["asked"], memory(found["rss_mib"])
    fates = ", ".join(f"{fate} {count:.0f}" for fate, count in sorted(found["fates"].items()) if count)
    delay = found["answered_p95_ms"]
    return [
        f"| {found['units']} units, a position each {asked['every_s']:g} s, {asked['minutes']:g} min | |",
        "|---|---|",
        f"| all signed in after | {found['signed_in_s']:.1f} s |",
        f"| positions said, answered by the broker | {found['said']}, {found['answered']} |",
        f"| refused, unanswered, cut | {found['refused']}, {found['unanswered']}, {found['cut']} |",
        f"| said → answered by the broker, p95 | {'–' if delay is None else f'{delay:.1f} ms'} |",
        f"| what became of them at the role | {fates} |",
        f"| a unit of this process was late by at most | {1000 * found['late_s']:.0f} ms |",
        f"| cores taken by the role radio | {found['cores']:.2f} |",
        f"| its memory after a fifth of the time, at the end | {early:.1f}, {late:.1f} MiB |",
        f"| the most at any second | {max(found['rss_mib']):.1f} MiB |",
        f"| the database at the end | {found['database_mib']:.0f} MiB |",
    ]


def goals(found: dict[str, Any]) -> list[Goal]:
    early, late = memory(found["rss_mib"])
    grown = late - early
    lost = found["said"] - sum(found["fates"].values())
    fine = sum(found["fates"].get(fate, 0.0) for fate in ("newest", "older", "again", "coarser"))
    amiss = found["refused"] + found["unanswered"] + found["cut"]
    return [
        (grown <= max(LEAST_MIB, FLAT_SHARE * early), f"memory is flat: {grown:+.1f} MiB of {early:.0f}"),
        (not amiss, f"nothing refused, unanswered or cut: {amiss}"),
        (
            abs(lost) < 1 and fine == sum(found["fates"].values()),
            f"each position was taken: {lost:.0f} missing",
        ),
    ]
