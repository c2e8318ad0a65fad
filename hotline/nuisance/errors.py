"""What is refused about listed numbers, each with its stable kind."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound


class NumberNotListed(Invalid):
    kind: ClassVar[str] = "number-not-listed"
    title: ClassVar[str] = "This number cannot be listed"


class BadEnd(Invalid):
    kind: ClassVar[str] = "listing-end"
    title: ClassVar[str] = "A listing ends, in the future and within 366 days"


class ReasonMissing(Invalid):
    kind: ClassVar[str] = "reason-missing"
    title: ClassVar[str] = "A reason is needed"


class AlreadyListed(Conflict):
    """`listing_id` is the one in force (empty: the settings list the number), `until` its end."""

    kind: ClassVar[str] = "nuisance-listed"
    title: ClassVar[str] = "This number is on the list already"


class NoSuchListing(NotFound):
    kind: ClassVar[str] = "no-such-listing"
    title: ClassVar[str] = "There is no such listing"


class ListingOver(Conflict):
    kind: ClassVar[str] = "listing-over"
    title: ClassVar[str] = "This listing has ended already"
