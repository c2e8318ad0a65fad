"""The process that is measured: Open311 behind the product's own web server and gate, or a bare ASGI app on
the same server that gives recorded bytes.

`python -m tests.bench.open311.server PORT_FILE own URL`, or `… bare FILE`, where FILE holds a JSON object of
paths with their bodies. With `--profile FILE` it writes where its time went.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from cases.deadlines.public import expected_times
from cases.gazetteer import load_gazetteer
from citizen.channels.open311.http import routes
from citizen.channels.open311.rights import RIGHTS
from citizen.channels.open311.service import Open311Reports
from citizen.channels.open311.settings import Open311Settings
from citizen.contract import ChannelPorts
from citizen.reports.public import PublicLedger
from core.actor import Actor
from core.errors import Unauthenticated
from core.storage import Storage, StorageSettings, create_engine
from gateway.settings import WebSettings
from gateway.web import rights as web_rights
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.server import WebServer
from gateway.wiring.citizen import AddressIds, report_classes

MANY = 10_000_000


async def _nobody(_asked: HTTPConnection) -> Actor:
    raise Unauthenticated("the bench signs nobody in")


def own(url: str) -> ASGIApp:
    """Discovery to updates, as the product puts them together; nobody else's routes."""
    storage = Storage(create_engine(StorageSettings(url=url)))

    async def due(case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        return await expected_times(storage, case_ids)

    # Reading needs these alone.
    parts: Any = None
    given: dict[str, Any] = dict.fromkeys(one.name for one in fields(ChannelPorts)) | {
        "public": PublicLedger(storage, due), "classes": report_classes(), "clock": storage.clock,
        "address_of": lambda _asked: "127.0.0.1",
        "addresses": AddressIds(load_gazetteer(), parts),
    }  # fmt: skip
    settings = Open311Settings(enabled=True, reads_per_address_hour=MANY)
    router = routes(Open311Reports(settings, ChannelPorts(**given)))
    gate = AccessGate([*RIGHTS, *web_rights.RIGHTS], _nobody)
    return create(WebParts([router], Path("console/dist"), lambda: (), gate))


def bare(file: Path) -> ASGIApp:
    """Nothing but the bytes."""
    bodies = {path: body.encode() for path, body in json.loads(file.read_text()).items()}

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        body = bodies[scope["path"] + (f"?{query}" if query else "")]
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def serve(app: ASGIApp, port_file: Path) -> None:
    web = WebServer(app, WebSettings(port=0, port_file=port_file))  # type: ignore[arg-type]
    await web.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await web.stop()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("port_file", type=Path)
    arguments.add_argument("kind", choices=("own", "bare"))
    arguments.add_argument("what")
    arguments.add_argument("--profile", type=Path)
    chosen = arguments.parse_args()
    app = own(chosen.what) if chosen.kind == "own" else bare(Path(chosen.what))
    if chosen.profile is None:
        asyncio.run(serve(app, chosen.port_file))
        return
    profile = cProfile.Profile()
    profile.runcall(asyncio.run, serve(app, chosen.port_file))
    profile.dump_stats(chosen.profile)


if __name__ == "__main__":
    main()
