"""Which departments receive forms, and how: as the setting `exchange` says now; and who took none lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases.exchange.model import FormReceiver, FormReceivers, ReceiptWay, pause
from cases.exchange.settings import ExchangeSettings

MOST_HELD: Final = timedelta(minutes=1)
"""How long a receiver that failed is not asked again by other forms: so long does it stay silent at most
after it was mended.
"""
MAIL_SERVER: Final = "@mail"
"""Stands among the departments for the server that all mails leave by."""


@dataclass(frozen=True, slots=True)
class ReceiverHold:
    """No form goes to a receiver until then: what failed at its last attempt."""

    until: datetime
    error: str
    failures: int


class ActiveReceivers:
    """`known` says whether the setting was read yet: no event is handed over before, and no form leaves."""

    def __init__(self) -> None:
        self.known = False
        self._receivers = FormReceivers().by_department()
        self._holds: dict[str, ReceiverHold] = {}

    def use(self, receivers: FormReceivers) -> Sequence[str]:
        """These instead, from now on; the departments that received in another way. They are held no more."""
        former, self._receivers = self._receivers, receivers.by_department()
        changed = [
            one
            for one in sorted(former.keys() | self._receivers.keys())
            if former.get(one) != self._receivers.get(one)
        ]
        for one in changed:
            self._holds.pop(one, None)
        self.known = True
        return changed

    def of(self, department_id: str) -> FormReceiver | None:
        """None for a department that receives its work at the desk."""
        return self._receivers.get(department_id)

    def inspecting(self) -> Sequence[FormReceiver]:
        """Those whose inspectors are asked to verify, in the order of the setting."""
        return [one for one in self._receivers.values() if one.inspectors]

    def held(self, receiver: FormReceiver, now: datetime) -> ReceiverHold | None:
        """Why nothing goes to him now, if so."""
        found = [self._holds[one] for one in _keys(receiver) if one in self._holds]
        return max((one for one in found if now < one.until), key=lambda one: one.until, default=None)

    def hold(
        self, receiver: FormReceiver, settings: ExchangeSettings, now: datetime, error: str, *, away: bool
    ) -> None:
        """An attempt failed: nothing else goes there for a while, twice as long each time, a minute at most.
        `away`: where it is by mail, the server takes nobody's.
        """
        mail = away and receiver.way is ReceiptWay.MAIL
        key = MAIL_SERVER if mail else receiver.department_id
        known = self._holds.get(key)
        if known is not None and now < known.until:
            return  # others that were under way with it
        failures = 1 if known is None else known.failures + 1
        self._holds[key] = ReceiverHold(now + min(pause(settings, failures), MOST_HELD), error, failures)

    def free(self, receiver: FormReceiver) -> None:
        """He has taken one, or is to be tried at once."""
        for key in _keys(receiver):
            self._holds.pop(key, None)


def _keys(receiver: FormReceiver) -> Sequence[str]:
    mail = receiver.way is ReceiptWay.MAIL
    return (receiver.department_id, MAIL_SERVER) if mail else (receiver.department_id,)
