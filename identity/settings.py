"""Settings of sign-in and sessions."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from core.actor import Role
from identity.approvals.settings import ApprovalSettings
from identity.break_glass.settings import BreakGlassSettings
from identity.guessing.settings import GuessingSettings
from identity.oidc.settings import OidcSettings
from identity.passkeys.settings import PasskeySettings
from identity.tokens.settings import TokenSettings


class IdentitySettings(BaseModel):
    session_idle_s: float = Field(default=12 * 3600, gt=0, description="a session unused for so long ends")
    session_longest_s: float = Field(default=24 * 3600, gt=0, description="no session lives longer")
    secure_cookie: bool = Field(
        default=False,
        description="true behind a proxy that speaks TLS; with [web] tls cookies are secure anyway",
    )
    guessing: GuessingSettings = GuessingSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    break_glass: BreakGlassSettings = BreakGlassSettings()
    tokens: TokenSettings = TokenSettings()
    oidc: OidcSettings = OidcSettings()
    passkeys: PasskeySettings = PasskeySettings()
    security_contact: str = Field(
        default="", max_length=63, description="the user who is asked to look after an attack on sign-in"
    )
    second_factor_roles: frozenset[Role] = Field(
        default=frozenset(), description="who has one of these roles must have a second factor"
    )
    key_file: Path | None = Field(
        default=None,
        description="seals secrets of second factors outside the database; made when it is missing",
    )
    password_words: list[str] = Field(
        default=[], max_length=200, description="names of the place that no password may consist of"
    )
