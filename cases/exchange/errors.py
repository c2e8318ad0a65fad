"""Errors of the exchange of forms."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound, Unavailable


class NoSuchDelivery(NotFound):
    kind: ClassVar[str] = "no-such-delivery"
    title: ClassVar[str] = "There is no such delivery"


class OrderDatesWrong(Invalid):
    """Registered, or due, long before or after now: a slip in the other system."""

    kind: ClassVar[str] = "order-dates-wrong"
    title: ClassVar[str] = "The work order's dates cannot be right"


class DeliveryUnderWay(Conflict):
    kind: ClassVar[str] = "delivery-under-way"
    title: ClassVar[str] = "The form is still on its way"


class ReceivesNoForms(Conflict):
    kind: ClassVar[str] = "receives-no-forms"
    title: ClassVar[str] = "The department receives its work at the desk"


class FormUnsent(Unavailable):
    """The receiver did not take the form; it may be tried again. The detail is a code that the desk has words
    for (`timeout`, `http-503`) and no word of the receiver's. `away`: it could not be reached at all, so
    nothing else reaches it now.
    """

    kind: ClassVar[str] = "form-unsent"
    title: ClassVar[str] = "The receiver did not take the form"

    def __init__(self, detail: str, *, remedy: str = "it is tried again", away: bool = False) -> None:
        super().__init__(detail, remedy=remedy)
        self.away = away


class FormRefused(Invalid):
    """For good: the receiver wants no forms any more, or its mail server refuses the mail."""

    kind: ClassVar[str] = "form-refused"
    title: ClassVar[str] = "The receiver refuses the form"
