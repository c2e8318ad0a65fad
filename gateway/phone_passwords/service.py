"""Gives a session its SIP password and takes it back when the session is over.

The switch reads the file by a reload of PJSIP, which disturbs no call; sessions that come at once share one.
A telephone that is registered stays so until it signs in again, at the longest 90 s later (the desk's page).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.room import Health
from core.storage import StorageAway
from core.tasks import Tasks
from gateway.asterisk.included import IncludedFile, SwitchNotTold
from gateway.phone_passwords.model import of_nobody, of_session, read, text_of

_log = logger("gateway")
_told = counter("phone_passwords_told", "Times that the switch was told the passwords of browsers")

RELOAD: Final = "module reload res_pjsip.so"
LOOK_EVERY_S: Final = 2.0
Live = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Those of these sessions that are not over. May raise `StorageAway`: then none ends."""


class SessionPasswords:
    """A part of the role `centre`. `secrets` are those of the settings, by endpoint. What the file says at
    the start and no session asks for is void after `unclaimed_s`.
    """

    name = "phone-passwords"

    def __init__(
        self, secrets: Mapping[str, str], file: IncludedFile, live: Live, clock: Clock, *, unclaimed_s: float
    ) -> None:
        self._secrets = secrets
        self._file = file
        self._live = live
        self._clock = clock
        self._unclaimed_until = clock.monotonic() + unclaimed_s
        self._sessions: dict[str, str] = {}
        self._passwords: dict[str, str] = {}
        self._telling = asyncio.Lock()
        self._tasks = Tasks("phone-passwords")
        self._fault: SwitchNotTold | None = None

    async def start(self) -> None:
        known = read(await asyncio.to_thread(self._file.text))
        self._passwords = {name: known.get(name) or of_nobody() for name in self._secrets}
        self._tasks.forever("sessions", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if self._fault is None:
            return Health(self.name, "up")
        return Health(self.name, "degraded", f"{self._fault.detail}; {self._fault.remedy}")

    async def of(self, endpoint: str, session: str) -> str:
        """Known to the switch when this returns; the password of an earlier session is void. Raises
        `SwitchNotTold`.
        """
        password = of_session(self._secrets[endpoint], endpoint, session)
        self._sessions[endpoint] = session
        self._passwords[endpoint] = password
        await self._tell()
        return password

    async def look(self) -> None:
        """Void what belongs to no session any more, and tell the switch what it does not know."""
        held = dict(self._sessions)
        if held:
            live = await self._live(set(held.values()))
            for endpoint, session in held.items():
                if session not in live and self._sessions.get(endpoint) == session:
                    del self._sessions[endpoint]
                    self._passwords[endpoint] = of_nobody()
        if self._clock.monotonic() > self._unclaimed_until:
            self._unclaimed_until = float("inf")
            void = {name: of_nobody() for name in self._passwords if name not in self._sessions}
            self._passwords.update(void)
        await self._tell()

    async def _tell(self) -> None:
        async with self._telling:
            try:
                if await self._file.put_text(text_of(self._passwords)):
                    _told.inc()
            except SwitchNotTold as fault:
                if self._fault is None:
                    _log.error("browsers' passwords do not reach the switch", why=fault.detail)
                self._fault = fault
                raise
            self._fault = None

    async def _look_on(self) -> None:
        while True:
            # At the next look again; health says what it is.
            with contextlib.suppress(StorageAway, SwitchNotTold):
                await self.look()
            await self._clock.sleep(LOOK_EVERY_S)
