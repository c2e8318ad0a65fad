"""The limit of open files as a part of each role: raised at the start, in health before it is reached."""

from __future__ import annotations

from core.listening import descriptors
from core.log import logger
from core.room import Health

_log = logger("gateway")


class Descriptors:
    name = "descriptors"

    async def start(self) -> None:
        most = descriptors.limit()
        if most < descriptors.LEAST:
            _log.warning("few files may be open: raise LimitNOFILE of the unit", most=most)

    async def stop(self) -> None:
        """Do nothing: there is no task."""

    def health(self) -> Health:
        used, most = descriptors.in_use(), descriptors.limit()
        if used > most * (1 - descriptors.FEW_LEFT):
            return Health(self.name, "degraded", f"{used} of {most} are open: raise LimitNOFILE of the unit")
        return Health(self.name, "up")
