"""The product's own routes of live views on a port of this machine, for pages of the simulated gateway."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from core.actor import Actor, Role
from core.errors import SonghuaError, problem_of
from core.ids import uuid7
from core.place import Position
from core.routes import add_routes
from core.storage import Storage
from sensing.cameras.service import CameraRegister
from sensing.live.http import live_routes
from sensing.live.service import CameraLive
from sensing.ports import SnapshotCase
from sensing.settings import SensingSettings
from tests.cases.rooms import AuditedActs
from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
VIEWER = Actor("sun.li", "孙丽", frozenset({Role.DISPATCHER}))


class AnyCase:
    """Fills `sensing.ports.CasesOfSnapshots`: every number is a case that everybody sees."""

    async def by_number(self, actor: Actor, number: str) -> SnapshotCase:
        del actor
        return SnapshotCase(UUID(int=1), number)

    async def place_of(self, actor: Actor, case_id: UUID) -> tuple[Position | None, bool]:
        del actor, case_id
        return None, False

    async def require(self, actor: Actor, case_id: UUID) -> None:
        del actor, case_id


@asynccontextmanager
async def live_service(
    storage: Storage, peer: SimulatedRtspCamera, *, code: str = "N1", **more: Any
) -> AsyncIterator[tuple[str, AuditedActs]]:
    """Its address, and what it recorded; `code` is the camera."""
    audited = AuditedActs()
    settings = SensingSettings.model_validate({"networks": ["127.0.0.0/8"], "snapshot_s": 20, **more})
    register = CameraRegister(storage, AuditedActs())
    table = f"code,name,lon,lat,kind,address\n{code},北向,126.63,45.70,ptz,{peer.url}\n"
    assert (await register.import_table(ADMIN, table.encode(), op_id=uuid7())).applied
    live = CameraLive(storage, register, AnyCase(), audited, settings)
    app = FastAPI()
    add_routes(app.router, live_routes(live, settings.live_s, lambda: VIEWER), "/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        with contextlib.ExitStack() as stack:
            server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            watching = asyncio.create_task(live.watch())
            stack.callback(watching.cancel)
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}", audited
            finally:
                await live.stop()
                server.should_exit = True
                await asyncio.gather(serving, return_exceptions=True)
