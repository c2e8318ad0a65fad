"""What is told of the desk's phones: to the person's own pages alone."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from core.events import Event
from hotline.view import HotlineView


class PhoneClaimView(HotlineView):
    """The page that has the person's phone, None where nobody has claimed it; `claimed_at` is since when."""

    endpoint: str
    page_id: str | None
    load_id: str | None
    claimed_at: datetime | None


class PhoneClaimed(Event):
    """A page has taken the phone: every other page of this person gives it up."""

    TYPE: ClassVar[str] = "hotline.phone_claimed"
    agent_id: str
    claim: PhoneClaimView
