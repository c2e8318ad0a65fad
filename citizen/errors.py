"""The errors of this room; each says what the reader can do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound, SonghuaError


class ReportInvalid(Invalid):
    """A report that cannot be stored: no text, too long, or a picture that is none."""

    kind: ClassVar[str] = "report-invalid"
    title: ClassVar[str] = "The report cannot be taken as it is"


class MessageReused(Conflict):
    """Nothing was stored."""

    kind: ClassVar[str] = "message-id-reused"
    title: ClassVar[str] = "This message id belongs to another report"


class NoSuchReport(NotFound):
    """Also for a wrong code: a guess learns nothing."""

    kind: ClassVar[str] = "no-such-report"
    title: ClassVar[str] = "There is no report with this number and code"


class ReportEnded(Conflict):
    """Nothing was stored: nobody would read it."""

    kind: ClassVar[str] = "report-ended"
    title: ClassVar[str] = "The report is closed and takes nothing more"


class NotRateable(Conflict):
    kind: ClassVar[str] = "not-rateable"
    title: ClassVar[str] = "A report is rated once it is closed"


class NoSuchPicture(NotFound):
    kind: ClassVar[str] = "no-such-picture"
    title: ClassVar[str] = "There is no such picture"


class ChannelOff(NotFound):
    """The operator has not switched this channel on."""

    kind: ClassVar[str] = "channel-off"
    title: ClassVar[str] = "Reports are not taken here"


class TooManyReports(SonghuaError):
    kind: ClassVar[str] = "too-many-reports"
    title: ClassVar[str] = "Too many requests from this address"
    status: ClassVar[int] = 429
