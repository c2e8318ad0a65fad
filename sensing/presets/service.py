"""Turns cameras to their presets, for one person at a time, and back when nobody looks any more.

Who turned a camera steers it alone for a short time; somebody else is told who, and for how long. A camera
goes back a setting's seconds after nobody steers it and nobody sees it live. Every turn is audited before it
is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from core.actor import Actor, system
from core.audit import TransactionAudit
from core.log import logger
from core.metrics import counter
from core.operations import OperationMemory
from core.storage import Storage, Transaction
from core.tasks import Tasks
from sensing import rights
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.errors import CameraFault, CameraNotTurned, NoPicture, NoPresets, NoSuchPreset
from sensing.onvif.cameras import OnvifCameras
from sensing.onvif.messages import CameraPreset
from sensing.ports import CasesOfSnapshots
from sensing.presets import store
from sensing.presets.store import CameraMove
from sensing.settings import SensingSettings
from sensing.steering.leases import SteeredCamera, SteeringLeases

LOOK_EVERY_S: Final = 0.5
AGAIN_S: Final = 60.0
MOST_TRIES: Final = 3
"""So often a camera that does not answer is told to go back."""
_SERVICE: Final = system("cameras")
_log = logger("sensing")
_turns = counter("sensing_camera_turns", "Cameras turned to a preset or back, by what became of it", ["fate"])


@dataclass(slots=True)
class _Turned:
    """A camera that is to go back. `left`: since when nobody needs it where it is; `after`: not before."""

    move: CameraMove
    left: float | None = None
    after: float = 0.0
    tries: int = 0
    going: bool = False


class CameraPresets:
    """`seen` says whether somebody sees a camera live."""

    def __init__(
        self,
        storage: Storage,
        register: CameraRegister,
        onvif: OnvifCameras,
        cases: CasesOfSnapshots,
        audit: TransactionAudit,
        settings: SensingSettings,
        seen: Callable[[str], bool],
        leases: SteeringLeases,
    ) -> None:
        self._storage = storage
        self._clock = storage.clock
        self._register = register
        self._onvif = onvif
        self._cases = cases
        self._audit = audit
        self._settings = settings
        self._seen = seen
        self._done: OperationMemory[CameraPreset] = OperationMemory()
        self._leases = leases
        self._turned: dict[str, _Turned] = {}
        self._tasks = Tasks("sensing-presets")
        self.turned: Callable[[str], Awaitable[None]] | None = None
        """Told of each camera that was turned, while `leases.alone` is held."""

    # --- people --------------------------------------------------------------------------------------

    async def listed(self, actor: Actor, code: str) -> tuple[Sequence[CameraPreset], SteeredCamera]:
        """What the camera says now. Raises `Forbidden`, `NoSuchCamera`, `NoPresets`, `CameraNotTurned`."""
        rights.TURN_CAMERA.check(actor)
        found = await self._presets(self._camera(actor, code))
        return found, self.steered(code)

    def steered(self, code: str) -> SteeredCamera:
        """Who steers it now."""
        return self._leases.of(code)

    async def turn(
        self, actor: Actor, code: str, preset: str, case_number: str, *, op_id: UUID
    ) -> CameraPreset:
        """Turn the camera, once for each `op_id`; who did steers it from now on. Audited before.

        Raises `Forbidden`, `NoSuchCamera`, `NoPresets`, `OutOfScope`, `OperationReused`, `CameraSteered`,
        `NoSuchPreset`, `CameraNotTurned`.
        """
        rights.TURN_CAMERA.check(actor)
        camera = self._camera(actor, code)
        if case_number:
            await self._cases.by_number(actor, case_number)
        what = actor.id, code, preset, case_number
        known = self._done.known(op_id, what)
        if known is not None:
            return known
        self._leases.require(actor, code)
        async with self._leases.alone(code):
            known = self._done.known(op_id, what)
            if known is not None:
                return known
            self._leases.require(actor, code)
            found = await self._turn(actor, camera, preset, case_number)
            return self._done.keep(op_id, what, found)

    async def release(self, actor: Actor, code: str) -> None:
        """He steers it no longer; if he did not, nothing happens. Raises `Forbidden`, `NoSuchCamera`."""
        rights.TURN_CAMERA.check(actor)
        self._register.get(actor, code)
        self._leases.release(actor, code)

    def _camera(self, actor: Actor, code: str) -> RegisteredCamera:
        camera = self._register.get(actor, code)
        if not camera.turns:
            raise NoPresets(remedy="import it with kind ptz and an address onvif://HOST")
        return camera

    async def _presets(self, camera: RegisteredCamera) -> Sequence[CameraPreset]:
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                return await self._onvif.presets(camera)
        except NoPicture as error:
            raise CameraNotTurned(error.fault, error.detail) from None
        except TimeoutError:
            raise CameraNotTurned(CameraFault.SLOW) from None

    async def _turn(
        self, actor: Actor, camera: RegisteredCamera, preset: str, case_number: str
    ) -> CameraPreset:
        """The camera is this person's from the question on."""
        try:
            with self._leases.taken(actor, camera.code):
                found = _named(preset, await self._presets(camera))
                move = CameraMove(camera.code, found.token, case_number, actor.id, self._clock.now())
                detail = {"preset": found.token, "name": found.name, "case": case_number}
                await self.write(actor, camera, move, "camera-turn", detail)
                await self._told(partial(self._onvif.go, camera, found.token))
                if self.turned is not None:
                    await self.turned(camera.code)
        except BaseException:
            _turns.labels("refused").inc()
            raise
        _turns.labels("turned").inc()
        return found

    async def write(
        self,
        actor: Actor,
        camera: RegisteredCamera,
        move: CameraMove,
        action: str,
        detail: Mapping[str, str],
        also: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> None:
        """Audited with what is to be known after a restart; a camera that can goes back later. Raises
        `StorageAway`: then it is not to be turned.
        """
        back = self._settings.home_after_s > 0 and camera.turns
        async with self._storage.write() as transaction:
            if back:
                await store.put(transaction, move)
            if also is not None:
                await also(transaction)
            await self._audit.record_in(transaction, actor, action, f"camera:{camera.code}", detail)
        if back:
            self._turned[camera.code] = _Turned(move)

    async def _told(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Raises `CameraNotTurned`."""
        try:
            async with asyncio.timeout(self._settings.snapshot_s):
                await ask()
        except NoPicture as error:
            raise CameraNotTurned(error.fault, error.detail) from None
        except TimeoutError:
            raise CameraNotTurned(CameraFault.SLOW) from None

    # --- back ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Turn back what nobody needs any more, also what an earlier process turned. For ever."""
        async with self._storage.read() as connection:
            for move in await store.every(connection):
                self._turned.setdefault(move.code, _Turned(move))
        while True:
            self.tick()
            await self._clock.sleep(LOOK_EVERY_S)

    async def stop(self) -> None:
        await self._tasks.stop()

    def tick(self) -> None:
        """Begin to turn back those whose time has come."""
        now, wait = self._clock.monotonic(), self._settings.home_after_s
        for code, one in self._turned.items():
            if self._needed(code):
                one.left = None
                continue
            one.left = now if one.left is None else one.left
            if not one.going and now >= max(one.left + wait, one.after):
                one.going = self._tasks.spawn("back", partial(self._back, code, one))

    def _needed(self, code: str) -> bool:
        return bool(self.steered(code).by) or self._seen(code)

    async def _back(self, code: str, one: _Turned) -> None:
        try:
            async with self._leases.alone(code):
                if self._turned.get(code) is one and not self._needed(code):
                    await self._go_back(code, one)
        finally:
            one.going = False

    async def _go_back(self, code: str, one: _Turned) -> None:
        one.tries += 1
        one.after = self._clock.monotonic() + AGAIN_S
        camera = self._register.index.by_code.get(code)
        why = ""
        if camera is not None and camera.turns and camera.in_use:
            try:
                await self._told(partial(self._onvif.go_home, camera))
            except CameraNotTurned as error:
                why = error.fault.value
        else:
            why = "not-registered"
        if why and one.tries < MOST_TRIES:
            return
        detail = {
            "case": one.move.case_number,
            "preset": one.move.preset,
            "turned_by": one.move.moved_by,
            "why": why,
        }
        async with self._storage.write() as transaction:
            await store.remove(transaction, code)
            await self._audit.record_in(transaction, _SERVICE, "camera-turn-back", f"camera:{code}", detail)
        if self._turned.get(code) is one:
            del self._turned[code]
        _turns.labels("stays" if why else "back").inc()
        if why:
            _log.warning("a camera stays where it was turned to", why=why)


def _named(token: str, presets: Sequence[CameraPreset]) -> CameraPreset:
    """Raises `NoSuchPreset`."""
    for one in presets:
        if one.token == token:
            return one
    raise NoSuchPreset(remedy="look at its presets again")
