"""The room of identities, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter

from core.errors import NotFound
from core.room import Health
from core.storage import StorageAway
from core.tasks import Tasks
from identity.account.http import router as account_routes
from identity.account.http import router_of_others
from identity.account.service import AccountService
from identity.audit.http import router as audit_routes
from identity.cookies import Cookies
from identity.guessing.http import router as attack_routes
from identity.guessing.service import Attacks
from identity.http import CurrentUser, SessionResponses, router, router_of_people
from identity.oidc.http import router as provider_routes
from identity.oidc.service import ProviderSignIn
from identity.oversight import Oversight
from identity.passkeys.http import router as passkey_routes
from identity.passkeys.http import router_of_own as own_passkey_routes
from identity.people.http import routes_of_many
from identity.people.service import PeopleImport
from identity.ports import IdentityPorts
from identity.service import IdentityService
from identity.settings import IdentitySettings
from identity.tokens.http import router as token_routes
from identity.tokens.http import router_of_own as own_token_routes

_AGAIN_S = 5.0


class IdentityRoom:
    """`service`, `current_user`, `attacks` and `oversight` are what the other rooms are wired to."""

    name = "identity"

    def __init__(self, settings: IdentitySettings, ports: IdentityPorts) -> None:
        self.service = IdentityService(ports.storage, settings)
        self.current_user = CurrentUser(self.service, ports.address_of, Cookies(settings))
        account = AccountService(self.service, ports.storage, settings)
        self.attacks = Attacks(
            self.service.signing_in.watch,
            ports.storage,
            ports.publish,
            contact=settings.security_contact,
            contact_is_there=self._contact_is_there,
        )
        self.oversight = Oversight(self.service, ports.storage, settings, self.current_user, ports.publish)
        self._contact = settings.security_contact
        self._provider = ProviderSignIn(self.service, ports.storage, settings.oidc)
        self.routers: Sequence[APIRouter] = (
            router(self.service, self.current_user, settings, self._sign_out_at),
            provider_routes(self._provider, self.current_user),
            passkey_routes(
                self.service,
                self.current_user,
                SessionResponses(self.service, settings, self.current_user.cookies),
            ),
            own_passkey_routes(account, self.current_user),
            router_of_people(self.service, self.current_user),
            routes_of_many(
                self.service, PeopleImport(self.service, settings.password_words), self.current_user
            ),
            account_routes(account, self.current_user),
            router_of_others(account, self.current_user),
            own_token_routes(self.service, ports.operations, self.current_user, settings.tokens),
            token_routes(self.service, ports.operations, self.current_user),
            attack_routes(self.attacks, self.current_user),
            audit_routes(self.service.audit, self.current_user),
            *self.oversight.routers,
        )
        self._tasks = Tasks("identity-audit")

    async def start(self) -> None:
        await self.attacks.start()
        await self.oversight.start()
        self._tasks.spawn("adopt", self._adopt)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.oversight.stop()
        await self.attacks.stop()

    def health(self) -> Sequence[Health]:
        return (self.oversight.health(self.attacks.health()),)

    async def _sign_out_at(self, address: str) -> str:
        return await self._provider.end_session(f"{self._provider.settings.address or address}/desk/")

    async def _adopt(self) -> None:
        """Rows of before the audit trail stood under the chain are chained, once."""
        while True:
            try:
                return await self.service.audit.adopt()
            except StorageAway:
                await asyncio.sleep(_AGAIN_S)

    async def _contact_is_there(self) -> bool:
        try:
            return (await self.service.user(self._contact)).active
        except NotFound:
            return False


def build(settings: IdentitySettings, ports: IdentityPorts) -> IdentityRoom:
    return IdentityRoom(settings, ports)
