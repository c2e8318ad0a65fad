"""The test call, once after each start; its result is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from core.private import write_private
from gateway.installation.context import USER, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import StepName
from gateway.installation.switch_link import signed_in
from gateway.installation.test_call import SidesHeard, place_test_call


class HeardTestCall:
    name = StepName.TEST_CALL

    def missing(self, to: Installation) -> Sequence[str]:
        return [] if to.places.heard.exists() else ["a call heard in both directions"]

    def do(self, to: Installation) -> Sequence[str]:
        heard = asyncio.run(_place(to))
        told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(heard)}
        # Its folder is the service's: no link there is followed.
        to.places.heard.unlink(missing_ok=True)
        write_private(to.places.heard, (json.dumps(told) + "\n").encode())
        to.own(to.places.heard, USER, USER, 0o640)
        citizen, agent = heard.citizen_hears_agent, heard.agent_hears_citizen
        return [f"the citizen heard the agent for {citizen:.1f} s, the agent the citizen for {agent:.1f} s"]


async def _place(to: Installation) -> SidesHeard:
    if to.settings.ami is None:
        raise InstallationStopped("the section [ami] is missing", remedy="see songhua config example")
    async with signed_in(to.settings.ami) as switch:
        return await place_test_call(switch)
