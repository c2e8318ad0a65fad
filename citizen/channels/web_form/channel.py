"""The web form as a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from cases.events import CaseSource
from citizen.channels.web_form.http import routes
from citizen.channels.web_form.service import NAME, WebReports
from citizen.channels.web_form.settings import WebFormSettings
from citizen.contract import ChannelPorts, ProgressNotice
from core.room import Health


class WebForm:
    name: Final = NAME
    source: Final = CaseSource.WEB
    sends_nothing: Final = True

    def __init__(self, settings: WebFormSettings, ports: ChannelPorts) -> None:
        self.routers: Sequence[APIRouter] = (routes(WebReports(settings, ports)),)

    async def start(self) -> None:
        """Nothing runs: the browser asks."""

    async def stop(self) -> None:
        """Nothing runs."""

    def health(self) -> Sequence[Health]:
        return ()

    async def send(self, notice: ProgressNotice) -> None:
        """The reporter reads it with number and code: nothing is sent."""
