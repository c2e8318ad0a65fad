"""Attacks on sign-in for desks: published as they change, audited, taken over by a named person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from core.actor import Actor, system
from core.room import Health
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from identity import rights, store
from identity.errors import UnknownAttack
from identity.events import SignInAttack
from identity.guessing.limits import SignInAttempt
from identity.guessing.watch import Attack, AttackDetector

LOOK_EVERY_S = 1.0
WATCHER = system("sign-in")


class Attacks:
    """`contact` is the user who is asked to look after an attack; `contact_is_there` says whether he may."""

    def __init__(
        self,
        watch: AttackDetector,
        storage: Storage,
        publish: Callable[[SignInAttack], None],
        *,
        contact: str,
        contact_is_there: Callable[[], Awaitable[bool]],
    ) -> None:
        self._watch = watch
        self._storage = storage
        self._publish = publish
        self._contact = contact
        self._contact_is_there = contact_is_there
        self._wrong_contact = False
        self._tasks = Tasks("identity")
        self._told: dict[UUID, tuple[int, bool, str]] = {}

    async def start(self) -> None:
        self._tasks.forever("attacks", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    def elsewhere(self, name: str, address: str, *, attack: bool) -> None:
        """A wrong password at a door of the switch; `attack`: its address is shut out for that."""
        self._watch.failed(SignInAttempt("switch", name, address), attack=attack)

    def may_see(self, viewer: Actor) -> bool:
        """Whether attacks are shown to this person: by right, or as the security contact."""
        return rights.ATTACKS.allows(viewer) or bool(self._contact and viewer.id == self._contact)

    def listed(self, viewer: Actor) -> list[SignInAttack]:
        """Attacks in progress or not taken over; none for a viewer without the right."""
        return [self._event(one) for one in self._watch.shown()] if self.may_see(viewer) else []

    async def acknowledge(self, actor: Actor, attack_id: UUID) -> SignInAttack:
        """`actor` looks after it from now on; who did first stays. Raises `Forbidden`, `UnknownAttack`."""
        if not self.may_see(actor):
            rights.ATTACKS.check(actor)
        attack = self._watch.find(attack_id)
        if attack is None:
            raise UnknownAttack
        if not attack.acknowledged_by:
            attack.acknowledged_by = actor.name
            await self._audit(actor, "take-over-attack", attack)
            self._tell(attack)
        return self._event(attack)

    def health(self) -> Health:
        if self._watch.current is not None:
            return Health(
                "identity", "degraded", "somebody guesses passwords: see the desk of an administrator"
            )
        if self._wrong_contact:
            why = "identity.security_contact names nobody who can sign in: name another user"
            return Health("identity", "degraded", why)
        return Health("identity", "up")

    async def look(self) -> None:
        """Tell and audit what has changed since the last look."""
        self._watch.look()
        for attack in self._watch.known():
            known = self._told.get(attack.attack_id)
            now = (attack.failures + attack.refused, attack.over, attack.acknowledged_by)
            if known == now:
                continue
            self._tell(attack)
            if known is None:
                await self._audit(WATCHER, "attack-began", attack)
            elif attack.over and not known[1]:
                await self._audit(WATCHER, "attack-over", attack)

    async def _look_on(self) -> None:
        looks = 0
        while True:
            await self.look()
            if self._contact and looks % 60 == 0:
                try:
                    self._wrong_contact = not await self._contact_is_there()
                except StorageAway:
                    looks = -1
            looks += 1
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell(self, attack: Attack) -> None:
        self._told[attack.attack_id] = (attack.failures + attack.refused, attack.over, attack.acknowledged_by)
        while len(self._told) > 100:  # more than are shown
            del self._told[next(iter(self._told))]
        self._publish(self._event(attack))

    async def _audit(self, actor: Actor, action: str, attack: Attack) -> None:
        detail = {
            "failures": attack.failures, "refused": attack.refused, "names": attack.names,
            "addresses": list(attack.addresses), "codes": attack.code,
        }  # fmt: skip
        async with self._storage.write() as transaction:
            await store.add_audit(
                transaction.connection, self._storage.clock.now(), actor.id, action,
                f"attack:{attack.attack_id}", detail,
            )  # fmt: skip

    def _event(self, attack: Attack) -> SignInAttack:
        return SignInAttack(
            attack_id=attack.attack_id,
            began_at=attack.began_at,
            last_at=attack.last_at,
            failures=attack.failures,
            refused=attack.refused,
            names=attack.names,
            code=attack.code,
            over=attack.over,
            addresses=tuple(attack.addresses),
            asked=self._contact,
            acknowledged_by=attack.acknowledged_by,
        )
