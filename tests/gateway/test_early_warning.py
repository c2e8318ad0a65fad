"""Early warnings: each is told in health and as a figure before anybody loses anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge
from pydantic import ValidationError

from cdr.cel.importer import ImportProgress
from cdr.cel.part import CelFileImport
from cdr.settings import CdrSettings
from core.clock import ManualClock
from core.events import Event
from core.metrics import REGISTRY
from core.room import Health
from core.storage import Storage, StorageSettings
from gateway.bus import LocalBus
from gateway.early_warning import growth
from gateway.early_warning.clock_jump import SAID_FOR_S, ClockWatch
from gateway.early_warning.database_disk import DatabaseDisk
from gateway.early_warning.growth import LEAST, OWN, PEOPLE, QUEUES, WINDOWS, QueueGrowth, QueueWatch
from gateway.early_warning.health_figures import HealthFigures
from gateway.early_warning.replication import ReplicationWatch, Standby, replication_trouble
from gateway.early_warning.switch_certificate import SwitchCertificate
from gateway.tls.folder import TlsFolder
from tests.gateway.prometheus import declared
from tests.storage import PostgresLedger


class NothingHappened(Event):
    TYPE = "test.nothing_happened"


async def _never(_: NothingHappened) -> None:
    raise AssertionError


class _NoCount:
    def seen(self) -> None:
        return None


class SetClock(ManualClock):
    """A machine whose clock somebody sets."""

    def set_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"songhua_{name}", labels)


@pytest.mark.parametrize(("seconds", "way"), [(3_600, "forward by 3600 s"), (-3_600, "back by 3600 s")])
def test_a_clock_that_jumps_by_an_hour_is_told_for_an_hour(seconds: float, way: str) -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    clock.advance(5)
    watch.look()
    assert watch.health().state == "up"
    clock.set_by(seconds)
    watch.look()
    assert way in watch.health().why
    assert figure("clock_last_jump_seconds") == seconds
    clock.advance(SAID_FOR_S + 1)
    watch.look()
    assert watch.health().state == "up"


def test_a_clock_that_is_slewed_is_no_jump() -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    for _ in range(100):
        clock.advance(5)
        clock.set_by(0.5)
        watch.look()
    assert watch.health().state == "up"


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=20))
def test_a_queue_grows_only_while_it_never_becomes_shorter(lengths: list[float]) -> None:
    one = QueueGrowth()
    for length in lengths:
        one.see(length)
        one.end_window()
    last = lengths[-WINDOWS:]
    assert one.grows == (len(last) == WINDOWS and last == sorted(last) and last[0] >= LEAST)


def test_a_queue_that_only_grows_is_named_and_one_that_is_emptied_is_not() -> None:
    registry, clock = CollectorRegistry(), ManualClock()
    outbox = Gauge("songhua_outbox_waiting", "", ["destination"], registry=registry)
    acts = Gauge("songhua_hotline_acts_waiting", "", registry=registry)
    callers = Gauge("songhua_hotline_callers_waiting", "", registry=registry)
    watch = QueueWatch(registry, clock)
    for minute in range(WINDOWS + 1):
        for step in range(6):
            outbox.labels("mqtt").set(200)
            acts.set(500 if step else 0)
            callers.set(1_000 + minute)
            clock.advance(10)
            watch.look()
    assert "outbox_waiting:mqtt (200)" in watch.health().why
    assert "acts" not in watch.health().why
    assert "callers" not in watch.health().why
    outbox.labels("mqtt").set(0)
    clock.advance(growth.WINDOW_S)
    watch.look()
    assert watch.health().state == "up"


def test_every_gauge_of_what_waits_is_watched_or_is_of_people() -> None:
    waiting = {
        one.name
        for one in declared()
        if one.kind == "gauge" and one.name.endswith(("_waiting", "_queued", "_unfinished"))
    }
    assert waiting == {*QUEUES, *PEOPLE, *OWN}


async def test_events_that_wait_for_a_subscriber_are_a_figure() -> None:
    bus = LocalBus()
    bus.subscribe(NothingHappened, _never, name="test-of-growth")
    await bus.start()
    try:
        assert figure("bus_queued", subscriber="test-of-growth") == 0
    finally:
        await bus.stop()


def test_a_disk_that_nobody_looks_at_is_no_full_disk() -> None:
    """A centre with PostgreSQL has the gauge, too: it must not look as if nothing were left."""
    code = (
        "import gateway.wiring.centre_warnings, gateway.wiring.storage, cdr.recordings.space, cdr.cel.watch\n"
        "from core.metrics import REGISTRY\n"
        "names = ('storage_disk_free_bytes', 'storage_up', 'cdr_recordings_disk_free_bytes',"
        " 'cdr_cel_disk_free_bytes')\n"
        "print(*(REGISTRY.get_sample_value(f'songhua_{name}') for name in names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["nan"] * 4


def test_health_is_a_figure_of_each_part() -> None:
    said = [Health("floor-of-test", "degraded", "the broker is away")]
    figures = HealthFigures(lambda: said)
    figures.look()
    assert figure("part_degraded", part="floor-of-test") == 1
    for now in ([Health("floor-of-test", "up")], []):
        said[:] = [Health("floor-of-test", "degraded", "x")]
        figures.look()
        said[:] = now
        figures.look()
        assert figure("part_degraded", part="floor-of-test") == 0


async def test_a_disk_of_the_database_that_fills_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disk = DatabaseDisk(tmp_path / "ledger.db", 500)
    await disk.look()
    assert figure("storage_disk_free_bytes")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=499_000_000))
    await disk.look()
    assert disk.health().why.startswith("499 MB left for the database")


async def test_lines_of_calls_that_wait_longer_than_a_minute_are_told(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    monkeypatch.setattr(storage, "clock", clock)
    part = CelFileImport(CdrSettings(), tmp_path / "calls.csv", storage, _NoCount())
    part._importer.last = ImportProgress(behind=5_000_000)
    clock.advance(59)
    part.see_lag()
    assert part.health().state == "up"
    clock.advance(2)
    part.see_lag()
    assert "waited for 61 s (5000000 bytes)" in part.health().why
    assert figure("cdr_cel_behind_seconds") == 61
    part._importer.last = ImportProgress()
    part.see_lag()
    assert part.health().state == "up"


async def test_the_certificate_of_the_switch_is_watched_too(tmp_path: Path) -> None:
    folder = TlsFolder(tmp_path)
    folder.init(("127.0.0.1",), datetime.now(UTC))
    file = folder.service("switch").certificate
    assert file.exists()
    for days, state in ((0, "up"), (360, "degraded"), (400, "degraded")):
        watch = SwitchCertificate(file, ManualClock(datetime.now(UTC) + timedelta(days=days)))
        await watch.look()
        assert watch.health().state == state
        assert figure("tls_certificate_ends_soon", listener="asterisk") == (state == "degraded")
    gone = SwitchCertificate(tmp_path / "gone.pem")
    await gone.look()
    assert "songhua tls" in gone.health().why


POSTGRES = "postgresql+asyncpg://songhua@127.0.0.1/songhua"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([Standby("b", "streaming", 0)], ""),
        ([], "0 of 1 standbys"),
        ([Standby("b", "catchup", 0)], "0 of 1 standbys"),
        ([Standby("b", "streaming", 65_000_000)], "behind: b 65 MB"),
        ([Standby("b", None, None)], "pg_monitor"),
    ],
)
def test_a_standby_that_is_missing_or_behind_is_told(seen: list[Standby], told: str) -> None:
    why = replication_trouble(seen, StorageSettings(url=POSTGRES, standbys=1))
    assert told in why
    assert bool(told) == bool(why)


def test_sqlite_has_no_standbys() -> None:
    with pytest.raises(ValidationError, match="SQLite has none"):
        StorageSettings(standbys=1)


@pytest.mark.real
@pytest.mark.database
async def test_a_postgresql_without_its_standby_says_so(postgres_ledger: PostgresLedger) -> None:
    storage = await postgres_ledger.emptied()
    watch = ReplicationWatch(storage, StorageSettings(url=POSTGRES, standbys=1))
    await watch.look()
    await storage.close()
    assert "0 of 1 standbys" in watch.health().why
    assert (figure("storage_standbys"), figure("storage_standbys_missing")) == (0, 1)
