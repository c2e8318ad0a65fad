"""Announcements of mass incidents: the prompts' files by language, and the callers who wait.

The switch keeps which announcement is played, in global variables: who comes to wait hears it
without the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cases.incidents.service import IncidentService
from core.errors import NotFound, SonghuaError
from core.log import logger
from core.metrics import counter
from core.room import Health
from core.tasks import Tasks
from gateway.ami.actions import Setvar
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.control import AmiControl, translated
from hotline.control.ports import DialplanPlace
from hotline.queue.service import QueueViews
from ivr.library import Library

CONTEXT: Final = "incident"
WAITING: Final = DialplanPlace(CONTEXT, "waiting")
NAME: Final = "GLOBAL(INCIDENT)"
LOOK_EVERY_S: Final = 1.0
OTHERS_S: Final = 10.0
"""What is announced at one switch is announced at the others so soon."""
_played = counter("incident_announcements", "Waiting callers who were played an incident's announcement")
_log = logger("gateway")


def file_variable(language: str) -> str:
    """The global variable that has the announcement's sound file in this language."""
    return f"GLOBAL(INCIDENT_{language})"


def with_incidents(settings: AmiSettings, languages: Sequence[str]) -> AmiSettings:
    """The account's settings with the names that announcements may use."""
    names = {NAME, *(file_variable(language) for language in languages)}
    return settings.model_copy(
        update={"contexts": settings.contexts | {CONTEXT}, "variables": settings.variables | names}
    )


class WaitingCallerAnnouncer:
    """Fills `cases.incidents.ports.CallerAnnouncer`. Hotline and dialogue are made after the cases."""

    def __init__(
        self,
        client: AmiClient,
        languages: Sequence[str],
        *,
        library: Callable[[], Library],
        lines: Callable[[], QueueViews],
    ) -> None:
        self._client = client
        self._languages = tuple(languages)
        self._library = library
        self._lines = lines
        self._control = AmiControl(client)

    def check(self, prompt: str) -> None:
        """Raises `NoSuchPrompt`."""
        for language in self._languages:
            self._library().find(prompt, language)

    async def announce(self, name: str, prompt: str) -> int:
        if not await self._keep(name, prompt):
            return 0
        played = 0
        for channel in self._lines().unoffered():
            try:
                await self._control.move(channel, WAITING)
            except SonghuaError as error:
                # Answered or gone at this moment: nothing was lost.
                _log.info("a waiting caller was not played an announcement", error=error.kind)
                continue
            played += 1
        _played.inc(played)
        return played

    async def keep(self, name: str, prompt: str) -> None:
        await self._keep(name, prompt)

    async def _keep(self, name: str, prompt: str) -> bool:
        """False where the prompt is gone: nothing is announced then."""
        files = self._files(prompt) if name else {}
        if name and not files:
            _log.error("the announcement's prompt is gone: callers hear nothing", prompt=prompt)
            name = ""
        for language, file in files.items():
            await self._set(file_variable(language), file)
        # Last: who looks between two of these hears nothing rather than half of it.
        await self._set(NAME, name)
        return name != ""

    def _files(self, prompt: str) -> Mapping[str, str]:
        """The file of each language, without its suffix; none where one of them is missing."""
        try:
            library = self._library()
            return {one: str(library.find(prompt, one).with_suffix("")) for one in self._languages}
        except NotFound:
            return {}

    async def _set(self, variable: str, value: str) -> None:
        await translated(self._client.perform(Setvar(variable, value)))


class IncidentAnnouncements:
    """A part of the service: a switch that was away is told again what it has to play. `again_s`: so often it
    is told anyway, where incidents are also opened at the desks of another switch.
    """

    name = "incidents"

    def __init__(
        self, client: AmiClient, incidents: IncidentService, *, again_s: float | None = None
    ) -> None:
        self._client = client
        self._incidents = incidents
        self._again_s = again_s
        self._told = -1
        self._told_at = 0.0
        self._tasks = Tasks("incidents")

    async def start(self) -> None:
        self._tasks.forever("switch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return ()

    async def _watch(self) -> None:
        while True:
            due = self._client.epoch != self._told or self._incidents.untold or self._is_time()
            if self._client.up and due:
                epoch = self._client.epoch
                if await self._incidents.restore():
                    self._told, self._told_at = epoch, asyncio.get_running_loop().time()
            await asyncio.sleep(LOOK_EVERY_S)

    def _is_time(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self._again_s is not None and now - self._told_at >= self._again_s
