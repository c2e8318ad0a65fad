"""The web of the role `centre`: telephone accounts, and the snapshot with which each desk begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.actor import Actor
from core.storage import StorageAway
from gateway.settings import Settings
from gateway.web.phone import PhoneAccount
from identity.service import Identity

Part = Callable[[Actor], Awaitable[dict[str, Any]]]


class PhoneAccounts:
    """The SIP account of a person, out of the same settings that Asterisk was rendered from."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        self._settings = settings
        self._identity = identity

    async def account(self, user_id: str) -> PhoneAccount:
        asterisk = self._settings.asterisk
        endpoint = (await self._identity.user(user_id)).endpoint
        if asterisk is None or endpoint is None:
            return PhoneAccount()
        phone = next((one for one in asterisk.agents if one.name == endpoint), None)
        if phone is None or not phone.browser:
            return PhoneAccount(endpoint=endpoint)
        host = str(asterisk.bind)
        return PhoneAccount(
            endpoint=endpoint,
            uri=f"sip:{endpoint}@{host}",
            ws_url=self._settings.switch.sip_ws_url,
            user=endpoint,
            password=phone.secret.get_secret_value(),
            realm="asterisk",
        )


class DeskSnapshot:
    """What a desk begins with, from every room; a part whose database is away is empty and said so."""

    def __init__(self, parts: dict[str, Part]) -> None:
        self._parts = parts

    async def __call__(self, viewer: Actor) -> dict[str, Any]:
        state: dict[str, Any] = {
            "me": {"id": viewer.id, "name": viewer.name, "roles": sorted(viewer.roles)},
            "away": [],
        }
        for name, part in self._parts.items():
            try:
                state.update(await part(viewer))
            except StorageAway:
                state["away"].append(name)
        return state
