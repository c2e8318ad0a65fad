"""The operating mode at work: who approves it, what callers hear, whom the queue puts first, which roles
people have besides.

The switch keeps the mode's sentence in global variables, as it does for incidents: every caller hears it once
before he waits, whatever becomes of the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from cases.operating_mode.ports import SecondPersonsWord
from cases.operating_mode.service import OperatingModes
from core.actor import Actor
from core.errors import NotFound, SonghuaError
from core.log import logger
from core.room import Health
from core.second_person import ApprovalStatus, ApprovalWish
from core.storage import Storage
from core.tasks import Tasks
from gateway.ami.actions import Setvar
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.control import translated
from hotline.routing.service import Priorities
from identity.approvals import store
from identity.approvals.model import ApprovalState, ApprovalVerdict
from identity.approvals.service import Approvals
from ivr.library import Library

NAME: Final = "GLOBAL(MODE)"
LOOK_EVERY_S: Final = 1.0
_DONE: Final = frozenset({ApprovalState.RUNNING, ApprovalState.DONE})
_log = logger("gateway")


def file_variable(language: str) -> str:
    """The global variable that has the mode's sentence in this language."""
    return f"GLOBAL(MODE_{language})"


def with_modes(settings: AmiSettings, languages: Sequence[str]) -> AmiSettings:
    """The account's settings with the names that modes may use."""
    names = {NAME, *(file_variable(language) for language in languages)}
    return settings.model_copy(update={"variables": settings.variables | names})


class ApprovalsOfModes:
    """Fills `cases.operating_mode.ports.ModeApprovals`."""

    def __init__(self, approvals: Approvals, storage: Storage) -> None:
        self._approvals = approvals
        self._storage = storage

    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        return await self._approvals.order(actor, wish, op_id)

    async def word(self, act: str, version: str, mode: str, by: str) -> SecondPersonsWord | None:
        wanted = (by, version, mode)
        async with self._storage.read() as connection:
            found = await store.of_act(connection, act)
        for one in found:
            asked = (one.asked_by, one.parameters.get("version"), one.parameters.get("mode"))
            if asked != wanted or one.decided_at is None:
                continue
            if one.verdict is ApprovalVerdict.APPROVED and one.state in _DONE:
                return SecondPersonsWord(one.decided_by, one.decided_at)
        return None


def with_lent_roles(modes: Callable[[], OperatingModes]) -> Callable[[Actor], Actor]:
    """A person with the roles that the mode gives besides; a program by its token has its own alone."""

    def lent(actor: Actor) -> Actor:
        if actor.token:
            return actor
        roles = modes().lent(actor.roles)
        return actor if roles == actor.roles else replace(actor, roles=roles)

    return lent


class ModeAtWork:
    """A part of the service: switch and queue follow the mode. A switch that was away is told again."""

    name = "operating-mode"

    def __init__(
        self,
        client: AmiClient,
        modes: OperatingModes,
        *,
        languages: Sequence[str],
        library: Callable[[], Library],
        priorities: Priorities,
    ) -> None:
        self._client = client
        self._modes = modes
        self._languages = tuple(languages)
        self._library = library
        self._priorities = priorities
        self._told: tuple[int, int] = (-1, -1)
        self._tasks = Tasks("operating-mode")

    async def start(self) -> None:
        self._tasks.forever("follow", self._follow)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return ()

    async def _follow(self) -> None:
        while True:
            self._priorities.use(self._modes.rules.priorities.changes())
            wanted = (self._client.epoch, self._modes.now.version)
            if self._client.up and wanted != self._told:
                try:
                    await self._tell()
                    self._told = wanted
                except SonghuaError as error:
                    _log.warning("the switch was not told of the operating mode", error=error.kind)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tell(self) -> None:
        files = self._files(self._modes.rules.greeting)
        for language, file in files.items():
            await self._set(file_variable(language), file)
        # Last: who looks between two of these hears nothing rather than half of it.
        await self._set(NAME, f"{self._modes.now.mode.value}-{self._modes.now.version}" if files else "")

    def _files(self, prompt: str) -> Mapping[str, str]:
        """The file of each language, without its suffix; none where one of them is missing."""
        if not prompt:
            return {}
        library = self._library()
        try:
            return {one: str(library.find(prompt, one).with_suffix("")) for one in self._languages}
        except NotFound:
            _log.error("the mode's prompt is not there: callers hear nothing of it", prompt=prompt)
            return {}

    async def _set(self, variable: str, value: str) -> None:
        await translated(self._client.perform(Setvar(variable, value)))
