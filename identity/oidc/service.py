"""Sign-in through the OpenID provider: the redirect there, the callback, and the session of the user."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.exc import IntegrityError

from core.actor import system
from core.errors import NotFound, SonghuaError
from core.storage import Storage
from identity import store
from identity.audit.store import add_audit
from identity.errors import ProviderAway, ProviderRefused
from identity.keys import Keys
from identity.model import Session, User
from identity.oidc import store as links
from identity.oidc.model import Claimed, authorization, claimed, new_flow, read_flow
from identity.oidc.provider import Provider
from identity.oidc.settings import OidcSettings
from identity.origin import RequestOrigin
from identity.service import IdentityService

PURPOSE = "oidc"
BY = system("provider")


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """What the browser brings back from the provider, unchecked. `kept` is the cookie of the way there."""

    state: str
    code: str
    issuer: str
    error: str
    kept: str


class ProviderSignIn:
    def __init__(self, identity: IdentityService, storage: Storage, settings: OidcSettings) -> None:
        self.settings = settings
        self._identity = identity
        self._storage = storage
        self._signing_in = identity.signing_in
        self._provider = Provider(settings, storage.clock)

    async def begin(self, back: str) -> tuple[str, str]:
        """Where the browser goes, and what it keeps meanwhile. Raises `ProviderAway`, `ProviderRefused`."""
        self._check_on()
        metadata = await self._provider.metadata()
        flow = new_flow(self._storage.clock.now().timestamp())
        kept = (await self._keys()).sign(PURPOSE, flow.as_dict())
        settings = self.settings
        return authorization(metadata, settings.client_id, back, settings.scopes, flow), kept

    async def finish(
        self, answer: AuthorizationResponse, back: str, origin: RequestOrigin
    ) -> tuple[str, Session]:
        """The session of whom the provider has proved. Raises `ProviderRefused`, `ProviderAway`,
        `TooManyAttempts`; `SecondFactorNeeded` where this person has a second factor here.
        """
        self._check_on()
        place = self._signing_in.take_place("provider", origin.address)
        try:
            user = await self._user(await self._proved(answer, back))
        except ProviderRefused as error:
            await self._signing_in.failed("provider", origin.address, error.detail)
            raise
        except SonghuaError:
            place.give_back()
            raise
        place.give_back()
        return await self._signing_in.by_provider(user, origin)

    async def end_session(self, back: str) -> str:
        """Where the provider ends its own session, and sends the browser back; empty where it has no such."""
        if not self.settings.issuer:
            return ""
        try:
            end = (await self._provider.metadata()).end_session
        except (ProviderAway, ProviderRefused):
            return ""
        asked = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{end}{'&' if '?' in end else '?'}{asked}" if end else ""

    async def _proved(self, answer: AuthorizationResponse, back: str) -> Claimed:
        now = self._storage.clock.now().timestamp()
        flow = read_flow((await self._keys()).read(PURPOSE, answer.kept), answer.state, now)
        if answer.issuer and answer.issuer != self.settings.issuer:
            raise ProviderRefused("another provider answers")
        if answer.error or not answer.code:
            raise ProviderRefused("it did not sign anybody in", remedy="sign in there, or ask its operator")
        tokens = await self._provider.redeem(answer.code, flow.verifier, back)
        settings = self.settings
        return claimed(
            await self._provider.claims(tokens, flow.nonce), user_claim=settings.user_claim,
            name_claim=settings.name_claim, role_claim=settings.role_claim, roles=settings.roles,
        )  # fmt: skip

    async def _user(self, who: Claimed) -> User:
        """The user of this subject: linked before, or by name now, or new. Raises `ProviderRefused`."""
        issuer = self.settings.issuer
        async with self._storage.read() as connection:
            linked = await links.user_of(connection, issuer, who.subject)
            found = await store.user_with_hash(connection, linked or who.user_id)
            taken = linked is None and await links.is_linked(connection, issuer, who.user_id)
        if taken:
            raise ProviderRefused(
                f"{who.user_id} is another person at the provider",
                remedy="an administrator looks at both accounts",
            )
        if found is None:
            user = await self._new(who)
        else:
            user = found[0]
        if not user.active:
            raise ProviderRefused(f"{user.id} is switched off here")
        if who.roles is not None and who.roles != user.roles:
            user = await self._identity.set_roles(user.id, who.roles, by=BY)
        if linked is None:
            await self._link(who, user)
        return user

    async def _new(self, who: Claimed) -> User:
        if not self.settings.create or who.roles is None:
            raise ProviderRefused(
                f"{who.user_id} is not a user here", remedy="an administrator adds the person first"
            )
        # Nobody knows this password: an administrator may set one.
        unknown = secrets.token_urlsafe(32)
        try:
            return await self._identity.create_user(User(who.user_id, who.name, who.roles), unknown, by=BY)
        except SonghuaError as error:
            raise ProviderRefused(f"{who.user_id} cannot be added: {error.title}") from error

    async def _link(self, who: Claimed, user: User) -> None:
        now = self._storage.clock.now()
        try:
            async with self._storage.write() as transaction:
                connection = transaction.connection
                await links.link(connection, self.settings.issuer, who.subject, user.id, now)
                await add_audit(
                    connection, now, BY.id, "link-user", f"user:{user.id}",
                    {"issuer": self.settings.issuer, "subject": who.subject},
                )  # fmt: skip
        except IntegrityError as error:
            raise ProviderRefused(f"{user.id} has just been linked", remedy="sign in again") from error

    def _check_on(self) -> None:
        if not self.settings.issuer:
            raise NotFound("no provider is set up", remedy="see [identity.oidc] and docs/oidc.md")

    async def _keys(self) -> Keys:
        return await self._signing_in.ring.keys()
