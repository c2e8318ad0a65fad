"""PostgreSQL's standbys: whether as many stream as the settings want, and how far each is behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.storage import Storage, StorageAway, StorageSettings
from core.tasks import Tasks

_log = logger("gateway")
_standbys = gauge("storage_standbys", "Standbys of PostgreSQL that stream now")
_missing = gauge("storage_standbys_missing", "Standbys that [storage] standbys wants and that do not stream")
_behind = gauge("storage_standby_behind_bytes", "What a standby has not replayed yet", ["standby"])

LOOK_EVERY_S: Final = 15.0
_MB: Final = 1_000_000
# Without the role pg_monitor the state of others' connections is null.
_QUERY: Final = text(
    "select application_name as name, state,"
    " pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint as behind from pg_stat_replication"
)


@dataclass(frozen=True, slots=True)
class Standby:
    """A row of `pg_stat_replication`; without rights to see them `state` and `behind_bytes` are None."""

    name: str
    state: str | None
    behind_bytes: int | None


def replication_trouble(seen: Sequence[Standby], settings: StorageSettings) -> str:
    """Empty while as many stream as there must be, none of them too far behind. Pure."""
    if any(one.state is None for one in seen):
        return "the database's user may not see its standbys: GRANT pg_monitor TO it"
    streaming = [one for one in seen if one.state == "streaming"]
    if len(streaming) < settings.standbys:
        return (
            f"{len(streaming)} of {settings.standbys} standbys of the database stream: see whether the "
            "others run, and reach this one"
        )
    late = [one for one in streaming if (one.behind_bytes or 0) > settings.standby_behind_mb * _MB]
    if late:
        told = ", ".join(f"{one.name} {(one.behind_bytes or 0) // _MB} MB" for one in late)
        return f"standbys of the database are behind: {told}; see their disk and the network"
    return ""


class ReplicationWatch:
    """For PostgreSQL with `[storage] standbys`."""

    name = "storage.standbys"

    def __init__(self, storage: Storage, settings: StorageSettings, clock: Clock | None = None) -> None:
        self._storage = storage
        self._settings = settings
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._why = ""

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        return Health(self.name, "degraded", self._why) if self._why else Health(self.name, "up")

    async def look(self) -> None:
        """One look; a database that is away is told of by its own part."""
        try:
            async with self._storage.read() as connection:
                rows = (await connection.execute(_QUERY)).all()
        except StorageAway:
            return
        seen = [Standby(row.name, row.state, row.behind) for row in rows]
        streaming = [one for one in seen if one.state == "streaming"]
        _standbys.set(len(streaming))
        _missing.set(max(0, self._settings.standbys - len(streaming)))
        for one in streaming:
            _behind.labels(one.name).set(one.behind_bytes or 0)
        why = replication_trouble(seen, self._settings)
        if why and not self._why:
            _log.error("standbys of the database are missing or behind", why=why)
        self._why = why

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(LOOK_EVERY_S)
