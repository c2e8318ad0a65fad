"""Agents at their telephones: signing in and out, states, wrap-up; and the ledger's side of every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from core.actor import Actor, OutOfScope
from core.clock import Clock
from core.errors import Conflict, Invalid
from core.scopes import Scope
from hotline import rights
from hotline.agents.actuator import Actuator
from hotline.agents.adopt import Members, continued, signals_of
from hotline.agents.membership import Plan
from hotline.agents.model import ON_THE_PHONE, PAUSES, Agent, AgentsState, Move, StateWish
from hotline.agents.reasons import check_reason
from hotline.agents.reduce import apply
from hotline.agents.rules import AgentRules
from hotline.agents.signals import (
    DeviceSeen,
    LedgerSignal,
    PageSeen,
    ReadyRequested,
    SignedIn,
    SignedOut,
    StateRequested,
    TelephoneSeen,
    WrapUpExtended,
    WrapUpRequested,
)
from hotline.agents.store import LastSeen
from hotline.agents.watch import MembershipWatch
from hotline.errors import (
    DispositionMissing,
    NoSuchAgent,
    NoTelephone,
    NotInWrapUp,
    NotSignedIn,
    NotYourTelephone,
    StateForced,
    TelephoneTaken,
    WrapUpSpent,
)
from hotline.events import AgentState, AgentView, StateCause
from hotline.ports import PhoneBook
from hotline.routing.skills import SkillRequirement, penalty
from hotline.settings import HotlineSettings
from hotline.signals import MemberSeen


class AgentRegistry:
    """The ledger with its commands. `resync` asks for a fresh snapshot of the switch."""

    def __init__(
        self,
        settings: HotlineSettings,
        *,
        phone_book: PhoneBook,
        actuator: Actuator,
        clock: Clock,
        resync: Callable[[], None],
    ) -> None:
        self._told_causes: dict[str, StateWish] = {}
        self.ledger = AgentsState(settings.wrap_up_s, settings.missed_to_pause, settings.page_lost_pause_s)
        self.plan: dict[str, tuple[SkillRequirement, ...]] = dict(settings.plan)
        self.rules = settings.agent_rules
        self.watch = MembershipWatch(
            self.ledger,
            self.plan,
            actuator,
            technology=settings.technology,
            clock=clock,
            resync=resync,
        )
        self._technology = settings.technology
        self._phone_book = phone_book
        self._actuator = actuator
        self._clock = clock
        self._changed: Callable[[Agent], None] = lambda _: None
        self._moved: Callable[[Move, Agent], None] = lambda _move, _page: None
        self._state_set: Callable[[Agent, StateCause], None] = lambda _page, _cause: None
        self._rows: Mapping[str, LastSeen] = {}
        self._adopted = False
        self.desks: set[str] = set()
        """The endpoints of all desks; this very set is shared with the reducer of calls."""
        self.read_phone_book()

    def follow(
        self,
        changed: Callable[[Agent], None],
        moved: Callable[[Move, Agent], None],
        state_set: Callable[[Agent, StateCause], None],
    ) -> None:
        """`changed` is called for each page that has changed, `moved` for each change of state, `state_set`
        for each state that an agent gets without having asked for it.
        """
        self._changed = changed
        self._moved = moved
        self._state_set = state_set

    # --- what is known of people ---------------------------------------------------------------------

    def read_phone_book(self) -> None:
        """People, telephones and skills as they are now; what follows from new skills is told at once."""
        desks = list(self._phone_book.desks())
        for desk in desks:
            page = self.ledger.know(desk.agent_id, desk.name, desk.endpoint)
            skills = dict(desk.skills)
            if page.skills != skills:
                page.skills = skills
                if page.signed_in:
                    self._actuator.follow(page)
                self._changed(page)
        self.desks.clear()
        self.desks.update(desk.endpoint for desk in desks)

    def remember(self, rows: Sequence[LastSeen]) -> None:
        """Agents as the last run of the gateway left them; used at the first snapshot."""
        self._rows = {row.agent_id: row for row in rows}

    def change_plan(self, plan: Plan) -> None:
        """What the queues need from now on: members of the switch follow at once. Calls go on."""
        if self.plan == dict(plan):
            return
        self.plan.clear()
        self.plan.update({queue: tuple(needs) for queue, needs in plan.items()})
        self._actuator.change_plan(self.plan)
        for page in list(self.ledger.agents.values()):
            if page.signed_in:
                self._actuator.follow(page)
            self._changed(page)

    def change_rules(self, rules: AgentRules) -> None:
        """From now on, also for who is in after-call work."""
        self.rules = rules
        self.ledger.wrap_up_s = rules.wrap_up_s
        self.ledger.missed_to_pause = rules.missed_to_pause
        self.ledger.page_lost_s = rules.page_lost_pause_s
        for page in list(self.ledger.agents.values()):
            self._changed(page)

    def serves(self, page: Agent) -> list[str]:
        """The queues that the agent's skills let him serve."""
        return [queue for queue, needs in self.plan.items() if penalty(page.skills, needs) is not None]

    def serving(self, queue: str) -> list[Agent]:
        """Who is signed in and serves this queue."""
        needs = self.plan.get(queue)
        if needs is None:
            return []
        pages = self.ledger.agents.values()
        return [page for page in pages if page.signed_in and penalty(page.skills, needs) is not None]

    def take(self, signal: LedgerSignal, at: float) -> None:
        _, pages, moves = apply(self.ledger, signal, at)
        for page in pages:
            self._tell_cause(page)
            self._actuator.follow(page)
            self._changed(page)
        # Before the first snapshot nobody knows what an agent was doing: `compare` tells the difference.
        if self._adopted:
            for move in moves:
                self._moved(move, self.ledger.agents[move.agent_id])

    def _tell_cause(self, page: Agent) -> None:
        """Once for each time that a state is set for an agent who did not ask for it."""
        wish = page.wish
        told = self._told_causes.get(page.id)
        if wish is None or page.cause is None:
            self._told_causes.pop(page.id, None)
        elif told is not wish:
            self._told_causes[page.id] = wish
            if self._adopted:
                self._state_set(page, page.cause)

    def reserve(self, agent_id: str, reserved: bool) -> None:
        """Keep the queue from ringing this agent while a callback is his, or let it ring him again."""
        page = self.ledger.agents.get(agent_id)
        if page is not None and page.reserved != reserved:
            page.reserved = reserved
            self._actuator.follow(page)

    # --- agents do -----------------------------------------------------------------------------------

    def sign_in(self, actor: Actor, endpoint: str | None) -> AgentView:
        """At a telephone that is assigned to the actor. Signing in twice changes nothing.

        Raises `Forbidden`, `NoTelephone`, `NotYourTelephone`, `TelephoneTaken` at a shared one.
        """
        rights.SIT_DOWN.check(actor)
        self.read_phone_book()
        page = self.ledger.agents.get(actor.id)
        own = [desk.endpoint for desk in self._phone_book.desks() if desk.agent_id == actor.id]
        if endpoint is None:
            endpoint = page.endpoint if page is not None and page.endpoint in own else next(iter(own), None)
        if endpoint is None or endpoint not in self.desks:
            raise NoTelephone(remedy="have an admin assign a telephone to this person")
        if endpoint not in own:
            raise NotYourTelephone(remedy="sign in at your own, or have an admin assign this one to you")
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
        """Ask for `ready`, `busy`, `rest`, `study` or `wrap_up`; on the phone it comes after the call.

        In after-call work `ready` takes back what was to follow it. Raises `NotSignedIn`,
        `DispositionMissing`, `UnknownReason`, `StateForced`, `Invalid`.
        """
        page = self._page(actor)
        if page.wish is not None and page.wish.forced and self.rules.forced_is_binding:
            raise StateForced(page.wish.by, remedy="ask the supervisor to lift it")
        if state is AgentState.READY:
            if page.owed and not page.wants_pause:
                raise DispositionMissing(remedy="say what the call was about, then become ready")
            self.take(ReadyRequested(actor.id), self._at())
        elif state in PAUSES:
            code = check_reason(self.rules.reasons, state, reason, forced=False)
            if not code and self.rules.reason_required:
                raise Invalid("a reason code is needed", remedy="see GET /api/agents/reasons")
            self.take(StateRequested(actor.id, StateWish(state, code)), self._at())
        elif state is AgentState.WRAP_UP:
            self.take(WrapUpRequested(actor.id), self._at())
        else:
            raise Invalid("state is one of ready, busy, rest, study, wrap_up")
        return self.view(page)

    def extend_wrap_up(self, actor: Actor, seconds: float) -> AgentView:
        """More time for after-call work. Raises `NotSignedIn`, `NotInWrapUp`, `WrapUpSpent`, `Invalid`."""
        page = self._page(actor)
        most = self.rules.wrap_up_extend_s
        if not 0 < seconds <= most:
            raise Invalid(f"seconds is above 0 and at most {most:.0f}")
        if page.shown is not AgentState.WRAP_UP:
            raise NotInWrapUp(page.shown.value)
        if self.rules.wrap_up_s + page.wrap_up_more + seconds > self.rules.wrap_up_most_s:
            raise WrapUpSpent(f"after-call work lasts at most {self.rules.wrap_up_most_s:.0f} s in all")
        self.take(WrapUpExtended(actor.id, seconds), self._at())
        return self.view(page)

    # --- supervisors do ------------------------------------------------------------------------------

    def force(self, actor: Actor, agent_id: str, state: AgentState, reason: str) -> AgentView:
        """Set an agent's state for him: `ready`, `busy`, `rest`, `study`, `signed_out`. A call goes on.

        Raises `Forbidden`, `NoSuchAgent`, `NotSignedIn`, `UnknownReason`, `DispositionMissing`, `Invalid`.
        """
        rights.FORCE_STATE.check(actor)
        page = self.ledger.agents.get(agent_id)
        if page is None:
            raise NoSuchAgent(agent_id)
        serves = self.serves(page)
        if serves and not any(actor.within(Scope.QUEUE, name) for name in serves):
            raise OutOfScope(
                "the agent serves none of your queues", remedy="ask a supervisor of these queues"
            )
        if state not in {AgentState.READY, AgentState.SIGNED_OUT, *PAUSES}:
            raise Invalid("state is one of ready, busy, rest, study, signed_out")
        code = check_reason(self.rules.reasons, state, reason, forced=True)
        if not page.signed_in:
            raise NotSignedIn(remedy="only who is signed in has a state that can be set")
        if state is AgentState.SIGNED_OUT:
            self.take(SignedOut(agent_id, actor.id, code, forced=True), self._at())
            return self.view(page)
        if state is AgentState.READY and page.owed:
            raise DispositionMissing(remedy="say in the agent's place what the call was about")
        self.take(StateRequested(agent_id, StateWish(state, code, actor.id, forced=True)), self._at())
        return self.view(page)

    # --- the switch and the page say -----------------------------------------------------------------

    def compare(self, members: Members, at: float) -> None:
        """After a snapshot: the switch's queues are brought in line with the ledger, and drift is counted.

        The first time there is no ledger to compare with: who is a member is taken to be signed in, so
        that a restart of the gateway takes no agent away from a caller.
        """
        if not self._adopted:
            for signal in signals_of(self.ledger, self.plan, members, self._technology, self._rows):
                self.take(signal, at)
            self._adopted = True
            for move in continued(self.ledger.agents.values(), self._rows, at):
                self._moved(move, self.ledger.agents[move.agent_id])
            self._rows = {}
        self.watch.at_snapshot(members)

    def device_seen(self, member: MemberSeen, at: float) -> None:
        technology, _, endpoint = member.interface.partition("/")
        if technology == self._technology and endpoint in self.desks:
            self.take(DeviceSeen(endpoint, member.status), at)

    def telephone_seen(self, endpoint: str, reachable: bool, at: float) -> None:
        """The switch says whether an endpoint can be reached; `at` is a Unix second."""
        if endpoint in self.desks:
            self.take(TelephoneSeen(endpoint, reachable), at)

    def reachable(self, endpoint: str) -> bool:
        """Whether the switch could reach this telephone when it was last told of."""
        return endpoint not in self.ledger.away

    def page_seen(self, agent_id: str, here: bool) -> None:
        """The agent's desk page is there, or the last one is gone."""
        self.take(PageSeen(agent_id, here), self._at())

    def view(self, page: Agent) -> AgentView:
        wrap_up = page.shown is AgentState.WRAP_UP
        return AgentView(
            agent_id=page.id,
            name=page.name,
            endpoint=page.endpoint,
            state=page.shown,
            reason=page.reason,
            since=_moment(page.since),
            call_id=page.phone.call_id if page.shown in ON_THE_PHONE else None,
            owed=list(page.owed),
            overdue=page.overdue,
            next_state=page.next_state,
            wrap_up_until=_moment(self.ledger.wrap_up_until(page)) if wrap_up else None,
            forced_by=page.forced_by or None,
            cause=page.cause,
            missed=page.missed,
            phone="here" if page.reachable else "lost",
            page=page.page,
            page_since=_moment(page.page_since) if page.page != "none" else None,
            skills=dict(page.skills),
            queues=self.serves(page),
        )

    def _page(self, actor: Actor) -> Agent:
        rights.OWN_SEAT.check(actor)
        page = self.ledger.agents.get(actor.id)
        if page is None or not page.signed_in:
            raise NotSignedIn(remedy="sign in at a telephone")
        return page

    def _at(self) -> float:
        return self._clock.now().timestamp()


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
