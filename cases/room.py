"""The room of cases, put together: tables, drafting, cases, dispatches, and what it listens to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import APIRouter

from cases.assignments.following import CaseAssignments
from cases.assignments.halting import AssignmentHalt
from cases.assignments.http import assignment_routes
from cases.assignments.photo_http import photo_routes
from cases.assignments.photos import AssignmentPhotos
from cases.assignments.record import AssignmentRecord
from cases.assignments.service import AssignmentService
from cases.assignments.watch import AssignmentWatch
from cases.catalogue import load_catalogues, load_words
from cases.catalogue.departments import Departments, load_departments
from cases.catalogue.model import Catalogues
from cases.catalogue.words import Language
from cases.clocks.calendar import WorkingCalendar, load_working_calendar
from cases.closing.loading import load_closing
from cases.closing.model import ClosingTable
from cases.deadlines.http import DraftPlaces, expectation_routes
from cases.deadlines.outside import OutsideDeadlines
from cases.deadlines.recount import CaseRecount
from cases.deadlines.service import CaseDeadlines
from cases.deadlines.watch import PASS_S, DeadlineWatch
from cases.dispatch.record import DispatchRecord
from cases.dispatch.service import DispatchService
from cases.document.http import document_routes
from cases.document.service import CaseDocuments
from cases.drafting.access import DraftAccess
from cases.drafting.drafter import Drafter
from cases.drafting.editing import DraftEditing
from cases.drafting.expectation import DraftComparison
from cases.drafting.http import hand_routes
from cases.drafting.live import LiveDrafts
from cases.drafting.model import FieldName, SpokenSegment
from cases.drafting.places.finder import PlaceFinder
from cases.drafting.prompt import domain_words
from cases.drafting.service import DraftService
from cases.drafting.values import FieldRules
from cases.duty.http import duty_routes
from cases.duty.service import DepartmentDuty
from cases.emergencies.service import EmergencyCases
from cases.evaluation.assigned import AssignmentActs
from cases.evaluation.http import evaluation_routes
from cases.evaluation.model import EvaluationRules
from cases.evaluation.printing.service import EvaluationPrinting
from cases.evaluation.projector import EvaluationProjector
from cases.evaluation.repeats import RepeatRule
from cases.evaluation.service import Evaluation
from cases.evaluation.verifications.http import task_evaluation_routes
from cases.evaluation.verifications.service import TaskEvaluations
from cases.events import (
    AssignmentChanged,
    CaseChanged,
    CaseFiled,
    CaseSource,
    ReportDeclined,
    ReportsWaiting,
    VerificationChanged,
)
from cases.exchange.part import ExchangePart
from cases.gazetteer import Gazetteer, load_gazetteer
from cases.grid.http import grid_routes
from cases.grid.service import LOOK_EVERY_S, CaseGrid
from cases.http import case_routes, dispatch_routes, draft_routes, reference_routes
from cases.incidents.http import incident_routes
from cases.incidents.service import IncidentService
from cases.knowledge.part import Articles, KnowledgeServices
from cases.knowledge.suggesting import DraftContext
from cases.learning.versions.active import ActiveModel
from cases.life.forgetting import forget_caller
from cases.life.record import CaseRecord
from cases.life.repeats import Repeats
from cases.life.service import CaseService
from cases.merging.service import CaseMerging
from cases.near.http import near_routes
from cases.near.service import NearCase
from cases.operating_mode.http import mode_routes
from cases.operating_mode.service import OperatingModes
from cases.paper.http import paper_routes
from cases.paper.service import PaperCases
from cases.parts.http import part_choice_routes, part_routes
from cases.parts.service import PartRegister
from cases.plans.http import plan_routes
from cases.plans.service import EmergencyPlans
from cases.ports import CasesPorts, UnitReport
from cases.positions.http import position_routes
from cases.pruning.service import CasePruning
from cases.relations.http import relation_routes
from cases.relations.service import CaseRelations
from cases.reports.http import queue_routes
from cases.reports.offers.http import offer_routes
from cases.reports.offers.service import ReportOffers
from cases.reports.service import ReportDrafts
from cases.responsibility.loading import load_responsibility
from cases.responsibility.model import ResponsibilityCatalogue
from cases.responsibility.service import CaseDepartments
from cases.search.http import search_routes
from cases.search.service import CaseSearch
from cases.settings import CasesSettings
from cases.superior.attachments.http import attachment_routes
from cases.superior.attachments.service import OrderAttachments
from cases.superior.http import superior_routes
from cases.superior.service import SuperiorOrders
from cases.timeline.http import timeline_routes
from cases.timeline.service import CaseTimeline
from cases.verification.http import photo_routes as task_photo_routes
from cases.verification.http import verification_routes
from cases.verification.photos import VerificationPhotos
from cases.verification.service import VerificationService
from cases.verification.subject import VerificationSubjects
from cases.view_audit import CaseViewAudit
from cases.views import CaseViews
from cases.workflow.loading import load_workflow
from cases.workflow.model import AssignmentWorkflow
from cdr.events import CallErased
from citizen.events import ReportForgotten, ReportReceived
from core.bus import Bus
from core.room import Health
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from field.events import EmergencyChanged, InspectorReported, UnitReported
from hotline.events import CallEnded, HandoverSettled
from speech.events import TranscriptSegment


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the room knows before anybody speaks: also used by the command line, without a database."""

    catalogues: Catalogues
    gazetteer: Gazetteer
    classifiers: ActiveModel
    drafter: Drafter
    departments: Departments
    calendar: WorkingCalendar
    responsibility: ResponsibilityCatalogue
    workflow: AssignmentWorkflow
    comparison: DraftComparison
    closing: ClosingTable


