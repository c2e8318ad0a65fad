"""A simulator of the gateway for the console's tests: the built pages, the routes and the live link.

It keeps what the real one promises (docs/contracts.md) as far as the pages can see it: sessions,
compare-and-set of draft fields by `rev`, one effect for each `op_id`, a `seq` that rises by one.
It has no rules of its own: a test says what happens. Each workspace has its file.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.calls import SimulatedCalls
from tests.console.simulated_gateway.catalogue import category
from tests.console.simulated_gateway.conferences import SimulatedConferences
from tests.console.simulated_gateway.departments import SimulatedDepartments
from tests.console.simulated_gateway.drafts import SimulatedDrafts
from tests.console.simulated_gateway.evaluation import SimulatedEvaluation
from tests.console.simulated_gateway.feeds import SimulatedFeeds
from tests.console.simulated_gateway.field import SimulatedField
from tests.console.simulated_gateway.follow_ups import SimulatedFollowUps
from tests.console.simulated_gateway.knowledge import SimulatedKnowledge
from tests.console.simulated_gateway.mode import SimulatedMode
from tests.console.simulated_gateway.pages import DIST, SimulatedPages
from tests.console.simulated_gateway.patches import SimulatedPatches
from tests.console.simulated_gateway.plans import SimulatedPlans
from tests.console.simulated_gateway.radio import SimulatedRadio
from tests.console.simulated_gateway.reports import SimulatedReports
from tests.console.simulated_gateway.supervision import SimulatedSupervision
from tests.console.simulated_gateway.verifications import SimulatedVerifications
from tests.console.simulated_gateway.warnings import SimulatedWarnings
from tests.console.simulated_gateway.wechat import SimulatedWeChatStaff

__all__ = ["DIST", "Json", "SimulatedGateway", "category", "now", "serving"]


class SimulatedGateway(
    SimulatedCalls,
    SimulatedDrafts,
    SimulatedField,
    SimulatedRadio,
    SimulatedSupervision,
    SimulatedReports,
    SimulatedFollowUps,
    SimulatedEvaluation,
    SimulatedMode,
    SimulatedKnowledge,
    SimulatedDepartments,
    SimulatedVerifications,
    SimulatedWeChatStaff,
    SimulatedConferences,
    SimulatedFeeds,
    SimulatedPatches,
    SimulatedPlans,
    SimulatedWarnings,
    SimulatedPages,
):
    """`calls`, `drafts`, `cases` are what the pages see; `requests` is what they asked for."""

    def __init__(self, *, mqtt_ws_url: str = "", tenant: str = "harbin") -> None:
        super().__init__()
        self._config = {"mqtt_ws_url": mqtt_ws_url, "tenant": tenant, "wechat": True}


@contextlib.asynccontextmanager
async def serving(gateway: SimulatedGateway, port: int = 0) -> AsyncIterator[SimulatedGateway]:
    """The simulator on this port of loopback, 0 for a free one; `gateway.url` is its address."""
    runner = web.AppRunner(gateway.app(), shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    host, found = runner.addresses[0][:2]
    gateway.url = f"http://{host}:{found}"
    try:
        yield gateway
    finally:
        await gateway.cut()
        await asyncio.sleep(0)
        await runner.cleanup()
