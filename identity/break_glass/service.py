"""Use cases of the sealed account: seal it, open it once, make sure that it closes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.actor import Actor, Role, system
from core.ids import uuid7
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from identity.alarms.model import OversightAlarm
from identity.audit.store import add_audit
from identity.break_glass import store
from identity.break_glass.model import EnvelopeSeal, check_name, check_roles, new_words, read_words
from identity.break_glass.settings import BreakGlassSettings
from identity.errors import OwnRequest, UnknownOversightAlarm, WrongEnvelope
from identity.events import UserChanged
from identity.guessing.limits import SignInAttempt
from identity.model import BREAK_GLASS, Session
from identity.origin import RequestOrigin
from identity.service import IdentityService

LOOK_EVERY_S: Final = 2.0
CLOCK: Final = system("break-glass")
_ELSE: Final = "take an envelope that is sealed: songhua user break-glass status"

_uses = counter("identity_break_glass_uses", "Envelopes of the sealed account that were opened")
_sealed = gauge("identity_break_glass_sealed", "1 while an envelope is sealed")
_open = gauge("identity_break_glass_open", "1 while the sealed account is in use")


class BreakGlass:
    def __init__(self, identity: IdentityService, storage: Storage, settings: BreakGlassSettings) -> None:
        self._identity = identity
        self._storage = storage
        self._longest = timedelta(hours=settings.session_h)
        self._tasks = Tasks("break-glass")

    async def start(self) -> None:
        self._tasks.forever("look", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def seal(self, actor: Actor, roles: frozenset[Role]) -> tuple[EnvelopeSeal, str]:
        """A new envelope, and its words, which are told this once. One that was not used counts no more.

        Raises `BadSeal`.
        """
        now = self._storage.clock.now()
        words = new_words()
        sealed = EnvelopeSeal(uuid7(), now, actor.id, check_roles(roles))
        words_hash = await self._identity.signing_in.hashed(read_words(words))
        async with self._storage.write() as transaction:
            await store.put(transaction.connection, sealed, words_hash)
            await add_audit(
                transaction.connection, now, actor.id, "seal-break-glass", f"user:{BREAK_GLASS}",
                {"seal": str(sealed.seal_id), "roles": sorted(roles)},
            )  # fmt: skip
        return sealed, words

    async def void(self, actor: Actor) -> bool:
        """The envelope counts no more; False when none was sealed."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            done = await store.void(transaction.connection, now)
            if done:
                await add_audit(
                    transaction.connection, now, actor.id, "void-break-glass", f"user:{BREAK_GLASS}", {}
                )
        return done

    async def status(self) -> dict[str, Any]:
        """`{sealed, age_days, used}`: the envelope there is, its age, and the last one that was opened."""
        async with self._storage.read() as connection:
            found, last = await store.whole(connection), await store.last_used(connection)
        now = self._storage.clock.now()
        return {
            "sealed": None if found is None else found[0].told(now),
            "age_days": None if found is None else round((now - found[0].sealed_at) / timedelta(days=1), 1),
            "used": None if last is None else last.told(now),
        }

    async def open(self, words: str, name: str, origin: RequestOrigin) -> tuple[str, Session]:
        """The one session of the envelope, and its token. `name` is who says that he uses it.

        Raises `BadSeal`, `WrongEnvelope`, `TooManyAttempts`.
        """
        said = check_name(name)
        signing_in = self._identity.signing_in
        async with self._storage.read() as connection:
            found = await store.whole(connection)
        attempt = SignInAttempt("envelope", BREAK_GLASS, origin.address)
        if (
            not await signing_in.fits(attempt, read_words(words), found[1] if found else None)
            or found is None
        ):
            raise WrongEnvelope(remedy=_ELSE)
        now = self._storage.clock.now()
        used = replace(
            found[0], used_at=now, used_by=said, address=origin.address[:64], until=now + self._longest
        )
        async with self._storage.write() as transaction:
            if not await store.use(transaction.connection, used):
                raise WrongEnvelope(remedy=_ELSE)
            user = await store.give_account(transaction.connection, used.roles, _shown(said), now)
            await add_audit(
                transaction.connection, now, BREAK_GLASS, "break-glass", f"user:{BREAK_GLASS}",
                {
                    "seal": str(used.seal_id), "says": said, "roles": sorted(used.roles),
                    "address": used.address,
                },
            )  # fmt: skip
            await transaction.emit(UserChanged(user_id=BREAK_GLASS, active=True))
        _uses.inc()
        self._identity.forget_sessions()
        return await self._identity.open_session(user, origin, {"by": "break-glass", "says": said})

    async def take(self, actor: Actor, name: str) -> None:
        """Take over the alarm: another person reviews what was done with the account. Raises `OwnRequest`,
        `UnknownOversightAlarm`.
        """
        if actor.id == BREAK_GLASS:
            raise OwnRequest("the account in use takes over no alarm", remedy="ask a colleague to do it")
        try:
            seal_id = UUID(name)
        except ValueError:
            raise UnknownOversightAlarm from None
        async with self._storage.write() as transaction:
            if not await store.take(transaction.connection, seal_id, actor.id):
                if await store.is_known(transaction.connection, seal_id):
                    return  # who took it over first stays
                raise UnknownOversightAlarm
            await add_audit(
                transaction.connection, self._storage.clock.now(), actor.id, "take-over-break-glass",
                f"user:{BREAK_GLASS}", {"seal": str(seal_id)},
            )  # fmt: skip

    async def alarms(self) -> Sequence[OversightAlarm]:
        """Fills `identity.alarms.service.Source`: until it is over and somebody has taken it over."""
        async with self._storage.read() as connection:
            found = await store.used(connection)
        return [
            OversightAlarm(
                alarm_id=f"seal-{one.seal_id}", kind="break-glass", began_at=one.used_at, who=one.used_by,
                until=one.until, over=one.ended_at is not None, taken_by=one.taken_by, remark=one.address,
            )
            for one in found
            if one.used_at is not None
        ]  # fmt: skip

    async def look(self) -> None:
        """Close the account when its session is over."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            sealed = await store.whole(connection) is not None
            running = [one for one in await store.used(connection) if one.ended_at is None]
            goes_on = bool(running) and await store.has_session(connection, now)
        _sealed.set(sealed)
        _open.set(goes_on)
        # A session is written a moment after the envelope is used up.
        over = [one for one in running if one.used_at and now >= one.used_at + timedelta(seconds=30)]
        over = [one for one in running if one.until and now >= one.until] if goes_on else over
        for one in over:
            async with self._storage.write() as transaction:
                if not await store.end(transaction.connection, one.seal_id, now):
                    continue
                await store.close_account(transaction.connection, now)
                await add_audit(
                    transaction.connection, now, CLOCK.id, "break-glass-over", f"user:{BREAK_GLASS}",
                    {"seal": str(one.seal_id), "says": one.used_by},
                )  # fmt: skip
                await transaction.emit(UserChanged(user_id=BREAK_GLASS, active=False))
            self._identity.forget_sessions()

    async def _look_on(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)


def _shown(name: str) -> str:
    """What colleagues read."""
    return f"应急账号 · {name}"[:200]
