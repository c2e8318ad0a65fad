"""The exchange, put together: who receives forms, what brings them, work orders, verification by others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from cases.assignments.service import AssignmentService
from cases.deadlines.outside import OutsideDeadlines
from cases.exchange.building import FormBuilder
from cases.exchange.http import exchange_routes
from cases.exchange.order_http import order_routes
from cases.exchange.orders import WorkOrders
from cases.exchange.problems import FormProblems
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.reconciliation import Reconciliations
from cases.exchange.sender import FormSender
from cases.exchange.service import Exchange
from cases.exchange.tasks import ExchangeTasks
from cases.exchange.verifying import ExchangeVerifications, InspectingDepartments, VerificationForms
from cases.exchange.verifying_http import exchange_verification_routes
from cases.ports import CasesPorts
from cases.responsibility.model import ResponsibleDepartment
from cases.settings import CasesSettings
from cases.verification.service import VerificationService
from cases.verification.subject import VerificationSubjects
from cases.views import CaseViews
from cases.workflow.model import AssignmentWorkflow


class ExchangePart:
    def __init__(
        self,
        ports: CasesPorts,
        settings: CasesSettings,
        *,
        views: CaseViews,
        subjects: VerificationSubjects,
        workflow: AssignmentWorkflow,
        outside: OutsideDeadlines,
        departments: Callable[[], Sequence[ResponsibleDepartment]],
    ) -> None:
        self._ports = ports
        problems = FormProblems(views, subjects)
        self._forms = VerificationForms(problems)
        self._builder = FormBuilder(problems, workflow, self._forms)
        receivers = ActiveReceivers()
        self.inspecting = InspectingDepartments(receivers, departments)
        self.service = Exchange(ports.storage, receivers, ports.audit, settings.exchange)
        self.sender = FormSender(
            ports.storage, receivers, self._builder,
            webhook=ports.webhook, mailer=ports.form_mailer, settings=settings.exchange,
        )  # fmt: skip
        self.orders = WorkOrders(
            ports.storage, ports.order_reports, receivers, settings.exchange, outside,
            timezone_h=settings.timezone_h,
        )  # fmt: skip
        self.reconciliations = Reconciliations(
            ports.storage, receivers, ports.webhook, settings.exchange, timezone_h=settings.timezone_h
        )

    def routers(
        self, assignments: AssignmentService, verifications: VerificationService
    ) -> Sequence[APIRouter]:
        user, storage = self._ports.current_user, self._ports.storage
        tasks = ExchangeTasks(assignments, self._builder, storage.clock)
        others = ExchangeVerifications(storage, verifications, self._forms, self._ports.task_photos)
        return (
            exchange_routes(tasks, self.service, user),
            order_routes(self.orders, self.reconciliations, user),
            exchange_verification_routes(others, user),
        )
