"""The certificate that the switch serves: it reads the file itself, and tells nobody when it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from core.clock import Clock, SystemClock
from core.room import Health
from core.tasks import Tasks
from gateway.tls.seen import ends_soon, look
from gateway.tls.served import REMEDY, show_end

LOOK_EVERY_S: Final = 60.0


class SwitchCertificate:
    name = "certificate-asterisk"

    def __init__(self, certificate: Path, clock: Clock | None = None) -> None:
        self._certificate = certificate
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._why = ""

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        return Health(self.name, "degraded", self._why) if self._why else Health(self.name, "up")

    async def look(self) -> None:
        """One look. A file that only the switch may read is the doctor's matter."""
        try:
            seen = await asyncio.to_thread(look, self._certificate)
        except PermissionError:
            return
        except (OSError, ValueError) as error:
            self._why = (
                f"{self._certificate}: {getattr(error, 'strerror', None) or 'no certificate'}; {REMEDY}"
            )
            return
        now = self._clock.now()
        show_end("asterisk", seen, now)
        soon = ends_soon(seen, now)
        self._why = f"{self._certificate}: {soon}; {REMEDY}" if soon else ""

    async def _watch(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep(LOOK_EVERY_S)
