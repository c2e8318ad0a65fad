"""Opens a mass incident, attaches calls and drafts to its parent case, undoes that, and ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.drafting import store as draft_store
from cases.drafting.editing import DraftEditing
from cases.drafting.hand import require_in_hand
from cases.drafting.model import PERSONAL_FIELDS, Draft, FieldName, FieldValue
from cases.drafting.service import DraftService
from cases.drafting.store import StoredDraft
from cases.drafting.values import FieldRules
from cases.errors import (
    ConfidentialIncident,
    DraftClosed,
    IncidentOver,
    TooManyIncidents,
    UnknownCaseCall,
    WrongStep,
)
from cases.events import CaseView, IncidentChanged, IncidentView
from cases.incidents import store
from cases.incidents.model import MOST_OPEN, AttachedCall, Incident
from cases.incidents.ports import CallerAnnouncer
from cases.life import store as case_store
from cases.life.model import OPEN
from cases.life.service import CaseService
from cases.operations import claim
from cases.ports import CallDirectory
from cases.privacy import require_call, require_case
from cases.shown import Shown
from core.actor import Actor
from core.bus import Bus
from core.errors import Invalid, SonghuaError
from core.ids import uuid7
from core.log import logger
from core.scopes import Scope
from core.storage import Storage, Transaction

_log = logger("cases")
_WITHOUT_THEM = "start it from its class and place alone, without the call or the case"


@dataclass(frozen=True, slots=True)
class IncidentWish:
    """What an incident begins with: an open case, a draft, or the fields of a new case.

    `words` is what agents read about it; `prompt` what waiting callers hear, empty for nothing.
    """

    title: str
    words: str = ""
    prompt: str = ""
    case_id: UUID | None = None
    draft_id: UUID | None = None
    fields: Mapping[FieldName, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentTold:
    """`callers` were played the announcement at once; None: the switch was not reached."""

    incident: IncidentView
    callers: int | None = None


class IncidentService:
    def __init__(
        self,
        *,
        storage: Storage,
        bus: Bus,
        drafts: DraftService,
        editing: DraftEditing,
        cases: CaseService,
        calls: CallDirectory,
        rules: FieldRules,
        announcer: CallerAnnouncer,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._drafts = drafts
        self._editing = editing
        self._cases = cases
        self._calls = calls
        self._rules = rules
        self._announcer = announcer
        self._switch = asyncio.Lock()
        """Held while the switch is told: two announcements would mix their variables."""
        self._told = ""
        self.untold = False
        """The switch does not know what callers are to hear: `restore` tells it."""

    # --- what there is --------------------------------------------------------------------------

    async def open_ones(self) -> list[IncidentView]:
        """Those that are not ended, the newest first."""
        async with self._storage.read() as connection:
            return await self._views(connection, await store.open_ones(connection))

    async def latest(self) -> list[IncidentView]:
        """Open and ended ones, the newest first."""
        async with self._storage.read() as connection:
            return await self._views(connection, await store.latest(connection))

    # --- what a supervisor does -----------------------------------------------------------------

    async def start(self, wish: IncidentWish, *, op_id: UUID, actor: Actor) -> IncidentTold:
        """Open the parent case, tell every desk, and play the announcement. Idempotent by `op_id`.

        Raises `Forbidden`, `OutOfScope`, `NoSuchCase`, `NoSuchDraft`, `DraftIncomplete`, `NoSuchPrompt`,
        `TooManyIncidents`, `ConfidentialIncident`.
        """
        rights.LEAD_INCIDENT.check(actor)
        if wish.prompt:
            self._announcer.check(wish.prompt)
        stored = None if wish.draft_id is None else await self._drafts.stored(wish.draft_id)
        await self._require_open_to_all(stored)
        values = {name: self._rules.checked(name, value) for name, value in wish.fields.items()}
        if wish.case_id is None:
            actor.require_within(Scope.DISTRICT, self._district(stored, values))
        incident_id, now = uuid7(), self._storage.clock.now()
        async with self._storage.write() as transaction:
            earlier = await claim(transaction, op_id, "incident", incident_id, now)
            if earlier is not None:
                known = await store.get(transaction.connection, earlier)
                view = await self._view(transaction, known)
            else:
                known = None
                incident = await self._new(transaction, wish, stored, values, incident_id, actor)
                view = await self._view(transaction, incident)
        if known is not None:
            return IncidentTold(view, await self._play_again(known))
        self._tell(view)
        if stored is not None and stored.call_id is not None and stored.state == "open":
            view = await self._attach_own(incident, stored, actor) or view
        return IncidentTold(view, await self._play(incident))

    async def announce(self, incident_id: UUID, prompt: str, *, op_id: UUID, actor: Actor) -> IncidentTold:
        """Play this prompt to who waits, also to who has heard the one before. Raises `IncidentOver`."""
        rights.LEAD_INCIDENT.check(actor)
        if prompt:
            self._announcer.check(prompt)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            incident = await self._open(transaction, incident_id)
            again = await claim(transaction, op_id, "incident:announce", incident_id, now) is not None
            if not again:
                incident = replace(incident, prompt=prompt, play=incident.play + 1)
                await store.save(transaction.connection, incident)
            view = await self._view(transaction, incident)
        if again:
            return IncidentTold(view, await self._play_again(incident))
        self._tell(view)
        return IncidentTold(view, await self._play(incident))

    async def end(self, incident_id: UUID, *, op_id: UUID, actor: Actor) -> IncidentTold:
        """Nobody hears it or is offered it any more; its parent case goes on. Again, nothing changes."""
        rights.LEAD_INCIDENT.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            incident = await store.get(transaction.connection, incident_id, lock=True)
            new = await claim(transaction, op_id, "incident:end", incident_id, now) is None
            if new and incident.ended_at is None:
                incident = replace(incident, ended_at=now, ended_by=actor.id)
                await store.save(transaction.connection, incident)
            view = await self._view(transaction, incident)
        self._tell(view)
        await self.restore()
        return IncidentTold(view)

    # --- what belongs to it ---------------------------------------------------------------------

    async def attach(
        self,
        incident_id: UUID,
        call_id: UUID,
        *,
        draft_id: UUID | None,
        op_id: UUID,
        actor: Actor,
        despite: Collection[str] = (),
    ) -> IncidentView:
        """The call is about the incident: it is tied to the parent case, and its draft becomes no case of its
        own. Attached again, nothing changes.

        Raises `NotYourDraftCall`, `NotYourCase`, `IncidentOver`, `DraftClosed`, `DraftNotInHand`,
        `DraftBeingEdited`, `UnknownCaseCall`.
        """
        rights.ATTACH_TO_INCIDENT.check(actor)
        await require_call(self._calls, actor, call_id)
        if draft_id is not None:
            stored = await self._drafts.stored(draft_id)
            if stored.call_id != call_id:
                raise Invalid("the draft is not of this call", remedy="reload the call's drafts")
            await require_in_hand(self._calls, actor, stored.draft)
            self._editing.require_nobody(draft_id, actor, despite)
        return await self._attach(incident_id, call_id, draft_id, op_id, actor)

    async def detach(self, incident_id: UUID, call_id: UUID, *, op_id: UUID, actor: Actor) -> IncidentView:
        """Undo it: the call is not about the incident, and its draft is open again. Also once it is ended."""
        rights.ATTACH_TO_INCIDENT.check(actor)
        await require_call(self._calls, actor, call_id)
        now = self._storage.clock.now()
        async with self._drafts.live.lock(call_id):
            stored = await self._attached_draft(incident_id, call_id)
            async with self._storage.write() as transaction:
                connection = transaction.connection
                incident = await store.get(connection, incident_id, lock=True)
                call = await store.attached(connection, incident_id, call_id)
                new = await claim(transaction, op_id, "incident:detach", incident_id, now) is None
                if call is None or not new:
                    return await self._view(transaction, incident)
                case = await case_store.get(connection, incident.case_id, lock=True)
                require_case(actor, case)
                await store.detach(connection, call)
                if call.linked and await case_store.unlink(connection, case.case_id, call_id):
                    await self._cases.tell(transaction, case, "unlink", actor, "")
                opened = await self._draft_to(transaction, stored, "open", None, incident.case_id)
                view = await self._view(transaction, incident)
            self._show(opened)
        self._tell(view)
        return view

    async def restore(self) -> bool:
        """What callers hear is the newest open announcement, or none: at the start, when the switch is back,
        and when one has ended. Who has heard it does not hear it again. False: it could not be told, which
        `untold` says until it is.
        """
        async with self._switch:
            return await self._restore()

    # --- parts ----------------------------------------------------------------------------------

    async def _require_open_to_all(self, stored: StoredDraft | None) -> None:
        if stored is None or stored.call_id is None:
            return
        facts = await self._calls.facts(stored.call_id)
        if facts is not None and facts.confidential:
            raise ConfidentialIncident(remedy=_WITHOUT_THEM)

    async def _new(
        self,
        transaction: Transaction,
        wish: IncidentWish,
        stored: StoredDraft | None,
        values: Mapping[FieldName, str | None],
        incident_id: UUID,
        actor: Actor,
    ) -> Incident:
        if len(await store.open_ones(transaction.connection)) >= MOST_OPEN:
            raise TooManyIncidents(remedy="end one that is over")
        incident = Incident(
            incident_id=incident_id,
            case_id=await self._parent(transaction, wish, stored, values, actor),
            title=wish.title,
            words=wish.words,
            prompt=wish.prompt,
            play=1,
            started_at=self._storage.clock.now(),
            started_by=actor.id,
        )
        await store.add(transaction.connection, incident)
        return incident

    async def _parent(
        self,
        transaction: Transaction,
        wish: IncidentWish,
        stored: StoredDraft | None,
        values: Mapping[FieldName, str | None],
        actor: Actor,
    ) -> UUID:
        """An open case, or a new one out of the draft's fields and the given ones, which come first."""
        if wish.case_id is not None:
            case = await case_store.get(transaction.connection, wish.case_id)
            require_case(actor, case)
            if case.state not in OPEN:
                raise WrongStep("the case is not open", remedy="choose an open case")
            if case.confidential:
                raise ConfidentialIncident(remedy=_WITHOUT_THEM)
            return case.case_id
        form = Draft(draft_id=uuid7()) if stored is None else stored.draft
        given = {
            name: FieldValue(value=value, confidence=1.0, shown=Shown.SURE, by="agent")
            for name, value in values.items()
            if value is not None
        }
        # A parent case is nobody's: not who called first, nor how to call him back.
        kept = {name: one for name, one in form.fields.items() if name not in PERSONAL_FIELDS}
        whole = Draft(draft_id=uuid7(), began_at=form.began_at, fields={**kept, **given})
        return (await self._cases.file_form(transaction, whole, uuid7(), actor)).case_id

    def _district(self, stored: StoredDraft | None, values: Mapping[FieldName, str | None]) -> str | None:
        given = values.get(FieldName.DISTRICT)
        return given or (None if stored is None else stored.draft.value(FieldName.DISTRICT))

    async def _attach_own(self, incident: Incident, stored: StoredDraft, actor: Actor) -> IncidentView | None:
        """The draft that an incident began with belongs to it. The incident is open, whatever comes of this:
        None where the draft was decided meanwhile, or the call or the database is away.
        """
        if stored.call_id is None:
            return None
        draft_id = stored.draft.draft_id
        try:
            return await self._attach(incident.incident_id, stored.call_id, draft_id, uuid7(), actor)
        except SonghuaError as error:
            _log.warning("the call that an incident began with was not attached", error=error.kind)
            return None

    async def _attach(
        self, incident_id: UUID, call_id: UUID, draft_id: UUID | None, op_id: UUID, actor: Actor
    ) -> IncidentView:
        facts = await self._calls.facts(call_id)
        if facts is None:
            raise UnknownCaseCall(remedy="attach a call of the board or of the ledger")
        now = self._storage.clock.now()
        async with self._drafts.live.lock(call_id):
            stored = None if draft_id is None else await self._drafts.stored(draft_id)
            async with self._storage.write() as transaction:
                connection = transaction.connection
                incident = await self._open(transaction, incident_id)
                new = await claim(transaction, op_id, "incident:attach", incident_id, now) is None
                if not new or await store.attached(connection, incident_id, call_id) is not None:
                    return await self._view(transaction, incident)
                case = await case_store.get(connection, incident.case_id, lock=True)
                require_case(actor, case)
                link = case_store.CaseCallLink(call_id, facts.number)
                linked = await case_store.link(connection, case.case_id, link, by=actor.id, at=now)
                call = AttachedCall(incident_id, call_id, draft_id, linked, now, actor.id)
                await store.attach(connection, call)
                closed = await self._draft_to(transaction, stored, "confirmed", case.case_id, None)
                if linked:
                    await self._cases.tell(transaction, case, "link", actor, "")
                view = await self._view(transaction, incident)
            self._show(closed)
        if draft_id is not None:
            self._editing.closed(draft_id)
        self._tell(view)
        return view

    async def _attached_draft(self, incident_id: UUID, call_id: UUID) -> StoredDraft | None:
        """Read before the transaction that locks the incident: it takes one connection, not two."""
        async with self._storage.read() as connection:
            call = await store.attached(connection, incident_id, call_id)
        return None if call is None or call.draft_id is None else await self._drafts.stored(call.draft_id)

    async def _draft_to(
        self,
        transaction: Transaction,
        stored: StoredDraft | None,
        state: draft_store.State,
        case_id: UUID | None,
        was_of: UUID | None,
    ) -> StoredDraft | None:
        """The draft in its new state; None where there is none to change. Raises `DraftClosed`."""
        if stored is None:
            return None
        if state == "confirmed" and stored.state != "open":
            raise DraftClosed("the draft was already decided", remedy="reload the call's drafts")
        if state == "open" and (stored.state, stored.case_id) != ("confirmed", was_of):
            return None
        draft = stored.draft.model_copy(update={"rev": stored.draft.rev + 1})
        changed = StoredDraft(draft, state, case_id)
        await draft_store.save(transaction.connection, changed, self._storage.clock.now())
        return changed

    def _show(self, stored: StoredDraft | None) -> None:
        if stored is not None:
            self._drafts.put(stored)
            self._drafts.show(stored)

    async def _open(self, transaction: Transaction, incident_id: UUID) -> Incident:
        incident = await store.get(transaction.connection, incident_id, lock=True)
        if incident.ended_at is not None:
            raise IncidentOver(remedy="start another one, or link the call to the case")
        return incident

    async def _play(self, incident: Incident) -> int | None:
        """How many hear it now; None where the switch was not reached: it is told when it is back. What was
        ended or given another announcement meanwhile is not played.
        """
        async with self._switch:
            try:
                async with self._storage.read() as connection:
                    now = await store.get(connection, incident.incident_id)
                if now.ended_at is not None or now.announcement != incident.announcement:
                    return 0
                if not incident.prompt:
                    await self._restore()
                    return 0
                callers = await self._announcer.announce(incident.announcement, incident.prompt)
            except SonghuaError as error:
                self.untold = True
                _log.warning("an announcement was not played", error=error.kind)
                return None
            self._told, self.untold = incident.announcement, False
            return callers

    async def _play_again(self, incident: Incident) -> int | None:
        """Pressed twice: what the first press did not come to tell the switch, the second one does. Nobody is
        played what is told already, or an announcement before the newest.
        """
        async with self._storage.read() as connection:
            open_ones = await store.open_ones(connection)
        spoken = next((one for one in open_ones if one.prompt), None)
        if spoken is None or spoken.incident_id != incident.incident_id or spoken.announcement == self._told:
            return 0
        return await self._play(spoken)

    async def _restore(self) -> bool:
        """As `restore`; the caller holds the switch's lock."""
        self.untold = True
        try:
            async with self._storage.read() as connection:
                open_ones = await store.open_ones(connection)
        except SonghuaError:
            _log.warning("the announcement of an incident was not read: the database is away")
            return False
        spoken = next((one for one in open_ones if one.prompt), None)
        try:
            name, prompt = ("", "") if spoken is None else (spoken.announcement, spoken.prompt)
            await self._announcer.keep(name, prompt)
        except SonghuaError as error:
            _log.warning("the switch was not told of an incident", error=error.kind)
            return False
        self._told, self.untold = name, False
        return True

    async def _view(self, transaction: Transaction, incident: Incident) -> IncidentView:
        return (await self._views(transaction.connection, [incident]))[0]

    async def _views(self, connection: AsyncConnection, found: Sequence[Incident]) -> list[IncidentView]:
        calls = await store.calls_of(connection, [one.incident_id for one in found])
        return [
            _shown(one, await self._cases.view_in(connection, one.case_id), calls[one.incident_id])
            for one in found
        ]

    def _tell(self, view: IncidentView) -> None:
        self._bus.publish(IncidentChanged(incident=view))


def _shown(incident: Incident, case: CaseView, calls: Sequence[AttachedCall]) -> IncidentView:
    return IncidentView(
        incident_id=incident.incident_id,
        case_id=incident.case_id,
        number=case.number,
        spoken_code=case.spoken_code,
        title=incident.title,
        words=incident.words,
        prompt=incident.prompt,
        category_name=case.category_name,
        category_name_en=case.category_name_en,
        district=case.district,
        call_ids=[one.call_id for one in calls],
        started_at=incident.started_at,
        started_by=incident.started_by,
        ended_at=incident.ended_at,
        ended_by=incident.ended_by,
    )
