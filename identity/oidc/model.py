"""Requests to an OpenID provider, and validation of its answers. Pure.

OpenID Connect Core 1.0, 3.1; PKCE by RFC 7636; the issuer in the answer by RFC 9207.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.actor import Role
from identity.errors import BadUserName, ProviderRefused
from identity.model import check_user_id

ALGORITHMS: Final = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
]
"""Signatures by a key that the provider alone has; never `none`, never one by a shared secret."""
FLOW_S: Final = 600
"""So long somebody may take at the provider."""
MOST_VALUES: Final = 500
"""Values of the claim of roles that are looked at."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The endpoints of a provider, from its discovery document."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    posts_secret: bool


@dataclass(frozen=True, slots=True)
class AuthorizationFlow:
    """One way to the provider and back: kept in the browser that goes it."""

    state: str
    nonce: str
    verifier: str
    until: float

    def as_dict(self) -> dict[str, Any]:
        """The flow as its sealed cookie holds it."""
        return {"state": self.state, "nonce": self.nonce, "verifier": self.verifier, "until": self.until}


@dataclass(frozen=True, slots=True)
class Claimed:
    """The person that the provider names. `roles` is None where the settings give none by claim."""

    subject: str
    user_id: str
    name: str
    roles: frozenset[Role] | None


def new_flow(now: float) -> AuthorizationFlow:
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return AuthorizationFlow(state, nonce, verifier, now + FLOW_S)


def read_flow(content: Mapping[str, Any] | None, state: str, now: float) -> AuthorizationFlow:
    """The flow that this browser began. Raises `ProviderRefused` when it is another's, or too long ago."""
    if content is None:
        raise ProviderRefused("not begun here", remedy="start the sign-in again, in one browser")
    flow = AuthorizationFlow(**content)
    if not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise ProviderRefused("another state", remedy="start the sign-in again, in one browser")
    if flow.until <= now:
        raise ProviderRefused("too late", remedy="start the sign-in again")
    return flow


def authorization(
    metadata: Metadata, client_id: str, back: str, scopes: Sequence[str], flow: AuthorizationFlow
) -> str:
    """Where the browser goes. `back` is our own address to which it returns."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=")
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": back,
        "scope": " ".join(("openid", *scopes)),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    return f"{metadata.authorize}{'&' if '?' in metadata.authorize else '?'}{urlencode(asked)}"


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Raises `ProviderRefused` for a document of another issuer, or that lacks something."""
    if document.get("issuer") != issuer:
        raise ProviderRefused(
            "the provider calls itself otherwise",
            remedy="write identity.oidc.issuer as its discovery document does",
        )
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    ends = [
        document.get(f"{name}_endpoint", "") for name in ("authorization", "token", "userinfo", "end_session")
    ]
    ends.append(document.get("jwks_uri", ""))
    if not all(isinstance(one, str) for one in ends) or not (ends[0] and ends[1] and ends[4]):
        raise ProviderRefused(
            "its discovery document lacks an endpoint", remedy="check that it is an OpenID provider"
        )
    return Metadata(
        issuer, ends[0], ends[1], ends[4], ends[2], ends[3],
        posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
    )  # fmt: skip


def check_id_token(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: float, skew_s: float
) -> dict[str, Any]:
    """The claims of an ID token. Raises `ProviderRefused`, which names what is wrong with it."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(
            now=lambda: int(now),
            leeway=round(skew_s),
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise ProviderRefused(f"its proof is not valid: {type(error).__name__}: {error}") from error
    claims: dict[str, Any] = decoded.claims
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise ProviderRefused("its proof is for another application")
    if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
        raise ProviderRefused("its proof names no person")
    return claims


def key_of(token: str) -> str | None:
    """Which key the provider says that it signed with; None where it does not say. Unchecked."""
    try:
        head = token.split(".", 1)[0]
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("kid")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def claimed(
    claims: Mapping[str, Any],
    *,
    user_claim: str,
    name_claim: str,
    role_claim: str,
    roles: Mapping[str, Sequence[Role]],
) -> Claimed:
    """The person that these claims name. Raises `ProviderRefused` for one without a user name, and for one
    without any role where roles come from the provider.
    """
    told = claims.get(user_claim)
    try:
        user_id = check_user_id(told if isinstance(told, str) else "")
    except BadUserName as error:
        raise ProviderRefused(
            f"the claim {user_claim} is not a user name", remedy="see identity.oidc.user_claim"
        ) from error
    name = claims.get(name_claim)
    shown = name[:200] if isinstance(name, str) and name.strip() else user_id
    if not roles:
        return Claimed(claims["sub"], user_id, shown, None)
    values = claims.get(role_claim)
    listed = values[:MOST_VALUES] if isinstance(values, list) else [values]
    given = frozenset(role for value in listed if isinstance(value, str) for role in roles.get(value, ()))
    if not given:
        raise ProviderRefused(f"the claim {role_claim} gives no role", remedy="see identity.oidc.roles")
    return Claimed(claims["sub"], user_id, shown, given)
