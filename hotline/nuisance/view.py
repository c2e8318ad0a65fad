"""A listing as people see it. The number is for supervisors and admins alone, as the whole list is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from core.events import PERSONAL
from core.models import Frozen
from hotline.nuisance.model import Listing, State


class ListingView(Frozen):
    """`number` is empty when it was forgotten long after the end."""

    listing_id: UUID
    number: Annotated[str, PERSONAL]
    reason: Annotated[str, PERSONAL]
    until: datetime
    state: State
    added_by: str
    added_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: Annotated[str, PERSONAL]


def view(listing: Listing, now: datetime) -> ListingView:
    """The listing as desks see it: whether it holds at `now`."""
    return ListingView(
        listing_id=listing.listing_id,
        number=listing.number,
        reason=listing.reason,
        until=listing.until,
        state=listing.state(now),
        added_by=listing.added_by,
        added_at=listing.added_at,
        lifted_by=listing.lifted_by or None,
        lifted_at=listing.lifted_at,
        lift_reason=listing.lift_reason,
    )
