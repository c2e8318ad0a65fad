"""Open311 as a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from cases.events import CaseSource
from citizen.channels.open311.http import routes
from citizen.channels.open311.service import NAME, Open311Reports
from citizen.channels.open311.settings import Open311Settings
from citizen.contract import ChannelPorts, ProgressNotice
from core.room import Health


class Open311:
    name: Final = NAME
    source: Final = CaseSource.OPEN311
    sends_nothing: Final = True

    def __init__(self, settings: Open311Settings, ports: ChannelPorts) -> None:
        self.routers: Sequence[APIRouter] = (routes(Open311Reports(settings, ports)),)

    async def start(self) -> None:
        """Nothing runs: clients ask."""

    async def stop(self) -> None:
        """Nothing runs."""

    def health(self) -> Sequence[Health]:
        return ()

    async def send(self, notice: ProgressNotice) -> None:
        """Clients ask for the steps: nothing is sent."""
