"""Who may do what with people and sessions: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import EVERYONE, open_to_all, right

SIGN_IN: Final = open_to_all(
    "sign in",
    "POST /api/session",
    "POST /api/session/second",
    "POST /api/session/passkey/begin",
    "POST /api/session/passkey",
    "GET /api/session/ways",
    "GET /api/session/provider",
    "GET /api/session/provider/callback",
    proof="own",
    rule="name and password, or the proof of the OpenID provider; limited by name and address",
)
SIGN_OUT: Final = open_to_all("end the own session", "DELETE /api/session", rule="only the session that asks")
OWN_SESSION: Final = right("see the own session", EVERYONE, "GET /api/session", rule="only the own one")
PEOPLE: Final = right(
    "see people and their scopes", (Role.ADMIN,), "GET /api/users", "GET /api/users/{user_id}/scopes"
)
ADD_PEOPLE: Final = right(
    "add and import people, set their roles and scopes, switch them off and on",
    (Role.ADMIN,),
    "POST /api/users",
    "POST /api/users/import",
    "POST /api/users/{user_id}/scopes",
    "POST /api/users/{user_id}/roles",
    "POST /api/users/{user_id}/active",
    by_token=False,
)
SKILLS: Final = right(
    "set people's skills", (Role.SUPERVISOR, Role.ADMIN), "POST /api/users/{user_id}/skills"
)
OWN_ACCOUNT: Final = right(
    "change the own password, second factor and passkeys, see and end the own sessions",
    EVERYONE,
    "GET /api/account",
    "POST /api/account/password",
    "POST /api/account/second-factor",
    "POST /api/account/second-factor/confirm",
    "POST /api/account/second-factor/remove",
    "POST /api/account/recovery-codes",
    "GET /api/account/passkeys",
    "POST /api/account/passkeys/begin",
    "POST /api/account/passkeys",
    "POST /api/account/passkeys/{passkey_id}/remove",
    "GET /api/account/sessions",
    "POST /api/account/sessions/end",
    rule="only the own one; each change asks for the password once more",
    by_token=False,
)
OWN_TOKENS: Final = right(
    "see, make and revoke the own API tokens",
    EVERYONE,
    "GET /api/account/tokens",
    "POST /api/account/tokens",
    "POST /api/account/tokens/{token_id}/revoke",
    rule="only the own ones; making one asks for the password, and `identity.tokens.own` allows it",
    by_token=False,
)
TOKENS: Final = right(
    "see, make and revoke everybody's API tokens",
    (Role.ADMIN,),
    "GET /api/tokens",
    "POST /api/tokens",
    "POST /api/tokens/{token_id}/revoke",
    rule="making one asks for the own password",
    by_token=False,
)
ACCOUNTS: Final = right(
    "reset another's second factor, see and end another's sessions",
    (Role.ADMIN,),
    "POST /api/users/{user_id}/second-factor/reset",
    "GET /api/users/{user_id}/sessions",
    "POST /api/users/{user_id}/sessions/end",
    by_token=False,
)
ATTACKS: Final = right(
    "see attacks on sign-in and take one over",
    (Role.ADMIN, Role.SUPERVISOR),
    "GET /api/attacks",
    "POST /api/attacks/{attack_id}/acknowledge",
    rule="the security contact of the settings too",
)
AUDIT: Final = right(
    "search the audit trail",
    (Role.ADMIN, Role.SUPERVISOR),
    "GET /api/audit",
    rule="each look is a row of it",
)

RIGHTS: Final = (
    SIGN_IN, SIGN_OUT, OWN_SESSION, PEOPLE, ADD_PEOPLE, SKILLS, OWN_ACCOUNT, OWN_TOKENS, TOKENS, ACCOUNTS,
    ATTACKS, AUDIT,
)  # fmt: skip
