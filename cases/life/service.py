"""The use-cases of cases: confirm a draft, verify, close, cancel, reopen, link a call, look up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.assignments.following import CaseAssignments
from cases.closing import store as closing_store
from cases.closing.model import ClosingTable
from cases.deadlines.outside import OutsideDeadlines
from cases.deadlines.service import CaseDeadlines
from cases.dispatch import store as dispatch_store
from cases.drafting import store as draft_store
from cases.drafting.drafter import Drafter
from cases.drafting.editing import DraftEditing
from cases.drafting.model import Draft, FieldName
from cases.drafting.service import DraftService
from cases.errors import (
    CaseMovedOn,
    CaseReasonMissing,
    DraftClosed,
    DraftIncomplete,
    NoPairOfPictures,
    UnknownCaseCall,
    WrongStep,
)
from cases.events import CaseFiled, CaseSource, CaseState, CaseView, DeadlineState
from cases.gazetteer.lookup import Gazetteer
from cases.grid.service import CaseGrid
from cases.life import store
from cases.life.model import OPEN, Case, CaseAction, act
from cases.life.numbers import case_number, city_day
from cases.life.position import ReportPosition, position_of_report
from cases.life.record import CaseRecord
from cases.life.reports import tie
from cases.life.versions import versions
from cases.merging import store as merge_store
from cases.merging.refusal import refuse_merged
from cases.operations import claim
from cases.ports import CallDirectory, CallFacts, CameraPairs
from cases.privacy import require_call, require_case, require_district
from cases.reports.service import require_taken
from cases.responsibility.service import CaseDepartments
from cases.search.model import (
    ALL_CASES,
    EVERYBODY,
    CaseAudience,
    CaseCursor,
    CaseFilter,
    CaseOrder,
    audience_of,
)
from cases.search.near import SearchPlace, near
from cases.search.service import CaseSearch
from cases.settings import CasesSettings
from cases.superior import store as superior_store
from cases.superior.model import SuperiorOrder
from cases.views import CaseViews
from core.actor import Actor
from core.ids import uuid7
from core.metrics import counter
from core.storage import Storage, Transaction

MOST_LISTED = 200
"""Cases of one page, and of what a desk is told first."""
MOST_OVERDUE = 100
"""Cases past their deadline that a desk is told first, however old they are."""
BY_CAMERA: Final = "verify-by-camera"
"""What the log says of the pictures that a verification names."""
OPEN_STATES = (CaseState.FILED, CaseState.DONE, CaseState.VERIFIED)
_filed = counter("cases_filed", "Cases filed", ["district"])
_CHECKED = frozenset(
    {
        FieldName.CATEGORY,
        FieldName.DISTRICT,
        FieldName.ADDRESS,
        FieldName.CROSSING,
        FieldName.DESCRIPTION,
        FieldName.URGENCY,
        FieldName.HANDOFF,
    }
)
AS_DRAFTED = tuple(name for name in FieldName if name not in _CHECKED)
"""Fields that a case takes over as they stand in its draft."""
_WHO = {
    CaseAction.VERIFY: rights.VERIFY,
    CaseAction.CLOSE: rights.VERIFY,
    CaseAction.REOPEN: rights.REOPEN,
    CaseAction.REOPEN_CLOSED: rights.REOPEN_CLOSED,
    CaseAction.CANCEL: rights.CANCEL,
    CaseAction.DONE: rights.REOPEN,
}


@dataclass(frozen=True, slots=True)
class WrittenOnPaper:
    """When a case was written on paper, and by whom."""

    at: datetime
    by: str


class CaseService:
    def __init__(
        self,
        *,
        storage: Storage,
        drafts: DraftService,
        editing: DraftEditing,
        drafter: Drafter,
        views: CaseViews,
        gazetteer: Gazetteer,
        calls: CallDirectory,
        settings: CasesSettings,
        search: CaseSearch,
        record: CaseRecord,
        deadlines: CaseDeadlines,
        departments: CaseDepartments,
        assignments: CaseAssignments,
        outside: OutsideDeadlines,
        closing: ClosingTable,
        grid: CaseGrid,
        pairs: CameraPairs,
    ) -> None:
        self._storage = storage
        self._pairs = pairs
        self._drafts = drafts
        self._editing = editing
        self._drafter = drafter
        self._views = views
        self._gazetteer = gazetteer
        self._calls = calls
        self._settings = settings
        self._search = search
        self._record = record
        self._deadlines = deadlines
        self._departments = departments
        self._assignments = assignments
        self._outside = outside
        self._closing = closing
        self._grid = grid

    async def confirm(
        self,
        draft_id: UUID,
        *,
        op_id: UUID,
        actor: Actor,
        confidential: bool = False,
        despite: Collection[str] = (),
        condition: str = "",
    ) -> CaseView:
        """File the draft as a case: number, clock, departments, event and log in one transaction. Pressed
        twice, filed once.

        `despite`: people who may be typing in it; they are told afterwards. `condition`: which time limit of
        the class counts, in its Chinese words. Raises `DraftIncomplete` with the missing fields,
        `DraftClosed` when another act came first, `DraftBeingEdited`, `NoSuchCondition`.
        """
        rights.DRAFT.check(actor)
        call_id = (await self._drafts.stored(draft_id)).call_id
        facts = await self._facts(call_id)
        async with self._drafts.live.lock(call_id):
            stored = await self._drafts.stored(draft_id)
            case_id = uuid7()
            now = self._storage.clock.now()
            async with self._storage.write() as transaction:
                earlier = await claim(transaction, op_id, "confirm", case_id, now)
                if earlier is not None:
                    return await self._view(transaction.connection, earlier)
                kept = await draft_store.get(transaction.connection, draft_id, lock=True)
                if kept.state != "open":
                    raise DraftClosed("the draft was already decided", remedy="reload the call's drafts")
                if call_id is None:  # nothing of it is in memory alone
                    stored = kept
                    require_taken(stored, actor)
                self._editing.require_nobody(draft_id, actor, despite)
                case = await self._file(
                    transaction, stored.draft, case_id, actor,
                    confidential=confidential or facts.confidential, condition=condition,
                )  # fmt: skip
                if call_id is not None:
                    link = store.CaseCallLink(call_id, facts.number)
                    await store.link(transaction.connection, case_id, link, by=actor.id, at=now)
                elif stored.draft.report_id is not None:
                    await tie(transaction.connection, case_id, [stored.draft.report_id])
                stored = replace(stored, state="confirmed", case_id=case_id)
                await draft_store.save(transaction.connection, stored, now)
                view = (await self._views_of(transaction.connection, [case]))[0]
                await transaction.emit(
                    CaseFiled(
                        call_id=call_id,
                        draft_id=draft_id,
                        confidential=case.confidential,
                        case=view,
                        drafted=_values(self._drafter.unaided(stored.draft)),
                        final=_values(stored.draft),
                    ),
                    stream=f"case:{case_id}",
                )
            self._drafts.put(stored)
            self._drafts.show(stored)
            self._editing.filed(draft_id, view, actor, self._editing.others(draft_id, actor))
        _filed.labels(case.district or self._settings.city_code).inc()
        return view

    async def file_paper(
        self,
        form: Draft,
        *,
        taken_at: datetime,
        taken_by: str,
        op_id: UUID,
        actor: Actor,
        confidential: bool,
        condition: str = "",
    ) -> CaseView:
        """File what was written on paper at `taken_at`; once for each `op_id`. Its clock runs from now:
        nobody could handle it before. Raises `DraftIncomplete`, `NoSuchCondition`.
        """
        case_id, now = uuid7(), self._storage.clock.now()
        async with self._storage.write() as transaction:
            earlier = await claim(transaction, op_id, "paper", case_id, now)
            if earlier is not None:
                return await self._view(transaction.connection, earlier)
            written = WrittenOnPaper(taken_at, taken_by)
            return await self.file_form(
                transaction, form, case_id, actor, confidential=confidential, paper=written,
                condition=condition,
            )  # fmt: skip

    async def file_form(
        self,
        transaction: Transaction,
        form: Draft,
        case_id: UUID,
        actor: Actor,
        *,
        confidential: bool = False,
        paper: WrittenOnPaper | None = None,
        order: SuperiorOrder | None = None,
        condition: str = "",
        calls: Sequence[store.CaseCallLink] = (),
        report_ids: Sequence[UUID] = (),
    ) -> CaseView:
        """File what no call's drafting has filled, as part of this transaction; it is about these calls and
        reports. `order`: a superior ordered it. Raises `DraftIncomplete`.
        """
        case = await self._file(
            transaction, form, case_id, actor, confidential=confidential, paper=paper, condition=condition
        )
        for link in calls:
            await store.link(transaction.connection, case_id, link, by=actor.id, at=case.filed_at)
        await tie(transaction.connection, case_id, report_ids)
        if order is not None:
            await superior_store.add(transaction.connection, case_id, order)
        view = (await self._views_of(transaction.connection, [case]))[0]
        await transaction.emit(
            CaseFiled(
                call_id=None, draft_id=None, confidential=confidential, case=view, drafted={},
                final=_values(form),
            ),
            stream=f"case:{case_id}",
        )  # fmt: skip
        _filed.labels(case.district or self._settings.city_code).inc()
        return view

    async def take_step(
        self,
        case_id: UUID,
        what: CaseAction,
        *,
        op_id: UUID,
        actor: Actor,
        reason: str = "",
        condition: str = "",
        by_camera: bool = False,
    ) -> CaseView:
        """Verify, close, cancel or reopen; `condition` is the closing condition that was met; `by_camera`:
        verified by the pictures before and after the work, which its log names. Raises `Forbidden`,
        `WrongStep`, `ReasonMissing`, `NoSuchCase`, `ClosingConditionMissing`, `NoPairOfPictures`.
        """
        _WHO[what].check(actor)
        pair = await self._pair(case_id, what) if by_camera else ""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if await claim(transaction, op_id, f"case:{what.value}", case_id, now) is not None:
                return await self._view(transaction.connection, case_id)
            case = await store.get(transaction.connection, case_id, lock=True)
            require_district(actor, case)
            await refuse_merged(transaction.connection, case)
            if what is CaseAction.CANCEL:
                await self._refuse_while_dispatched(transaction.connection, case_id)
            if what is CaseAction.CLOSE:
                reason = await self._close_under(transaction.connection, case, condition, actor, reason)
            if pair:
                await store.log(
                    transaction.connection, case_id, at=now, actor=actor.id, act=BY_CAMERA, reason=pair
                )
            return await self.step(transaction, case, what, actor, reason)

    async def _pair(self, case_id: UUID, what: CaseAction) -> str:
        """The pictures by which a case is verified, as its log has them: camera, time and photo of both."""
        found = await self._pairs.of_case(case_id) if what is CaseAction.VERIFY else None
        if found is None:
            raise NoPairOfPictures(remedy="mark a picture as before the work, and one as after it")
        return " → ".join(
            f"{one.camera} {one.taken_at:%Y-%m-%dT%H:%M:%SZ} {one.photo_id}"
            for one in (found.before, found.after)
        )

    async def step(
        self,
        transaction: Transaction,
        case: Case,
        what: CaseAction,
        actor: Actor,
        reason: str = "",
        *,
        at: datetime | None = None,
    ) -> CaseView:
        """Keep an act on a locked case, with its effect on the clock, and tell of it; `at` when it was, if
        not now. Raises as `act`.
        """
        now = self._storage.clock.now()
        after = act(case, what, by=actor.id, at=at or now, reason=reason)
        await store.save(transaction.connection, after)
        facts = await self._deadlines.follow(transaction.connection, after, what, now)
        await self._record.tell_facts(transaction, after, facts)
        await self._assignments.follow(transaction, after, what, actor, now, reason)
        return await self.tell(transaction, after, what.value, actor, reason, at=at)

    async def link_call(self, case_id: UUID, call_id: UUID, *, op_id: UUID, actor: Actor) -> CaseView:
        """The call is about this case too; linked again, nothing changes.

        Raises `UnknownCaseCall`, `NotYourCall`, `NotYourCase`.
        """
        rights.LINK_CALL.check(actor)
        await require_call(self._calls, actor, call_id)
        facts = await self._calls.facts(call_id)
        if facts is None:
            raise UnknownCaseCall(remedy="link a call of the board or of the ledger")
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            case = await store.get(transaction.connection, case_id, lock=True)
            require_case(actor, case)
            if await claim(transaction, op_id, "link", case_id, now) is not None:
                return await self._view(transaction.connection, case_id)
            return await self._link(transaction, case, store.CaseCallLink(call_id, facts.number), actor)

    async def link(
        self, transaction: Transaction, actor: Actor, call_id: UUID, case_ids: Sequence[UUID]
    ) -> None:
        """The call is about each of these cases too, as part of the transaction that says so.

        Raises `NoSuchCase`, `NotYourCase`, `OutOfScope`.
        """
        facts = await self._facts(call_id)
        connection = transaction.connection
        for case_id in sorted(set(case_ids)):  # in one order everywhere: nobody waits in a circle
            case = await store.get(connection, case_id, lock=True)
            require_case(actor, case)
            await self._link(transaction, case, store.CaseCallLink(call_id, facts.number), actor)

    async def _link(
        self, transaction: Transaction, case: Case, link: store.CaseCallLink, actor: Actor
    ) -> CaseView:
        now = self._storage.clock.now()
        if not await store.link(transaction.connection, case.case_id, link, by=actor.id, at=now):
            return await self._view(transaction.connection, case.case_id)
        return await self.tell(transaction, case, "link", actor, "")

    async def set_confidential(
        self, case_id: UUID, *, confidential: bool, op_id: UUID, actor: Actor
    ) -> CaseView:
        """Whoever handles the case may hide it; only a supervisor opens it again. It is so for every case for
        which this one goes on. Raises `NotYourCase`, `CaseMerged`; `CaseMovedOn` where another case is merged
        into it at this moment.
        """
        if confidential:
            rights.HIDE_CASE.check(actor)
        else:
            rights.LIFT_SECRECY.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            known = await self._merged_into(connection, case_id)
            # In one order everywhere: nobody waits in a circle.
            locked = {one: await store.get(connection, one, lock=True) for one in sorted({case_id, *known})}
            found = locked[case_id]
            require_case(actor, found)
            await refuse_merged(transaction.connection, found)
            if await claim(transaction, op_id, "confidential", case_id, now) is not None:
                return await self._view(connection, case_id)
            if await self._merged_into(connection, case_id) != known:
                present = (await versions(connection, [case_id]))[case_id]
                raise CaseMovedOn(remedy="look at the case again", number=found.number, version=present)
            for one in (*sorted(known), case_id):
                await store.set_confidential(connection, one, confidential=confidential)
                case = await store.get(connection, one)
                view = await self.tell(transaction, case, "confidential", actor, "")
            return view

    async def choose_department(
        self, case_id: UUID, department_id: str, *, op_id: UUID, actor: Actor, reason: str
    ) -> CaseView:
        """Another department is the host of an open case; the rules no longer decide it. Raises `Forbidden`,
        `NoSuchCase`, `NoSuchDepartment`, `CaseReasonMissing`, `WrongStep`, `OutOfScope`.
        """
        rights.CHOOSE_DEPARTMENT.check(actor)
        if not reason.strip():
            raise CaseReasonMissing("another department needs a reason", remedy="say why")
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if await claim(transaction, op_id, "department", case_id, now) is not None:
                return await self._view(transaction.connection, case_id)
            case = await store.get(transaction.connection, case_id, lock=True)
            require_case(actor, case)
            if case.state not in OPEN:
                raise WrongStep(
                    f"a case that is {case.state} has no department any more",
                    remedy="look at the case again", state=case.state.value,
                )  # fmt: skip
            host = await self._departments.choose(transaction.connection, case, department_id, actor.id, now)
            if case.state is CaseState.FILED:
                await self._assignments.change_host(transaction, case, host, actor, now, reason.strip())
            words = f"→ {department_id}: {reason.strip()}"
            return await self.tell(transaction, case, "department", actor, words)

    async def require(self, actor: Actor, case_ids: Sequence[UUID]) -> None:
        """Raises `NoSuchCase`, and as `require_case` for one that this person does not see whole."""
        async with self._storage.read() as connection:
            for case_id in case_ids:
                require_case(actor, await store.get(connection, case_id))

    async def get(self, case_id: UUID) -> CaseView:
        async with self._storage.read() as connection:
            return await self._view(connection, case_id)

    async def history(self, case_id: UUID) -> list[store.CaseLogEntry]:
        """The log of a case, oldest first."""
        async with self._storage.read() as connection:
            return await store.history(connection, case_id)

    async def find(
        self,
        wanted: CaseFilter = ALL_CASES,
        audience: CaseAudience = EVERYBODY,
        *,
        order: CaseOrder = CaseOrder.NEWEST,
        after: CaseCursor | None = None,
        limit: int = MOST_LISTED,
    ) -> tuple[list[CaseView], CaseCursor | None]:
        """A page of the cases that this audience may see in a list, and where the next one begins."""
        async with self._storage.read() as connection:
            page = await self._search.page(
                connection, wanted, audience, order=order, after=after, limit=limit
            )
            return await self._views_of(connection, page.cases), page.following

    async def counts(self, wanted: CaseFilter, audience: CaseAudience) -> Mapping[str, Mapping[str, int]]:
        async with self._storage.read() as connection:
            return await self._search.counts(connection, wanted, audience)

    async def by_code(self, text: str) -> CaseView | None:
        """The case with this short code or number, for a citizen who asks."""
        async with self._storage.read() as connection:
            case = await store.by_code_or_number(connection, text)
            return None if case is None else await self._view(connection, case.case_id)

    async def open_of_caller(self, number: str) -> list[CaseView]:
        """The open cases that came from this number, newest first."""
        async with self._storage.read() as connection:
            return await self._views_of(connection, await store.open_of_caller(connection, number))

    async def open_of_call(self, call_id: UUID) -> list[CaseView]:
        """The open cases that came from the number of this call, newest first."""
        return await self.open_of_caller((await self._facts(call_id)).number)

    async def near(self, where: SearchPlace) -> list[tuple[CaseView, float | None]]:
        """Open cases near a place, each with its distance in metres where both are on the map."""
        async with self._storage.read() as connection:
            found = await near(connection, where)
            views = await self._views_of(connection, [one.case for one in found])
        return [(view, one.metres) for view, one in zip(views, found, strict=True)]

    async def open_at(self, district: str | None, place: str) -> list[CaseView]:
        """The open cases at this address or crossing."""
        async with self._storage.read() as connection:
            found = await store.open_at(connection, district=district, places=[place])
            return await self._views_of(connection, found)

    async def snapshot(self, viewer: Actor) -> list[CaseView]:
        """The cases that somebody still has to do something about, within his scopes: the newest, and before
        them those whose deadline passed, however old they are.
        """
        audience = audience_of(viewer, confidential=True)
        late = CaseFilter(states=OPEN_STATES, deadlines=(DeadlineState.OVERDUE.value,))
        overdue = (await self.find(late, audience, order=CaseOrder.DUE, limit=MOST_OVERDUE))[0]
        known = {case.case_id for case in overdue}
        newest = (await self.find(CaseFilter(states=OPEN_STATES), audience))[0]
        return [*overdue, *(case for case in newest if case.case_id not in known)]

    async def view_in(self, connection: AsyncConnection, case_id: UUID) -> CaseView:
        """As it is inside a transaction. Raises `NoSuchCase`."""
        return await self._view(connection, case_id)

    async def tell(
        self,
        transaction: Transaction,
        case: Case,
        what: str,
        actor: Actor,
        reason: str,
        *,
        at: datetime | None = None,
        private: bool = False,
    ) -> CaseView:
        """Log the act and emit it, inside the transaction that does it; `at` when it was, if not now.
        `private`: the reason stands in the log alone, which fewer people read.
        """
        return await self._record.tell(transaction, case, what, actor, reason, at=at, private=private)

    async def _file(
        self,
        transaction: Transaction,
        draft: Draft,
        case_id: UUID,
        actor: Actor,
        *,
        confidential: bool,
        paper: WrittenOnPaper | None = None,
        condition: str = "",
    ) -> Case:
        category = draft.value(FieldName.CATEGORY)
        place = draft.value(FieldName.ADDRESS) or draft.value(FieldName.CROSSING)
        description = draft.value(FieldName.DESCRIPTION)
        missing = [] if category else ["category"]
        if not place and not description:
            missing += ["address", "description"]
        if missing or category is None:
            raise DraftIncomplete(
                "a case needs a class and a place or description",
                remedy="fill the fields that are named", missing=",".join(missing),
            )  # fmt: skip
        self._deadlines.require_condition(category, condition)
        connection = transaction.connection
        now = self._storage.clock.now()
        district = draft.value(FieldName.DISTRICT)
        day = city_day(now, self._settings.timezone_h)
        handover = self._views.handover(category)
        found = position_of_report(draft, self._gazetteer)
        position = None if found is None else found.position
        as_drafted: dict[str, Any] = {name.value: draft.value(name) for name in AS_DRAFTED}
        case = Case(
            case_id=case_id,
            number="",
            spoken_code=await store.unused_code(connection),
            state=CaseState.HANDED_OVER if handover else CaseState.FILED,
            category=category,
            district=district,
            address=draft.value(FieldName.ADDRESS),
            crossing=draft.value(FieldName.CROSSING),
            description=description or "",
            urgency=draft.value(FieldName.URGENCY) or "normal",
            handoff=draft.value(FieldName.HANDOFF) or handover or None,
            confidential=confidential,
            filed_at=now,
            filed_by=actor.id,
            updated_at=now,
            draft_id=draft.draft_id if paper is None else None,
            source=draft.source if paper is None else CaseSource.PAPER,
            taken_at=None if paper is None else paper.at,
            taken_by=None if paper is None else paper.by,
            lon=position.lon if position else None,
            lat=position.lat if position else None,
            accuracy_m=position.accuracy_m if position else None,
            position_source=None if found is None else found.source,
            part_id=None if draft.part is None else draft.part.part_id,
            owner=(draft.part.owner or None) if draft.part is not None else None,
            **as_drafted,
        )
        case = self._grid.placed(case, found)
        counted = case.district or self._settings.city_code
        number = case_number(counted, day, await store.next_sequence(connection, counted, day))
        case = replace(case, number=number)
        return await self.file(
            connection, case, actor,
            drafted=_whole(self._drafter.unaided(draft)), final=_whole(draft), condition=condition,
        )  # fmt: skip

    async def file(
        self,
        connection: AsyncConnection,
        case: Case,
        actor: Actor,
        *,
        drafted: Mapping[str, Any],
        final: Mapping[str, Any],
        condition: str = "",
    ) -> Case:
        """Keep a new case, its clock, its departments, its log's first line and the terms it is found by."""
        placed = await store.add(connection, case, drafted=drafted, final=final)
        await self._deadlines.begin(connection, placed, condition)
        departments = await self._departments.begin(connection, placed)
        await self._assignments.begin(connection, placed, departments, actor)
        await store.log(connection, case.case_id, at=case.filed_at, actor=actor.id, act="file")
        await self._outside.note(connection, placed)
        await self._search.put(connection, placed, new=True)
        return placed

    def placed(self, case: Case, found: ReportPosition | None) -> Case:
        """The case with the cell and beat of a position."""
        return self._grid.placed(case, found)

    async def find_again(self, connection: AsyncConnection, case: Case) -> None:
        """Something that the case is found by has changed."""
        await self._search.put(connection, case)

    async def _refuse_while_dispatched(self, connection: AsyncConnection, case_id: UUID) -> None:
        sent = (await dispatch_store.of_cases(connection, [case_id]))[case_id]
        if any(not dispatch.ended for dispatch in sent):
            raise WrongStep("a unit still has this case", remedy="recall its dispatch first")

    async def _close_under(
        self, connection: AsyncConnection, case: Case, condition: str, actor: Actor, note: str
    ) -> str:
        """Keep the condition that was met; the words of the log. Raises as `act`, `ClosingConditionMissing`,
        `NoSuchClosingCondition`.
        """
        now = self._storage.clock.now()
        act(case, CaseAction.CLOSE, by=actor.id, at=now, reason=note)
        met = self._closing.require(case.category, condition)
        await closing_store.add(connection, case.case_id, met, at=now, by=actor.id)
        return f"{note.strip()}（{met.condition_zh}）"

    async def _merged_into(self, connection: AsyncConnection, case_id: UUID) -> frozenset[UUID]:
        """The cases for which this one goes on."""
        followers = await merge_store.followers(connection, [case_id])
        return frozenset(one.case_id for one in followers[case_id])

    async def _facts(self, call_id: UUID | None) -> CallFacts:
        facts = None if call_id is None else await self._calls.facts(call_id)
        return facts or CallFacts()

    async def _view(self, connection: AsyncConnection, case_id: UUID) -> CaseView:
        return await self._record.view(connection, case_id)

    async def _views_of(self, connection: AsyncConnection, found: Sequence[Case]) -> list[CaseView]:
        return await self._record.views(connection, found)


def _values(draft: Draft) -> dict[str, str | None]:
    return {name.value: field.value for name, field in draft.fields.items()}


def _whole(draft: Draft) -> dict[str, object]:
    return {name.value: field.model_dump(mode="json") for name, field in draft.fields.items()}
