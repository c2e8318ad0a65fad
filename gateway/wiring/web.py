"""The web of the role `centre`: telephone accounts, and the snapshot with which each desk begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import HTTPConnection

from core.actor import Actor
from core.storage import StorageAway
from gateway.phone_passwords.service import SessionPasswords
from gateway.settings import Settings
from gateway.web.phone import PhoneAccount
from gateway.web.turn import servers
from identity.service import IdentityService

Part = Callable[[Actor], Awaitable[dict[str, Any]]]


class PhoneAccounts:
    """The SIP account of a person, out of the same settings that Asterisk was rendered from. With `passwords`
    it is for the session that asks; what has none, as a program with a token, gets no password.
    """

    def __init__(
        self,
        settings: Settings,
        identity: IdentityService,
        passwords: SessionPasswords | None = None,
        session_of: Callable[[HTTPConnection], str | None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._passwords = passwords
        self._session_of = session_of

    async def account(self, user_id: str, request: HTTPConnection) -> PhoneAccount:
        """Raises `SwitchNotTold`."""
        asterisk = self._settings.asterisk
        endpoint = (await self._identity.user(user_id)).endpoint
        if asterisk is None or endpoint is None:
            return PhoneAccount()
        phone = next((one for one in asterisk.agents if one.name == endpoint), None)
        if phone is None or not phone.browser:
            return PhoneAccount(endpoint=endpoint)
        password = phone.secret.get_secret_value()
        if self._passwords is not None:
            session = self._session_of(request)
            if session is None:
                return PhoneAccount(endpoint=endpoint)
            password = await self._passwords.of(endpoint, session)
        host = str(asterisk.bind)
        return PhoneAccount(
            endpoint=endpoint,
            uri=f"sip:{endpoint}@{host}",
            ws_url=self._settings.switch.sip_ws_url,
            user=endpoint,
            password=password,
            realm="asterisk",
            ice_servers=servers(self._settings.switch.turn, endpoint, datetime.now(UTC)),
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