def knowledge(settings: CasesSettings) -> Knowledge:
    """Loads catalogue, words, gazetteer and the classifiers in force. Raises `BrokenTable`."""
    catalogues, words = load_catalogues(settings.own_limits), load_words()
    gazetteer = load_gazetteer(settings.own_gazetteer, synthetic=settings.synthetic_positions)
    departments = load_departments(catalogues.default, settings.own_departments)
    active_model = ActiveModel(settings.classifiers, words, catalogues.default)
    return Knowledge(
        catalogues=catalogues,
        gazetteer=gazetteer,
        classifiers=active_model,
        drafter=Drafter(
            words=words,
            catalogue=catalogues.default,
            gazetteer=gazetteer,
            departments=departments,
            timezone_h=settings.timezone_h,
            classifiers=active_model.now.classifiers,
        ),
        departments=departments,
        calendar=load_working_calendar(settings.own_calendar),
        responsibility=load_responsibility(settings.own_responsibility),
        workflow=load_workflow(settings.own_workflow),
        comparison=DraftComparison(
            catalogues=catalogues, gazetteer=gazetteer, places=PlaceFinder(words, gazetteer)
        ),
        closing=load_closing(settings.own_closing),
    )


FORGET_EVERY_S: Final = 3600.0
PRUNE_EVERY_S: Final = 86_400.0


def knowledge_services(storage: Storage, known: Knowledge) -> KnowledgeServices:
    """The articles of a database: for the room, and for the command line."""
    return KnowledgeServices(
        storage, common=load_words().common, catalogues=known.catalogues, gazetteer=known.gazetteer
    )


