"""Errors of blocking and unblocking an address."""

from __future__ import annotations

from core.errors import Conflict, NotFound, SonghuaError


class NoAddress(SonghuaError):
    kind = "no-address"
    title = "This is not an IP address"
    status = 422


class NeverBlocked(Conflict):
    kind = "never-blocked"
    title = "This address is never blocked"


class NotBlocked(NotFound):
    kind = "not-blocked"
    title = "This address is not blocked"
