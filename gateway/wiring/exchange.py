"""Fills the ports of the exchange: forms leave by the mail server, work orders come in as reports."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final
from uuid import UUID

from cases.events import CaseSource
from cases.exchange.errors import FormRefused, FormUnsent
from cases.exchange.ports import FormMail, ReportedOrder
from cdr.reports.schedules.ports import MailFile, ReportMail
from citizen.contract import CitizenReport
from citizen.reports.service import CitizenReports
from gateway.smtp.client import MailRejected, MailServerAway, SmtpMailer

WORK_ORDERS: Final = "work_orders"
"""Stored with each report of a work order, in place of a channel's name. It sends no notices: who registered
the order is told by forms.
"""


class ReportsOfOrders:
    """Fills `cases.exchange.ports.OrderReports`. The room of citizens is made after that of cases."""

    def __init__(self, reports: Callable[[], CitizenReports]) -> None:
        self._reports = reports

    async def receive(self, order: ReportedOrder) -> UUID:
        """Raises `ReportInvalid`, `MessageReused`, `StorageAway`."""
        report = CitizenReport(
            message_id=order.reference, text=order.text, received_at=order.received_at, phone=order.phone,
            place=order.place, position=order.position, category=order.category,
        )  # fmt: skip
        reports = self._reports()
        await reports.receive(WORK_ORDERS, CaseSource.OTHER_SYSTEM, report)
        report_id = await reports.id_of(WORK_ORDERS, order.reference)
        assert report_id is not None
        return report_id


class MailedForms:
    """Fills `cases.exchange.ports.FormMailer`."""

    def __init__(self, mailer: SmtpMailer) -> None:
        self._mailer = mailer

    @property
    def ready(self) -> bool:
        return self._mailer.ready

    async def send(self, mail: FormMail) -> None:
        """Raises `FormUnsent`, `FormRefused`: without the server's words, which may repeat the address."""
        try:
            await self._mailer.send(
                ReportMail(
                    message_id=f"<{mail.form_id}@songhua>",
                    to=mail.to,
                    subject=mail.subject,
                    text=mail.text,
                    html=f"<!doctype html><html lang='zh'><body><pre>{escape(mail.text)}</pre></body></html>",
                    files=(MailFile("form.json", "application/json", mail.document),),
                )
            )
        except MailRejected as error:
            raise FormRefused("mail-refused") from error
        except MailServerAway as error:
            raise FormUnsent("mail-away", away=not error.about_mail) from error
