"""Moves a camera by hand, as long as a button is held: it stops on release, when the page is silent, and
after a longest time.

Who moves a camera steers it alone (`leases`). A move is audited before the camera is told, and its end after;
a camera that was told to move and not to stand is told to stand after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from core.actor import Actor, system
from core.audit import TransactionAudit
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.operations import OperationMemory
from core.storage import Storage
from core.tasks import Tasks
from sensing import rights
from sensing.cameras.model import REGISTERS, RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CameraNotTurned, MoveEnded, NoPicture, NotSteerable
from sensing.onvif.cameras import OnvifCameras
from sensing.ports import CasesOfSnapshots
from sensing.presets.service import CameraPresets
from sensing.presets.store import CameraMove
from sensing.settings import SensingSettings
from sensing.steering import store
from sensing.steering.leases import SteeredCamera, SteeringLeases
from sensing.steering.model import STANDING, CameraVelocity
from sensing.steering.store import MovingCamera

HOLD_S: Final = 2.0
"""A page that holds a button says so more often; after so long without a word the camera is stopped."""
LONGEST_S: Final = 10.0
"""One move is no longer; cameras of ONVIF stop by themselves then, also where the service was lost."""
LOOK_EVERY_S: Final = 0.1
AGAIN_S: Final = 2.0
MOST_TRIES: Final = 60
"""So often a camera that does not answer is told to stop."""
STOP_ALL_S: Final = 3.0
_SERVICE: Final = system("cameras")
_log = logger("sensing")
_moves = counter("sensing_camera_moves", "Moves of cameras by hand, by what ended them", ["end"])

Controls = Callable[[RegisteredCamera, CameraVelocity], Awaitable[None]]
"""Tells a camera that registers with us to move, or to stand. Raises `NoPicture`."""


class MoveEnd(StrEnum):
    """`RELEASED` by its operator; `SILENT`: the page said nothing any more; `LONGEST`: it took too long;
    `OTHER`: another move or a preset followed; `REFUSED` by the camera; `RESTART` of the service.
    """

    RELEASED = "released"
    SILENT = "silent"
    LONGEST = "longest"
    OTHER = "other"
    REFUSED = "refused"
    RESTART = "restart"


@dataclass(slots=True)
class _Moving:
    """A camera that moves; times are monotonic seconds. `telling`: it has not answered yet."""

    row: MovingCamera
    began: float
    held: float
    actor: Actor | None = None
    end: MoveEnd | None = None
    after: float = 0.0
    tries: int = 0
    stopping: bool = False
    telling: bool = False


class CameraMoves:
    """`controls` moves cameras of GB/T 28181; `presets` has those that were turned go back."""

    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        onvif: OnvifCameras,
        controls: Controls,
        presets: CameraPresets,
        leases: SteeringLeases,
        cases: CasesOfSnapshots,
        audit: TransactionAudit,
        settings: SensingSettings,
    ) -> None:
        self._storage = storage
        self._clock = storage.clock
        self._register = register
        self._onvif = onvif
        self._controls = controls
        self._presets = presets
        self._leases = leases
        self._cases = cases
        self._audit = audit
        self._settings = settings
        self._begun: OperationMemory[bool] = OperationMemory()
        """By `op_id` what was begun; False: it was stopped before it came."""
        self._moving: dict[str, _Moving] = {}
        self._tasks = Tasks("sensing-moves")
        presets.turned = self.superseded

    # --- people --------------------------------------------------------------------------------------

    def steered(self, actor: Actor, code: str) -> SteeredCamera:
        """Who steers it now. Raises `Forbidden`, `NoSuchCamera`, `NotSteerable`."""
        rights.TURN_CAMERA.check(actor)
        self._camera(actor, code)
        return self._leases.of(code)

    async def begin(
        self, actor: Actor, code: str, velocity: CameraVelocity, case_number: str, *, op_id: UUID
    ) -> SteeredCamera:
        """The camera moves until `stop`, or until `hold` is not said any more; once for each `op_id`, and not
        at all when `stop` of it came first. A move that this person began before is over.

        Raises `Forbidden`, `NoSuchCamera`, `NotSteerable`, `OutOfScope`, `OperationReused`, `CameraSteered`,
        `CameraNotTurned`.
        """
        rights.TURN_CAMERA.check(actor)
        camera = self._camera(actor, code)
        if case_number:
            await self._cases.by_number(actor, case_number)
        self._leases.require(actor, code)
        async with self._leases.alone(code):
            if self._begun.known(op_id, (actor.id, code)) is not None:
                return self._leases.of(code)
            self._leases.require(actor, code)
            with self._leases.taken(actor, code):
                await self._begin(actor, camera, velocity, case_number, op_id)
            self._begun.keep(op_id, (actor.id, code), True)
        return self._leases.of(code)

    def hold(self, actor: Actor, code: str, *, op_id: UUID) -> SteeredCamera:
        """The button of this move is still held. Raises `Forbidden`, `NoSuchCamera`, `MoveEnded`."""
        rights.TURN_CAMERA.check(actor)
        self._register.get(actor, code)
        one = self._moving.get(code)
        mine = one is not None and one.end is None and one.actor is not None and one.actor.id == actor.id
        if one is None or not mine or one.row.move_id != op_id:
            raise MoveEnded(remedy="let the button go, and press it again")
        one.held = self._clock.monotonic()
        self._leases.take(actor, code)
        return self._leases.of(code)

    async def stop(self, actor: Actor, code: str, *, op_id: UUID) -> None:
        """The move is over: the camera has been told to stand, where it still moves by it. One that has not
        come yet does not begin. Raises `Forbidden`, `NoSuchCamera`, `OperationReused`,
        `CameraNotTurned`.
        """
        rights.TURN_CAMERA.check(actor)
        self._register.get(actor, code)
        what = actor.id, code
        async with self._leases.alone(code):
            if self._begun.known(op_id, what) is None:
                self._begun.keep(op_id, what, False)
                return
            one = self._moving.get(code)
            if one is None or one.row.move_id != op_id:
                return
            one.end = one.end or MoveEnd.RELEASED
            why = await self._try_to_stop(one)
        if why is not None:
            raise CameraNotTurned(why)

    def _camera(self, actor: Actor, code: str) -> RegisteredCamera:
        camera = self._register.get(actor, code)
        if not camera.steerable:
            raise NotSteerable(remedy="import it with kind ptz and an address onvif:// or gb28181://")
        return camera

    async def _begin(
        self, actor: Actor, camera: RegisteredCamera, velocity: CameraVelocity, case_number: str, op_id: UUID
    ) -> None:
        await self.superseded(camera.code)
        now, row = self._clock.monotonic(), MovingCamera(
            camera.code, op_id, case_number, actor.id, self._clock.now()
        )  # fmt: skip
        detail = {
            "move": str(op_id), "pan": str(velocity.pan), "tilt": str(velocity.tilt),
            "zoom": str(velocity.zoom), "case": case_number,
        }  # fmt: skip
        move = CameraMove(camera.code, "", case_number, actor.id, row.began_at)
        await self._presets.write(actor, camera, move, "camera-move", detail, partial(store.put, one=row))
        one = self._moving[camera.code] = _Moving(row, now, now, actor, telling=True)
        try:
            await self._told(camera, velocity)
        except BaseException:
            # It may have heard of it all the same: it is told to stand, and that is recorded.
            one.end = MoveEnd.REFUSED
            raise
        finally:
            one.began = one.held = self._clock.monotonic()
            one.telling = False

    async def _told(self, camera: RegisteredCamera, velocity: CameraVelocity) -> None:
        """Raises `CameraNotTurned`."""
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                if REGISTERS.fullmatch(camera.address):
                    await self._controls(camera, velocity)
                elif velocity.stands:
                    await self._onvif.halt(camera)
                else:
                    await self._onvif.move(camera, velocity, LONGEST_S)
        except NoPicture as error:
            raise CameraNotTurned(error.fault, error.detail) from None
        except TimeoutError:
            raise CameraNotTurned(CameraFault.SLOW) from None

    # --- ends ----------------------------------------------------------------------------------------

    async def superseded(self, code: str) -> None:
        """Another move or a preset follows, so the camera is not told to stand. `leases.alone` is held."""
        one = self._moving.get(code)
        if one is not None:
            one.end = one.end or MoveEnd.OTHER
            await self._record_end(one, "")

    async def run(self) -> None:
        """Stop what is not held any more, and what an earlier process moved. For ever."""
        await self._register.look()
        async with self._storage.read() as connection:
            left = [row.code for row in await store.every(connection)]
        for code in left:
            await self._take_over(code)
        while True:
            self.tick()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _take_over(self, code: str) -> None:
        """What stands there while nobody begins or stops is of an earlier process, or moves already."""
        async with self._leases.alone(code), self._storage.read() as connection:
            for row in await store.every(connection):
                if row.code == code:
                    now = self._clock.monotonic()
                    self._moving.setdefault(code, _Moving(row, now, now, end=MoveEnd.RESTART))

    async def stop_all(self) -> None:
        """The service ends: every camera that moves is told to stand, within `STOP_ALL_S`."""
        for one in self._moving.values():
            one.end = one.end or MoveEnd.RESTART
        try:
            async with asyncio.timeout(STOP_ALL_S):
                await asyncio.gather(*(self._stop(one) for one in list(self._moving.values())))
        except TimeoutError:
            _log.warning("cameras that move are stopped after the next start", count=len(self._moving))
        await self._tasks.stop()

    def tick(self) -> None:
        """Begin to stop those whose time is over."""
        now = self._clock.monotonic()
        for one in self._moving.values():
            if one.telling:
                continue
            if one.end is None and now - one.began >= LONGEST_S:
                one.end = MoveEnd.LONGEST
            elif one.end is None and now - one.held >= HOLD_S:
                one.end = MoveEnd.SILENT
            if one.end is not None and not one.stopping and now >= one.after:
                one.stopping = self._tasks.spawn("stop", partial(self._stop, one))

    async def _stop(self, one: _Moving) -> None:
        try:
            async with self._leases.alone(one.row.code):
                if self._moving.get(one.row.code) is one:
                    await self._try_to_stop(one)
        finally:
            one.stopping = False

    async def _try_to_stop(self, one: _Moving) -> CameraFault | None:
        """Why the camera did not hear it: then it is told again. `leases.alone` is held."""
        one.tries += 1
        camera = self._register.index.by_code.get(one.row.code)
        why: CameraFault | None = None
        if camera is not None and camera.steerable:
            try:
                await self._told(camera, STANDING)
            except CameraNotTurned as error:
                why = error.fault
        if why is not None and one.tries < MOST_TRIES:
            one.after = self._clock.monotonic() + AGAIN_S
            return why
        if why is not None:
            _log.warning("a camera was not told to stand", code=one.row.code, why=why.value)
        await self._record_end(one, "" if why is None else why.value)
        return why

    async def _record_end(self, one: _Moving, why: str) -> None:
        assert one.end is not None
        if self._moving.get(one.row.code) is one:
            del self._moving[one.row.code]
        _moves.labels(one.end.value).inc()
        by_operator = one.end is MoveEnd.RELEASED and one.actor is not None
        detail = {
            "move": str(one.row.move_id), "case": one.row.case_number, "moved_by": one.row.moved_by,
            "seconds": f"{self._clock.monotonic() - one.began:.1f}", "end": one.end.value, "why": why,
        }  # fmt: skip
        try:
            async with self._storage.write() as transaction:
                await store.remove(transaction, one.row.move_id)
                await self._audit.record_in(
                    transaction, one.actor if by_operator and one.actor else _SERVICE,
                    "camera-move-end", f"camera:{one.row.code}", detail,
                )  # fmt: skip
        except SonghuaError as error:
            # The row stays: after the next start the camera is told to stand once more, and that is recorded.
            _log.warning("the end of a camera's move is not recorded", error=error.kind)
