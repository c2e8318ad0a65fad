"""What posting to a feed can be refused for. Whoever posts learns the same of every refusal."""

from __future__ import annotations

from enum import StrEnum

from core.errors import NotFound, SonghuaError


class FeedFault(StrEnum):
    """Why an event was not taken; told to the operator alone."""

    UNKNOWN = "unknown"
    """There is no such source."""
    FORGED = "forged"
    LATE = "late"
    REPLAYED = "replayed"
    CERTIFICATE = "certificate"
    CONTENT = "content"
    FULL = "full"


class FeedRefused(SonghuaError):
    """Nothing was stored. It says the same for every cause."""

    kind = "feed-refused"
    title = "The event is not taken"
    status = 403

    def __init__(self, fault: FeedFault) -> None:
        super().__init__(remedy="ask the operator of the centre, who sees the cause")
        self.fault = fault


class FeedContentRefused(FeedRefused):
    """The body is no event as the settings of the source read it."""

    def __init__(self) -> None:
        super().__init__(FeedFault.CONTENT)


class FeedFull(SonghuaError):
    """Nothing was stored; the same event may be sent again, signed anew."""

    kind = "feed-full"
    title = "Too many events wait"
    status = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__(remedy=f"send it again in {wait_s} s", wait_s=wait_s)
        self.wait_s = wait_s


class NoSuchFeed(NotFound):
    kind = "no-such-feed"
    title = "There is no such feed"


class NoPlate(NotFound):
    """The event has none, or `[sensing] plate_key` was not set when it came."""

    kind = "no-plate"
    title = "No plate is stored with this event"