class CasesRoom:
    """`drafts`, `cases`, `dispatches` are what the wiring fills other rooms' ports with."""

    name = "cases"

    def __init__(  # noqa: PLR0915  # one for each part of the room
        self, settings: CasesSettings, ports: CasesPorts
    ) -> None:
        known = knowledge(settings)
        self.knowledge = known
        self._settings = settings
        self._storage = ports.storage
        views = CaseViews(known.catalogues, known.gazetteer)
        self.search = CaseSearch(views)
        self.record = CaseRecord(views, self.search, ports.storage.clock)
        self.deadlines = CaseDeadlines(known.catalogues, known.calendar, warn_after=settings.warn_after)
        self.departments = CaseDepartments(known.catalogues, known.responsibility)
        self.watch = DeadlineWatch(ports.storage, self.deadlines, self.record)
        dispatch_record = DispatchRecord(ports.storage.clock, self.search, views)
        assignment_record = AssignmentRecord(self.deadlines, self.record, dispatch_record, ports.audit)
        case_assignments = CaseAssignments(known.workflow, self.deadlines, assignment_record)
        self.assignment_watch = AssignmentWatch(ports.storage, assignment_record)
        self.grid = CaseGrid(ports.storage, area_class=settings.area_class)
        self.parts = PartRegister(ports.storage, known.catalogues, self.grid, ports.audit)
        self.evaluations = EvaluationProjector(
            ports.storage,
            rules=EvaluationRules(settings.evaluation.dispatch_within_min * 60, settings.timezone_h),
            repeats=RepeatRule(settings.evaluation.repeat_within_days),
            assignments=AssignmentActs(),
        )
        self._reports_kept = timedelta(days=ports.reports_kept_days)
        self.evaluation = Evaluation(
            ports.storage,
            self.evaluations,
            self.record,
            catalogues=known.catalogues,
            gazetteer=known.gazetteer,
            departments=lambda: self.departments.known,
            beats=lambda: self.grid.beats.by_id,
            weights=settings.evaluation.weights,
        )
        self.evaluation_printing = EvaluationPrinting(
            self.evaluation, ports.storage.clock, hours=settings.timezone_h, font=settings.document_font
        )
        self.modes = OperatingModes(ports.storage, ports.mode_approvals, settings.mode)
        self._tasks = Tasks("cases")
        self.drafts = DraftService(
            storage=ports.storage,
            bus=ports.bus,
            drafter=known.drafter,
            words=load_words(),
            catalogues=known.catalogues,
            gazetteer=known.gazetteer,
            live=LiveDrafts(settings.max_live_drafts),
            repeats=Repeats(known.gazetteer, settings),
            parts=self.parts,
        )
        self.editing = DraftEditing(self.drafts, ports.calls, ports.bus, ports.storage.clock)
        self.outside = OutsideDeadlines(
            self.deadlines, CaseRecount(self.deadlines, case_assignments), self.record
        )
        self.cases = CaseService(
            storage=ports.storage,
            drafts=self.drafts,
            editing=self.editing,
            drafter=known.drafter,
            views=views,
            gazetteer=known.gazetteer,
            calls=ports.calls,
            settings=settings,
            search=self.search,
            record=self.record,
            deadlines=self.deadlines,
            departments=self.departments,
            outside=self.outside,
            grid=self.grid,
            closing=known.closing,
            assignments=case_assignments,
            pairs=ports.camera_pairs,
        )
        self.duty = DepartmentDuty(known.calendar, ports.staff, ports.storage.clock)
        self.assignments = AssignmentService(
            storage=ports.storage,
            cases=self.cases,
            departments=self.departments,
            assignments=case_assignments,
            record=assignment_record,
            photos=ports.photos,
            staff=ports.staff,
            on_duty=self.duty.until,
        )
        self.assignment_photos = AssignmentPhotos(self.assignments, ports.photos, ports.views)
        subjects = VerificationSubjects(views, known.gazetteer, self.grid)
        self.exchanging = ExchangePart(
            ports,
            settings,
            views=views,
            subjects=subjects,
            workflow=known.workflow,
            outside=self.outside,
            departments=lambda: self.departments.known,
        )
        self.exchange, self.form_sender = self.exchanging.service, self.exchanging.sender
        rules = FieldRules(catalogues=known.catalogues, gazetteer=known.gazetteer, words=load_words())
        self.merging = CaseMerging(
            storage=ports.storage,
            deadlines=self.deadlines,
            outside=self.outside,
            assignments=AssignmentHalt(assignment_record),
            record=self.record,
            audit=ports.audit,
        )
        self.relations = CaseRelations(
            storage=ports.storage, cases=self.cases, record=self.record, rules=rules, audit=ports.audit
        )
        self.incidents = IncidentService(
            storage=ports.storage,
            bus=ports.bus,
            drafts=self.drafts,
            editing=self.editing,
            cases=self.cases,
            calls=ports.calls,
            rules=rules,
            announcer=ports.announcer,
        )
        self.articles = Articles(
            knowledge_services(ports.storage, known),
            storage=ports.storage,
            bus=ports.bus,
            calls=ports.calls,
            about=self._about,
            limit=settings.max_live_drafts,
        )
        self.emergencies = EmergencyCases(ports.storage, self.cases, settings)
        self.dispatches = DispatchService(
            storage=ports.storage,
            cases=self.cases,
            record=dispatch_record,
            assignments=assignment_record,
        )
        self.reports = ReportDrafts(
            storage=ports.storage,
            bus=ports.bus,
            drafts=self.drafts,
            drafter=known.drafter,
        )
        self.report_offers = ReportOffers(
            settings.report_offers,
            storage=ports.storage,
            bus=ports.bus,
            agents=ports.report_agents,
            catalogues=known.catalogues,
            gazetteer=known.gazetteer,
        )

        self.paper = PaperCases(self.cases, rules, ports.storage.clock)
        self.verifications = VerificationService(
            storage=ports.storage,
            subjects=subjects,
            calls=ports.calls,
            inspectors=ports.inspectors,
            outside=self.exchanging.inspecting,
            settings=settings.verification,
        )
        self.pruning = CasePruning(ports.storage, settings.pruning, ports.holds, ports.task_photos)
        self.plans = EmergencyPlans(
            storage=ports.storage,
            record=self.record,
            dispatches=self.dispatches,
            assignments=self.assignments,
            verifications=self.verifications,
            deeds=ports.plan_deeds,
        )
        draft_access = DraftAccess(self.drafts, ports.calls)
        task_photos = VerificationPhotos(
            self.verifications, self.cases, draft_access, ports.task_photos, ports.views
        )
        self.timeline = CaseTimeline(
            storage=ports.storage, cases=self.cases, calls=ports.calls, sources=ports.timeline
        )
        view_audit = CaseViewAudit(ports.views)
        self.order_attachments = OrderAttachments(
            ports.storage, self.cases, ports.letters, ports.audit, ports.views, settings.superior
        )
        self.documents = CaseDocuments(
            self.timeline,
            self.verifications,
            ports.document,
            ports.views,
            ports.storage.clock,
            hours=settings.timezone_h,
            font=settings.document_font,
        )
        self.routers: Sequence[APIRouter] = (
            offer_routes(self.report_offers, ports.current_user),
            queue_routes(self.reports, ports.current_user, view_audit),
            draft_routes(self.drafts, self.cases, ports.calls, ports.current_user, view_audit),
            hand_routes(self.drafts, self.editing, ports.calls, ports.current_user),
            dispatch_routes(self.dispatches, ports.current_user),
            duty_routes(self.duty, ports.current_user, ports.views),
            part_routes(self.parts, ports.current_user),
            part_choice_routes(self.parts, self.drafts, ports.calls, ports.current_user),
            grid_routes(self.grid, ports.current_user),
            position_routes(ports.storage, ports.current_user, view_audit),
            expectation_routes(
                self.deadlines,
                self.departments,
                DraftPlaces(self.grid, known.gazetteer, draft_access),
                ports.storage.clock,
                ports.current_user,
            ),
            evaluation_routes(self.evaluation, self.evaluation_printing, ports.current_user, view_audit),
            task_evaluation_routes(
                TaskEvaluations(
                    ports.storage,
                    self.evaluations,
                    self.record,
                    self.evaluation.refs,
                    lambda: self.grid.beats.by_id,
                    hours=settings.timezone_h,
                ),
                ports.current_user,
                view_audit,
            ),
            search_routes(self.cases, ports.calls, ports.current_user, view_audit),
            paper_routes(self.paper, ports.current_user),
            superior_routes(SuperiorOrders(ports.storage, self.cases, rules), ports.current_user),
            attachment_routes(self.order_attachments, ports.current_user),
            incident_routes(self.incidents, ports.current_user),
            mode_routes(self.modes, ports.current_user),
            plan_routes(self.plans, self.modes, ports.current_user),
            near_routes(
                NearCase(ports.storage, self.record, self.parts, ports.near), ports.current_user, view_audit
            ),
            timeline_routes(self.timeline, ports.current_user, view_audit),
            document_routes(self.documents, ports.current_user),
            photo_routes(self.assignment_photos, ports.current_user),
            assignment_routes(self.assignments, views, ports.storage.clock, ports.current_user, ports.views),
            *self.exchanging.routers(self.assignments, self.verifications),
            verification_routes(self.verifications, draft_access, task_photos, ports.current_user),
            task_photo_routes(task_photos, ports.current_user),
            relation_routes(self.merging, self.relations, ports.current_user),
            case_routes(self.cases, ports.current_user, view_audit),
            reference_routes(
                known.catalogues,
                known.gazetteer,
                self.departments.known,
                known.closing,
                ports.current_user,
            ),
            *self.articles.routers(ports.current_user),
        )
        self._listen(ports.bus)

    async def start(self) -> None:
        await self.articles.suggestions.start()
        await self.editing.start()
        self._tasks.spawn("calendar", self._prepare_calendar)
        self._tasks.forever("grid", self._watch_grid)
        self._tasks.forever("mode", self.modes.run)
        if self._storage.leads:
            self._start_leading()

    def _start_leading(self) -> None:
        """What is done once for all cases, at whichever switch they are worked on."""
        self._tasks.spawn("index", self._index)
        self._tasks.forever("deadlines", self.watch.run)
        self._tasks.forever("assignment-deadlines", self.assignment_watch.run)
        self._tasks.forever("verifications", self._watch_verifications)
        if self._settings.report_offers.enabled:
            self._tasks.forever("report-offers", self.report_offers.run)
        self._tasks.forever("forget-reports", self._forget_reports)
        self._tasks.forever("pruning", self._prune)
        self._tasks.forever("evaluation", self._evaluate)
        self._tasks.forever("plans", self.plans.run)
        self._tasks.forever("exchange", self.form_sender.relay.run)
        self._tasks.forever("reconciliation", self.exchanging.reconciliations.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.editing.stop()
        await self.articles.suggestions.stop()

    async def _index(self) -> None:
        """Cases of an earlier version are found as soon as they are indexed."""
        await self.search.catch_up(self._storage)

    async def _evaluate(self) -> None:
        await self.evaluations.run(self._settings.evaluation.poll_s)

    async def _prepare_calendar(self) -> None:
        await asyncio.to_thread(self.deadlines.prepare, self._storage.clock.now())

    async def _watch_grid(self) -> None:
        """A grid that a command has built is used within seconds."""
        while True:
            with contextlib.suppress(StorageAway):  # the one that is known goes on
                await self.grid.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def _watch_verifications(self) -> None:
        """A task whose time is up ends within a second."""
        while True:
            with contextlib.suppress(StorageAway):
                await self.verifications.look()
            await asyncio.sleep(PASS_S)

    async def _forget_reports(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                while await self.reports.forget_old(self._reports_kept):
                    pass
                while await self.exchange.forget_old():
                    pass
            await self._storage.clock.sleep(FORGET_EVERY_S)

    async def _prune(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                await self.pruning.run_once()
                await self.order_attachments.finish_erasing()
            await self._storage.clock.sleep(PRUNE_EVERY_S)

    def health(self) -> Sequence[Health]:
        return (Health(self.name, "up"), self.modes.health(), self.exchanging.reconciliations.health())

    def hints(self, language: Language = "zh", limit: int = 60) -> list[str]:
        """Words of problems and places that help a recogniser."""
        return domain_words(load_words(), self.knowledge.gazetteer, language, limit)

    def _listen(self, bus: Bus) -> None:
        bus.subscribe(TranscriptSegment, self._on_segment, name="cases.segment")
        bus.subscribe(UnitReported, self._on_unit, name="cases.unit")
        bus.subscribe(CaseFiled, self.exchanging.orders.hear_filed, name="cases.order-filed")
        bus.subscribe(CaseChanged, self.exchanging.orders.hear_changed, name="cases.order-changed")
        bus.subscribe(ReportDeclined, self.exchanging.orders.hear_declined, name="cases.order-declined")
        bus.subscribe(AssignmentChanged, self.exchange.hear, name="cases.exchange")
        bus.subscribe(
            VerificationChanged, self.exchange.hear_verification, name="cases.exchange-verification"
        )
        bus.subscribe(EmergencyChanged, self.emergencies.hear, name="cases.emergency")
        bus.subscribe(CallEnded, self._on_call_ended, name="cases.call-ended")
        bus.subscribe(HandoverSettled, self._on_handover, name="cases.handover")
        bus.subscribe(CallErased, self._on_call_erased, name="cases.call-erased")
        bus.subscribe(ReportReceived, self.reports.hear, name="cases.report")
        bus.subscribe(InspectorReported, self._on_inspector, name="cases.inspector-report")
        bus.subscribe(ReportForgotten, self.reports.forget, name="cases.report-forgotten")
        bus.subscribe(ReportsWaiting, self.report_offers.on_waiting, name="cases.report-offers")
        bus.subscribe(ReportDeclined, self.evaluations.on_declined, name="cases.evaluation")
        bus.subscribe(CaseFiled, self.reports.on_filed, name="cases.report-filed")
        bus.subscribe(CaseFiled, self.verifications.on_filed, name="cases.verification-filed")

    async def _on_segment(self, event: TranscriptSegment) -> None:
        segment = SpokenSegment(
            segment_id=str(event.segment_id),
            speaker=event.speaker,
            text=event.text[:4000],
            final=event.final,
            start=event.start_s,
            end=event.end_s,
            confidence=event.confidence,
            certainty=event.certainty,
        )
        if event.gap_id is not None:  # words out of a recording come when nobody is asked any more
            began = event.started_at - timedelta(seconds=event.start_s)
            await self.drafts.hear(event.call_id, segment, late_of=began)
            return
        self.articles.suggestions.hear(event.call_id, segment)
        await self.drafts.hear(event.call_id, segment)

    def _about(self, call_id: UUID) -> DraftContext:
        """What the open draft of a live call knows."""
        held = self.drafts.live.get(call_id)
        stored = None if held is None else held.open_one()
        if stored is None:
            return DraftContext()
        return DraftContext(stored.draft.value(FieldName.CATEGORY), stored.draft.value(FieldName.DISTRICT))

    async def _on_unit(self, event: UnitReported) -> None:
        word = UnitReport(
            unit_id=event.unit_id,
            dispatch_id=event.dispatch_id,
            step=event.step,
            msg_id=str(event.msg_id),
            at=event.reported_at,
            reason=event.reason,
            note=event.note,
            finding=event.finding,
            position=event.position,
        )
        if not await self.verifications.hear(word):
            await self.dispatches.hear(word)

    async def _on_inspector(self, event: InspectorReported) -> None:
        """An inspector's own report stands in the queue of all reports."""
        await self.reports.hear(
            ReportReceived(
                report_id=event.report_id,
                source=CaseSource.INSPECTOR,
                received_at=event.said_at,
                text=event.text,
                place=event.place,
                position=event.position,
            )
        )

    async def _on_call_ended(self, event: CallEnded) -> None:
        if event.merged_into is not None:
            await self.drafts.call_merged(event.call_id, event.merged_into)
            await self.articles.call_merged(event.call_id, event.merged_into)
        else:
            self.articles.suggestions.call_ended(event.call_id)
            self.drafts.call_ended(event.call_id)

    async def _on_handover(self, event: HandoverSettled) -> None:
        if event.handover.state == "answered":
            await self.drafts.handed_over(event.call_id, event.handover.number)

    async def _on_call_erased(self, event: CallErased) -> None:
        """The ledger erases only what is over: no article is offered in it any more."""
        call_ids = (event.call_id, *event.known_as)
        for call_id in call_ids:
            self.articles.suggestions.call_ended(call_id)
        await self.drafts.call_erased(call_ids, event.kinds)
        if "personal" in event.kinds:
            async with self._storage.write() as transaction:
                await forget_caller(transaction, call_ids)


def build(settings: CasesSettings, ports: CasesPorts) -> CasesRoom:
    """The room, subscribed and ready. Raises `BrokenTable` when a table does not hold together."""
    return CasesRoom(settings, ports)
