"""Brings forms to their receivers: each until it is taken, refused, or its life is over.

A form is marked as delivered after the receiver has taken it. A kill in between sends it a second time, under
the same id: receivers leave out what they have (decision 0228).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NoReturn

from cases.errors import NoSuchAssignment, NoSuchCase, NoSuchVerification
from cases.events import ExchangeFormQueued
from cases.exchange import store
from cases.exchange.building import FormBuilder
from cases.exchange.errors import FormRefused, FormUnsent, NoSuchDelivery
from cases.exchange.forms import CaseFiling, SentForm, VerificationRequest
from cases.exchange.mail import document_of, mail_of
from cases.exchange.model import DeliveryState, FormDelivery, FormReceiver, ReceiptWay, pause
from cases.exchange.ports import FormMailer, FormWebhook
from cases.exchange.receivers import ActiveReceivers, ReceiverHold
from cases.exchange.settings import ExchangeSettings
from core.cancellation import finish_before_cancel
from core.events import Event
from core.metrics import counter
from core.storage import NotBefore, OutboxRelay, Storage

EXCHANGE: Final = "exchange"
"""The outbox destination of `ExchangeFormQueued`."""
FINISH_S: Final = 20.0
"""How long a stop of the service waits for a form that is on its way."""
UNKNOWN_WAIT: Final = timedelta(seconds=1)
"""From one look whether the receivers are known to the next, at the start."""
AT_DESK: Final = "at-desk"
OVER: Final = "late"
_forms = counter("cases_exchange_forms", "Forms to departments, by what became of an attempt", ["outcome"])


class FormSender:
    def __init__(
        self,
        storage: Storage,
        receivers: ActiveReceivers,
        builder: FormBuilder,
        *,
        webhook: FormWebhook,
        mailer: FormMailer,
        settings: ExchangeSettings,
    ) -> None:
        self._storage = storage
        self._receivers = receivers
        self._builder = builder
        self._webhook = webhook
        self._mailer = mailer
        self._settings = settings
        self.relay = OutboxRelay(storage, EXCHANGE, self.deliver, at_once=settings.at_once)

    async def deliver(self, event: Event) -> None:
        """Send one form. Returns once there is nothing more to do about it; raises `NotBefore` to try again,
        and `StorageAway`.
        """
        assert isinstance(event, ExchangeFormQueued)
        now = self._storage.clock.now()
        if not self._receivers.known:
            raise NotBefore(now + UNKNOWN_WAIT)
        hold: ReceiverHold | None = None
        try:
            async with self._storage.read() as connection:
                delivery = await store.get(connection, event.delivery_id)
                if delivery.state is not DeliveryState.WAITING:
                    return
                receiver = self._receivers.of(delivery.department_id)
                if receiver is not None and now < delivery.expires_at:
                    hold = self._receivers.held(receiver, now)
                form = await self._builder.of_delivery(connection, delivery, now)
        except (NoSuchDelivery, NoSuchAssignment, NoSuchCase, NoSuchVerification):
            return  # erased
        if isinstance(form, VerificationRequest) and receiver is not None and not receiver.inspectors:
            receiver = None  # its inspectors are asked no more
        if hold is not None:
            await self._wait(delivery, hold)
        if receiver is None or now >= delivery.expires_at:
            why = AT_DESK if receiver is None else delivery.error or OVER
            await self._note(delivery, DeliveryState.DEAD, why)
            return
        await finish_before_cancel(self._send(delivery, receiver, form), FINISH_S)

    async def _wait(self, delivery: FormDelivery, hold: ReceiverHold) -> NoReturn:
        """Who took nothing lately is not asked by each of his forms. Raises `NotBefore`."""
        async with self._storage.write() as transaction:
            await store.change(
                transaction.connection, delivery.delivery_id, error=hold.error[:120], next_at=hold.until
            )
        raise NotBefore(hold.until)

    async def _send(self, delivery: FormDelivery, receiver: FormReceiver, form: SentForm) -> None:
        try:
            if receiver.way is ReceiptWay.MAIL and not isinstance(form, CaseFiling | VerificationRequest):
                await self._mailer.send(mail_of(form, receiver.mail))
            else:
                await self._webhook.post(receiver, delivery.delivery_id, document_of(form))
        except FormRefused as error:
            await self._note(delivery, DeliveryState.DEAD, error.detail, receiver.way)
        except FormUnsent as error:
            await self._again(delivery, receiver, error)
        else:
            self._receivers.free(receiver)
            await self._note(delivery, DeliveryState.DELIVERED, "", receiver.way)

    async def _again(self, delivery: FormDelivery, receiver: FormReceiver, error: FormUnsent) -> None:
        """Raises `NotBefore`, unless that would be after the form's life."""
        now = self._storage.clock.now()
        if self._receivers.of(delivery.department_id) == receiver:
            at = now + pause(self._settings, delivery.attempts + 1)
            self._receivers.hold(receiver, self._settings, now, error.detail, away=error.away)
        else:  # he receives in another way by now
            at = now + UNKNOWN_WAIT
        if at >= delivery.expires_at:
            await self._note(delivery, DeliveryState.DEAD, error.detail, receiver.way)
            return
        await self._note(delivery, DeliveryState.WAITING, error.detail, receiver.way, next_at=at)
        raise NotBefore(at)

    async def _note(
        self,
        delivery: FormDelivery,
        state: DeliveryState,
        error: str,
        way: ReceiptWay | None = None,
        *,
        next_at: datetime | None = None,
    ) -> None:
        """`way`: it was tried."""
        _forms.labels("failed" if state is DeliveryState.WAITING else state.value).inc()
        over = state is not DeliveryState.WAITING
        async with self._storage.write() as transaction:
            await store.change(
                transaction.connection, delivery.delivery_id, state=state.value, error=error[:120],
                attempts=delivery.attempts + (way is not None), way=(way or delivery.way).value,
                next_at=next_at, ended_at=transaction.clock.now() if over else None,
            )  # fmt: skip


def life(settings: ExchangeSettings) -> timedelta:
    """How long a form is tried."""
    return timedelta(hours=settings.life_h)
