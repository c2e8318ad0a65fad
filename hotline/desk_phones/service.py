"""Gives a person's phone to one of his pages, and a call in hand to the page that has it now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway
from hotline import rights
from hotline.control.errors import SwitchAway, SwitchInDoubt
from hotline.control.lost_phones import LostPhones
from hotline.control.ports import ControlSwitch
from hotline.desk_phones import store
from hotline.desk_phones.errors import PhoneElsewhere, PhoneNotYours
from hotline.desk_phones.events import PhoneClaimed, PhoneClaimView
from hotline.desk_phones.model import PhoneClaim, judge

_log = logger("hotline")
_claims = counter("hotline_phone_claims", "Pages that asked for their person's phone", ["verdict"])

MOST_CLAIMS: Final = 10_000


class DeskPhones:
    """`desk_of` gives a person's endpoint and raises `NoTelephone`; `reachable` is what was last told of
    one.
    """

    def __init__(
        self,
        switch: ControlSwitch,
        lost: LostPhones,
        *,
        desk_of: Callable[[Actor], str],
        reachable: Callable[[str], bool],
        storage: Storage,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._switch = switch
        self._lost = lost
        self._desk_of = desk_of
        self._reachable = reachable
        self._storage = storage
        self._bus = bus
        self._clock = clock
        self._claims: dict[str, PhoneClaim] = {}

    async def start(self) -> None:
        """Take over what an earlier run had given. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            for claim in await store.all_claims(connection, MOST_CLAIMS):
                self._claims.setdefault(claim.agent_id, claim)

    def of(self, actor: Actor) -> PhoneClaimView:
        """Raises `Forbidden`, `NoTelephone`."""
        rights.OWN_DESK_PHONE.check(actor)
        return _view(self._desk_of(actor), self._claims.get(actor.id))

    async def claim(self, actor: Actor, page_id: str, load_id: str, *, take_over: bool) -> PhoneClaimView:
        """The page gets the phone; a call that the former one had in hand waits for its registration.

        Raises `Forbidden`, `NoTelephone`, `PhoneElsewhere`.
        """
        rights.OWN_DESK_PHONE.check(actor)
        wish = PhoneClaim(actor.id, self._desk_of(actor), page_id, load_id, self._clock.now())
        held = self._claims.get(actor.id)
        registered = await self._registered(wish.endpoint)
        verdict = judge(held, wish, registered=registered, take_over=take_over)
        _claims.labels(verdict).inc()
        if verdict == "elsewhere":
            raise PhoneElsewhere(
                remedy="work on at the other place, or take the phone over to this page",
                since=None if held is None else held.at.isoformat(),
            )
        if verdict == "same" and held is not None:
            return _view(held.endpoint, held)
        self._claims[actor.id] = wish
        # Before the former page is told: what it had in hand is out of its reach when it lets go.
        await self._lost.taken(wish.endpoint)
        view = _view(wish.endpoint, wish)
        self._bus.publish(PhoneClaimed(at=wish.at, agent_id=actor.id, claim=view))
        await self._keep(wish)
        return view

    def registered(self, actor: Actor, page_id: str, load_id: str) -> PhoneClaimView:
        """The page's phone can be rung. Raises `Forbidden`, `NoTelephone`, `PhoneNotYours`."""
        rights.OWN_DESK_PHONE.check(actor)
        held = self._claims.get(actor.id)
        if held is None or (held.page_id, held.load_id) != (page_id, load_id):
            raise PhoneNotYours(remedy="claim the phone first, or take it over")
        self._lost.registered(held.endpoint)
        return _view(self._desk_of(actor), held)

    async def _registered(self, endpoint: str) -> bool:
        try:
            return await self._switch.registered(endpoint)
        except (SwitchAway, SwitchInDoubt):
            return self._reachable(endpoint)

    async def _keep(self, claim: PhoneClaim) -> None:
        try:
            async with self._storage.write() as transaction:
                await store.keep(transaction.connection, claim)
        except StorageAway:
            _log.warning("which page has a phone is not written down: the database is away")


def _view(endpoint: str, claim: PhoneClaim | None) -> PhoneClaimView:
    if claim is None:
        return PhoneClaimView(endpoint=endpoint, page_id=None, load_id=None, claimed_at=None)
    return PhoneClaimView(
        endpoint=claim.endpoint, page_id=claim.page_id, load_id=claim.load_id, claimed_at=claim.at
    )
