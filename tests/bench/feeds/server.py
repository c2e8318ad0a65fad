"""The process that is measured, and that a test kills: the feed behind the product's own web server and gate,
its drafts into the product's own reports.

`python -m tests.bench.feeds.server PORT_FILE URL`
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path
from typing import Any

from starlette.requests import HTTPConnection

from citizen.reports.service import CitizenReports
from citizen.settings import CitizenSettings
from core.actor import Actor
from core.errors import Unauthenticated
from core.storage import Storage, StorageSettings, create_engine
from core.tasks import Tasks
from gateway.settings import WebSettings
from gateway.web import rights as web_rights
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.server import WebServer
from gateway.wiring.citizen import clean_picture
from gateway.wiring.event_feeds import ReportsOfFeeds
from identity.audit.service import AuditTrail
from sensing.feeds.drafting import FeedDrafting
from sensing.feeds.evidence import FeedPictures
from sensing.feeds.http import feed_routes
from sensing.feeds.intake import FeedIntake
from sensing.feeds.service import FeedRegister
from sensing.feeds.settings import FeedSettings
from sensing.rights import RIGHTS

NAME = "police"
SECRET = "the-secret-of-the-bench"
SETTINGS = FeedSettings.model_validate(
    {"title": "电子警察", "secret": SECRET, "most_waiting": 1_000_000, "same_within_s": 0}
)


async def _nobody(_asked: HTTPConnection) -> Actor:
    raise Unauthenticated("the bench signs nobody in")


async def serve(url: str, port_file: Path) -> None:
    storage = Storage(create_engine(StorageSettings(url=url)))
    feeds = {NAME: SETTINGS}
    intake = FeedIntake(storage, feeds)
    reports = CitizenReports(storage, CitizenSettings(), clean_picture)
    drafting = FeedDrafting(NAME, SETTINGS, storage, intake, FeedPictures(), ReportsOfFeeds(lambda: reports))
    intake.arrived = lambda _name: drafting.wake()
    await intake.look()
    register = FeedRegister(storage, feeds, AuditTrail(storage), None, 90)
    router = feed_routes(intake, register, _nobody, lambda _asked: "")
    gate = AccessGate([*RIGHTS, *web_rights.RIGHTS], _nobody)
    app: Any = create(WebParts([router], Path("console/dist"), lambda: (), gate))
    web = WebServer(app, WebSettings(port=0, port_file=port_file))
    tasks = Tasks("bench")
    tasks.forever("drafting", drafting.run)
    await web.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await tasks.stop()
    await web.stop()
    await storage.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("port_file", type=Path)
    arguments.add_argument("url")
    chosen = arguments.parse_args()
    asyncio.run(serve(chosen.url, chosen.port_file))


if __name__ == "__main__":
    main()
