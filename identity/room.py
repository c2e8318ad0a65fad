"""The room of identities, put together."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.room import Health
from identity.http import CurrentUser, router
from identity.ports import IdentityPorts
from identity.service import Identity
from identity.settings import IdentitySettings


class IdentityRoom:
    """`service` and `current_user` are what the other rooms are wired to."""

    name = "identity"

    def __init__(self, settings: IdentitySettings, ports: IdentityPorts) -> None:
        self.service = Identity(ports.storage, settings)
        self.current_user = CurrentUser(self.service)
        self.routers: Sequence[APIRouter] = (router(self.service, self.current_user, settings),)

    async def start(self) -> None:
        """Nothing runs in the background here."""

    async def stop(self) -> None:
        """Nothing to end."""

    def health(self) -> Sequence[Health]:
        return ()


def build(settings: IdentitySettings, ports: IdentityPorts) -> IdentityRoom:
    return IdentityRoom(settings, ports)
