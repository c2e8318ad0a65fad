"""Agents at their telephones: signing in and out, pauses, wrap-up; and the ledger's side of every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from core.actor import Actor, Role
from core.clock import Clock
from core.errors import Conflict, Invalid
from core.log import logger
from core.metrics import counter
from hotline.agents.actuator import Actuator
from hotline.agents.membership import Membership, adopted, drift
from hotline.agents.model import (
    ON_THE_PHONE,
    Agent,
    DeviceSeen,
    Ledger,
    LedgerSignal,
    PauseAsked,
    ReadyAsked,
    SignedIn,
    SignedOut,
    WrapUpAsked,
    apply,
)
from hotline.errors import DispositionMissing, NoTelephone, NotSignedIn, TelephoneTaken
from hotline.events import AgentState, AgentView
from hotline.ports import PhoneBook
from hotline.settings import HotlineSettings
from hotline.signals import MemberSeen

_log = logger("hotline")
_drift = counter("hotline_queue_drift", "Queue members that differed from the ledger", ["what"])

Members = Mapping[str, Mapping[str, MemberSeen]]
"""What the switch has, by queue and interface."""


class Seats:
    """The ledger with its commands. `changed` is called for each page that has changed."""

    def __init__(
        self,
        settings: HotlineSettings,
        *,
        phone_book: PhoneBook,
        actuator: Actuator,
        clock: Clock,
        changed: Callable[[Agent], None],
    ) -> None:
        self.ledger = Ledger(settings.wrap_up_s, settings.missed_to_pause)
        self._settings = settings
        self._phone_book = phone_book
        self._actuator = actuator
        self._clock = clock
        self._changed = changed
        self._adopted = False
        self.desks: set[str] = set()
        """The endpoints of all desks; this very set is shared with the reducer of calls."""
        self.read_phone_book()

    def read_phone_book(self) -> None:
        desks = list(self._phone_book.desks())
        for desk in desks:
            self.ledger.know(desk.agent_id, desk.name, desk.endpoint)
        self.desks.clear()
        self.desks.update(desk.endpoint for desk in desks)

    def take(self, signal: LedgerSignal, at: float) -> None:
        _, pages = apply(self.ledger, signal, at)
        for page in pages:
            self._actuator.follow(page)
            self._changed(page)

    def sign_in(self, actor: Actor, endpoint: str | None) -> AgentView:
        """Raises `Forbidden`, `NoTelephone`, `TelephoneTaken`; signing in twice changes nothing."""
        actor.require(Role.AGENT)
        self.read_phone_book()
        page = self.ledger.agents.get(actor.id)
        if endpoint is None and page is not None:
            endpoint = page.endpoint
        if endpoint is None or endpoint not in self.desks:
            raise NoTelephone(remedy="give `endpoint`, or have an admin assign a telephone to this person")
        occupant = self.ledger.by_endpoint.get(endpoint)
        if occupant is not None and occupant.signed_in and occupant.id != actor.id:
            raise TelephoneTaken(remedy="choose another telephone, or have them sign out")
        if page is not None and page.signed_in and page.endpoint != endpoint and page.phone.doing != "idle":
            raise Conflict("on a call at another telephone", remedy="end that call first")
        self.take(SignedIn(actor.id, actor.name, endpoint), self._at())
        return self.view(self.ledger.agents[actor.id])

    def sign_out(self, actor: Actor) -> AgentView:
        """A call in progress goes on; no new one comes. What is owed stays owed. Raises `NotSignedIn`."""
        page = self._page(actor)
        self.take(SignedOut(actor.id), self._at())
        return self.view(page)

    def ask(self, actor: Actor, state: AgentState, reason: str) -> AgentView:
        """Ask for `ready`, `paused` or `wrap_up`; on the phone it takes effect when the call is over.

        Raises `NotSignedIn`, `DispositionMissing`, `Invalid`.
        """
        page = self._page(actor)
        if state is AgentState.READY:
            if page.owed:
                raise DispositionMissing(remedy="say what the call was about, then become ready")
            self.take(ReadyAsked(actor.id), self._at())
        elif state is AgentState.PAUSED:
            self.take(PauseAsked(actor.id, reason), self._at())
        elif state is AgentState.WRAP_UP:
            self.take(WrapUpAsked(actor.id), self._at())
        else:
            raise Invalid("state is one of ready, paused, wrap_up")
        return self.view(page)

    def compare(self, members: Members, at: float) -> None:
        """After a snapshot: the switch's queues are brought in line with the ledger, and drift is counted.

        The first time there is no ledger to compare with: who is a member is taken to be signed in, so
        that a restart of the gateway takes no agent away from a caller.
        """
        if not self._adopted:
            self._adopted = True
            self._adopt(members, at)
        for queue, endpoint, what in drift(
            self.ledger, self._settings.queues, members, self._settings.technology
        ):
            _drift.labels(what).inc()
            _log.warning("queue member differs from the ledger", queue=queue, endpoint=endpoint, what=what)
        for page in self.ledger.agents.values():
            self._actuator.believe(page.endpoint, self._seen(page.endpoint, members))
        for page in self.ledger.agents.values():
            self._actuator.follow(page)

    def device_seen(self, member: MemberSeen, at: float) -> None:
        technology, _, endpoint = member.interface.partition("/")
        if technology == self._settings.technology and endpoint in self.desks:
            self.take(DeviceSeen(endpoint, member.status), at)

    def view(self, page: Agent) -> AgentView:
        return AgentView(
            agent_id=page.id,
            name=page.name,
            endpoint=page.endpoint,
            state=page.shown,
            reason=page.reason if page.shown is AgentState.PAUSED else "",
            since=datetime.fromtimestamp(page.since, UTC),
            call_id=page.phone.call_id if page.shown in ON_THE_PHONE else None,
            owed=list(page.owed),
            overdue=page.overdue,
            next_state=page.next_state,
        )

    def _page(self, actor: Actor) -> Agent:
        actor.require(Role.AGENT)
        page = self.ledger.agents.get(actor.id)
        if page is None or not page.signed_in:
            raise NotSignedIn(remedy="sign in at a telephone")
        return page

    def _at(self) -> float:
        return self._clock.now().timestamp()

    def _adopt(self, members: Members, at: float) -> None:
        for queue in self._settings.queues:
            for member in members.get(queue, {}).values():
                technology, _, endpoint = member.interface.partition("/")
                page = self.ledger.agents.get(member.name) or self.ledger.by_endpoint.get(endpoint)
                if technology != self._settings.technology or endpoint not in self.desks or page is None:
                    continue
                if not member.dynamic or page.signed_in:
                    continue
                self.take(SignedIn(page.id, page.name, endpoint), at)
                match adopted(member):
                    case "wrap_up" if page.phone.doing == "idle" and not page.owed:
                        self.take(WrapUpAsked(page.id), at)
                    case "paused":
                        self.take(PauseAsked(page.id, member.reason), at)

    def _seen(self, endpoint: str, members: Members) -> Membership | None:
        """What the switch holds of a desk; None unless it holds the same in each queue."""
        interface = f"{self._settings.technology}/{endpoint}"
        found = [members.get(queue, {}).get(interface) for queue in self._settings.queues]
        present = [member for member in found if member is not None and member.dynamic]
        if not present:
            return None
        first = present[0]
        reason = first.reason if first.paused else ""
        if len(present) < len(found) or any(member.paused != first.paused for member in present):
            # Half-way: a name that is nobody's makes the actuator say everything again.
            return Membership("", first.paused, reason)
        return Membership(first.name, first.paused, reason)
