"""The error family that every room extends, and its form on the wire (RFC 9457 problem documents)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

PROBLEM_PREFIX = "urn:songhua:problem:"


class SonghuaError(Exception):
    """An error with a stable kind, an HTTP status, and what the reader can do about it.

    `kind` never changes once published; clients decide by it. `detail` must not hold personal data.
    """

    kind: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error in Songhua"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", *, remedy: str = "", **extra: str | float | bool | None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.remedy = remedy
        self.extra = extra


class NotFound(SonghuaError):
    kind = "not-found"
    title = "Not found"
    status = 404


class Conflict(SonghuaError):
    """The thing has moved on since the caller looked."""

    kind = "conflict"
    title = "The resource has changed in the meantime"
    status = 409


class Invalid(SonghuaError):
    kind = "invalid"
    title = "The request is not valid"
    status = 422


class Forbidden(SonghuaError):
    kind = "forbidden"
    title = "Your role does not allow this"
    status = 403


class Unauthenticated(SonghuaError):
    kind = "unauthenticated"
    title = "Sign in first"
    status = 401


class Unavailable(SonghuaError):
    """A part that this needs is away; the same request may work later."""

    kind = "unavailable"
    title = "A required service is not available"
    status = 503


class Problem(BaseModel):
    """RFC 9457 problem document; `remedy` is our extension member."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=[PROBLEM_PREFIX + "not-found"])
    title: str
    status: int
    detail: str = ""
    remedy: str = ""


def problem_of(error: SonghuaError) -> Problem:
    """The error as a problem document (RFC 9457)."""
    return Problem.model_validate(
        {
            **error.extra,
            "type": PROBLEM_PREFIX + error.kind,
            "title": error.title,
            "status": error.status,
            "detail": error.detail,
            "remedy": error.remedy,
        }
    )
