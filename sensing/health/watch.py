"""Asks every camera in turn whether it answers, and records when that changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.errors import Unavailable
from core.listening import Addresses
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.storage import Storage
from core.tasks import Tasks
from sensing.cameras import store
from sensing.cameras.model import REGISTERS, RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.cameras.store import CameraCondition, CameraState
from sensing.health.probe import probe
from sensing.health.schedule import HealthSchedule
from sensing.settings import SensingSettings

TICK_S: Final = 0.5
_cameras = gauge("sensing_cameras", "Cameras in use by whether they answer", ["state"])
_log = logger("sensing")


class CameraHealth:
    """Keeps `conditions` of the register."""

    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        settings: SensingSettings,
        elsewhere: Callable[[], Mapping[str, tuple[CameraState, str]]] = dict,
    ) -> None:
        """`elsewhere`: states of cameras that are not asked, they tell us themselves."""
        self._storage = storage
        self._register = register
        self._settings = settings
        self._elsewhere = elsewhere
        self._networks = Addresses(settings.networks)
        self._schedule = HealthSchedule(settings.health_every_s, settings.health_at_once)
        self._tasks = Tasks("sensing.health", limit=settings.health_at_once)
        self._changed: dict[str, CameraCondition] = {}

    @property
    def conditions(self) -> dict[str, CameraCondition]:
        """What is known of each camera now."""
        return self._register.conditions

    def health(self) -> Health:
        """Degraded while more than half of the cameras that were asked are away: that is their network."""
        away = sum(one.state is CameraState.AWAY for one in self.conditions.values())
        if away * 2 > len(self.conditions):
            why = f"{away} of {len(self.conditions)} cameras are away: is their network reached?"
            return Health("cameras", "degraded", why)
        return Health("cameras", "up")

    async def run(self) -> None:
        """For ever."""
        await self._register.look()
        while True:
            self.tick()
            await self.write()
            await self._storage.clock.sleep(TICK_S)

    async def stop(self) -> None:
        """End the open questions."""
        await self._tasks.stop()

    def tick(self) -> None:
        """Begin the questions that are due."""
        now = self._storage.clock.monotonic()
        cameras = self._register.index.by_code
        watched = {code for code, one in cameras.items() if one.in_use and one.address}
        asked = {code for code in watched if not REGISTERS.fullmatch(cameras[code].address)}
        self._schedule.use(asked, now)
        for gone in self.conditions.keys() - watched:
            del self.conditions[gone]
        for code, (state, why) in self._elsewhere().items():
            if code in watched - asked:
                self._is(code, state, why)
        for code in self._schedule.start(now):
            if not self._tasks.spawn("ask", lambda camera=cameras[code]: self._ask(camera)):  # type: ignore[misc]
                self._schedule.ended(code)
        for state in CameraState:
            many = sum(one.state is state for one in self.conditions.values())
            _cameras.labels(state.value).set(
                len(watched) - len(self.conditions) if state is CameraState.UNKNOWN else many
            )

    async def _ask(self, camera: RegisteredCamera) -> None:
        try:
            state, why = await probe(camera.address, self._networks, self._settings.health_wait_s)
        finally:
            self._schedule.ended(camera.code)
        self._is(camera.code, state, why)

    def _is(self, code: str, state: CameraState, why: str) -> None:
        before = self.conditions.get(code)
        if before is None or (before.state, before.why) != (state, why):
            found = CameraCondition(state, self._storage.clock.now(), why)
            self.conditions[code] = self._changed[code] = found

    async def write(self) -> None:
        """Record the changes; while the database is away they wait."""
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        try:
            async with self._storage.write() as transaction:
                await store.add_conditions(transaction, changed)
        except Unavailable as error:
            self._changed = {**changed, **self._changed}
            _log.info("states of cameras are recorded later", error=error.kind)
