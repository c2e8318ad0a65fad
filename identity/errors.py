"""Errors about users and sessions."""

from __future__ import annotations

from core.errors import Conflict, Forbidden, Invalid, NotFound, SonghuaError, Unauthenticated, Unavailable


class BadUserName(Invalid):
    kind = "bad-user-name"
    title = "This is not a valid user name"


class BadScope(Invalid):
    kind = "bad-scope"
    title = "This is not a valid scope"


class BadSkill(Invalid):
    kind = "bad-skill"
    title = "This is not a valid skill"


class WeakPassword(Invalid):
    kind = "weak-password"
    title = "The password is too weak"


class UserExists(Conflict):
    kind = "user-exists"
    title = "A user with this name already exists"


class WrongCredentials(Unauthenticated):
    """Says the same for an unknown user and for a wrong password."""

    kind = "wrong-credentials"
    title = "User name or password is wrong"


class TooManyAttempts(SonghuaError):
    kind = "too-many-attempts"
    title = "Too many failed sign-ins"
    status = 429


class KeyUnusable(Unavailable):
    kind = "identity-key"
    title = "The sign-in key cannot be used"


class WrongPassword(Forbidden):
    """The signed-in person gave a wrong password. The session goes on."""

    kind = "wrong-password"
    title = "The password is wrong"


class WrongCode(Forbidden):
    """The code is not right, was used before, or is too old."""

    kind = "wrong-code"
    title = "This code is wrong"


class SignInAgain(Unauthenticated):
    """The first step was too long ago, or the password has changed since."""

    kind = "sign-in-again"
    title = "Start the sign-in again"


class SecondFactorMissing(Forbidden):
    kind = "second-factor-missing"
    title = "Your role needs a second factor"


class NoSecondFactor(Conflict):
    kind = "no-second-factor"
    title = "There is no second factor"


class SecondFactorKept(Conflict):
    """The role asks for one."""

    kind = "second-factor-kept"
    title = "Your role needs its second factor"


class SecondFactorNeeded(Unauthenticated):
    """The password was right. `ticket` opens the second step; `passkey`: one may stand for the code."""

    kind = "second-factor-needed"
    title = "A code of your second factor is needed"

    def __init__(self, *, ticket: str, passkey: bool = False) -> None:
        super().__init__(remedy="send the code with the ticket to /api/session/second")
        self.ticket = ticket
        self.passkey = passkey


class BadToken(Invalid):
    kind = "bad-token"
    title = "This API token cannot be created"


class TooManyTokens(Conflict):
    kind = "too-many-tokens"
    title = "This person has too many API tokens"


class TokensByAdmins(Forbidden):
    kind = "tokens-by-admins"
    title = "Only administrators create API tokens here"


class TokenOver(Unauthenticated):
    """The token was revoked or has expired, or its owner lost the right."""

    kind = "token-over"
    title = "This API token is no longer valid"


class NoPasskeys(NotFound):
    kind = "no-passkeys"
    title = "There are no passkeys"


class BadPasskey(Invalid):
    kind = "bad-passkey"
    title = "This passkey cannot be set up"


class WrongPasskey(Forbidden):
    """The proof is not right, was used before, or is too old."""

    kind = "wrong-passkey"
    title = "This passkey's proof is not valid"


class ProviderAway(Unavailable):
    kind = "provider-away"
    title = "The sign-in provider is not available"


class ProviderRefused(Unauthenticated):
    """What came from the provider proves nobody who may sign in here."""

    kind = "provider-refused"
    title = "The sign-in through the provider failed"


class PasswordNotHere(Forbidden):
    """The password was right, and this person's roles sign in by the provider alone."""

    kind = "password-not-here"
    title = "Sign in through the provider"


class UnknownAttack(NotFound):
    kind = "unknown-attack"
    title = "There is no such attack"


class UnknownRequest(NotFound):
    kind = "unknown-request"
    title = "There is no such request"


class NotOpen(Conflict):
    """The request was decided or started, or has expired."""

    kind = "request-not-open"
    title = "This request can no longer be changed"


class OwnRequest(Conflict):
    """The requester cannot approve the own request."""

    kind = "own-request"
    title = "Another person has to do this"


class NotIndependent(Conflict):
    """The requester recently created the approver's account or its credentials."""

    kind = "not-independent"
    title = "The requester changed this account"


class BadRequest(Invalid):
    kind = "bad-request"
    title = "This approval request is not valid"


class TooManyRequests(Conflict):
    kind = "too-many-requests"
    title = "Too many of your requests are waiting"


class UnknownOversightAlarm(NotFound):
    kind = "unknown-alarm"
    title = "There is no such alarm"


class WrongEnvelope(Unauthenticated):
    """The words are not those of the sealed envelope, or it was used, or none is sealed."""

    kind = "wrong-envelope"
    title = "These are not the words in the envelope"


class BadSeal(Invalid):
    kind = "bad-seal"
    title = "The break-glass account cannot be sealed"
