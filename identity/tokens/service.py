"""Use cases of API tokens: making one, looking it up, revoking it. Each is audited."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta

from core.actor import Actor, system
from core.errors import NotFound
from core.metrics import counter
from core.storage import Storage, StorageAway
from identity.audit.service import AuditTrail
from identity.audit.store import add_audit
from identity.errors import TokenOver, TooManyTokens
from identity.hashes import hash_token
from identity.model import Session, User
from identity.store import user_with_hash
from identity.tokens import store
from identity.tokens.model import ApiToken, WantedToken, check_wanted, is_form, new_id, new_secret, session_of
from identity.tokens.settings import TokenSettings

REFUSER = system("tokens")
_USED = timedelta(minutes=10)
"""To this is told when a token was used last."""
_MOST_PLACES = 2_000
_refused = counter("identity_tokens_refused", "API tokens that were refused: unknown, or over", ["why"])


class ApiTokens:
    def __init__(self, storage: Storage, settings: TokenSettings, audit: AuditTrail) -> None:
        self._storage = storage
        self._settings = settings
        self._audit = audit
        self._places: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def make(self, by: Actor, wanted: WantedToken, known: Collection[str]) -> tuple[str, ApiToken]:
        """The token, which is told this once, and what is kept of it. `known` are the operations that it may
        be limited to. Raises `BadToken`, `TooManyTokens`, `NotFound`.
        """
        now = self._storage.clock.now()
        checked = check_wanted(wanted, await self._owner(wanted.user_id), known, self._settings.longest_days)
        assert checked.days is not None
        secret = new_secret()
        token = ApiToken(
            new_id(), checked.user_id, checked.name, checked.roles, checked.scopes, checked.operations, now,
            by.id, now + timedelta(days=checked.days),
        )  # fmt: skip
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if await store.count_live(connection, token.user_id, now) >= self._settings.most:
                raise TooManyTokens(f"{token.user_id} has {self._settings.most}", remedy="revoke one first")
            await store.add(connection, token, hash_token(secret))
            told = {
                "token": token.told, "roles": sorted(token.roles), "scopes": token.scopes.as_lists(),
                "operations": list(token.operations), "expires_at": token.expires_at.isoformat(),
            }  # fmt: skip
            await add_audit(connection, now, by.id, "make-token", f"user:{token.user_id}", told)
        return secret, token

    async def listed(self, user_id: str | None = None) -> list[ApiToken]:
        """Tokens of this user, or of all, newest first; expired ones for some time still."""
        async with self._storage.read() as connection:
            return await store.listed(connection, user_id)

    async def revoke(self, by: Actor, token_ids: Collection[str], owner: str | None = None) -> int:
        """Revoke these, of this owner where one is given; how many were valid. Raises `NotFound` and does
        nothing when one of them is none.
        """
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            there = {one.token_id: one for one in await store.listed(transaction.connection, owner)}
            for token_id in token_ids:
                if token_id not in there:
                    raise NotFound(f"no token {token_id[:20]!r}", remedy="songhua token list shows them")
            live = [there[one] for one in set(token_ids) if there[one].revoked_at is None]
            await store.revoke(transaction.connection, [one.token_id for one in live], now)
            for one in live:
                await add_audit(
                    transaction.connection, now, by.id, "revoke-token", f"user:{one.user_id}",
                    {"token": one.told},
                )  # fmt: skip
        return len(live)

    async def revoke_all(self, by: Actor, user_id: str) -> int:
        """All of this user; how many were valid. Raises `NotFound`."""
        await self._owner(user_id)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            count = await store.revoke_all(transaction.connection, user_id, now)
            await add_audit(
                transaction.connection, now, by.id, "revoke-token", f"user:{user_id}", {"count": count}
            )
        return count

    async def session(self, token: str, address: str) -> Session | None:
        """What this token opens, and that it was used; None for what never was one. Raises `TokenOver` for
        one that was, and `StorageAway`.
        """
        found = await self._found([token])
        if not found:
            _refused.labels("unknown").inc()
            return None
        kept, owner = found[0].token, found[0].owner
        session = session_of(kept, owner, self._storage.clock.now())
        if session is None:
            _refused.labels("over").inc()
            with contextlib.suppress(StorageAway):
                await self._audit.viewed(
                    REFUSER, "token-refused", f"user:{owner.id}", {"token": kept.told, "address": address}
                )
            raise TokenOver(remedy="create another one: songhua token create")
        await self._used(kept, owner, address)
        return session

    async def live_sessions(self, tokens: Collection[str]) -> dict[str, Session]:
        """The tokens of these that are valid. Raises `StorageAway`."""
        now = self._storage.clock.now()
        by_hash = {hash_token(token): token for token in tokens}
        found = await self._found(tokens)
        opened = {by_hash[one.token_hash]: session_of(one.token, one.owner, now) for one in found}
        return {token: session for token, session in opened.items() if session is not None}

    async def _found(self, tokens: Collection[str]) -> list[store.TokenWithOwner]:
        hashes = [hash_token(token) for token in tokens if is_form(token)]
        if not hashes:
            return []
        async with self._storage.read() as connection:
            return await store.by_hashes(connection, hashes)

    async def _used(self, token: ApiToken, owner: User, address: str) -> None:
        """Write down when and where, at most every ten minutes; a place that is new is a row of the trail."""
        now = self._storage.clock.now()
        place = (token.token_id, address)
        is_new = token.address != address[:64] and place not in self._places
        if not is_new and token.used_at is not None and now - token.used_at <= _USED:
            return
        with contextlib.suppress(StorageAway):
            async with self._storage.write() as transaction:
                await store.used(transaction.connection, token.token_id, now, address)
                if is_new:
                    await add_audit(
                        transaction.connection, now, owner.id, "use-token", f"user:{owner.id}",
                        {"token": token.told, "address": address},
                    )  # fmt: skip
            self._places[place] = None
            while len(self._places) > _MOST_PLACES:
                self._places.popitem(last=False)

    async def _owner(self, user_id: str) -> User:
        async with self._storage.read() as connection:
            found = await user_with_hash(connection, user_id)
        if found is None:
            raise NotFound(f"no user {user_id[:63]!r}")
        return found[0]
