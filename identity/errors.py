"""What can go wrong with people and their sessions."""

from __future__ import annotations

from core.errors import Conflict, Invalid, SonghuaError, Unauthenticated


class BadUserName(Invalid):
    kind = "bad-user-name"
    title = "This is not a user name"


class BadSkill(Invalid):
    kind = "bad-skill"
    title = "This is not a skill with a level"


class WeakPassword(Invalid):
    kind = "weak-password"
    title = "The password is too weak"


class UserExists(Conflict):
    kind = "user-exists"
    title = "There is already a user of this name"


class WrongCredentials(Unauthenticated):
    """Says the same for an unknown user and for a wrong password."""

    kind = "wrong-credentials"
    title = "User name or password is wrong"


class TooManyAttempts(SonghuaError):
    kind = "too-many-attempts"
    title = "Too many failed sign-ins"
    status = 429
