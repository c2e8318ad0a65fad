"""What an OpenID provider's answers prove, and what they do not: every claim of an ID token is checked."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from pydantic import ValidationError

from core.actor import Role
from core.clock import SystemClock
from identity.errors import ProviderAway, ProviderRefused
from identity.oidc.model import (
    authorization,
    check_id_token,
    claimed,
    key_of,
    new_flow,
    read_flow,
    read_metadata,
)
from identity.oidc.provider import Provider
from identity.oidc.settings import OidcSettings

ISSUER, CLIENT, NONCE, NOW = "https://login.example.org", "songhua", "n", 1_800_000_000
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OTHER = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
KEYS = KeySet.import_key_set({"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]})
GOOD = {"iss": ISSUER, "aud": CLIENT, "sub": "s", "exp": NOW + 300, "iat": NOW, "nonce": NONCE}
DOCUMENT = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}  # fmt: skip


def token(key: Any = EC, alg: str = "ES256", **claims: Any) -> str:
    content = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, content, key, algorithms=[alg])


def check(text: str) -> dict[str, Any]:
    return check_id_token(text, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, now=NOW, skew_s=60)


def plain(**claims: Any) -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part({**GOOD, **claims})}."


def confused() -> str:
    """Signed by the text of the public key, as if it were a shared secret."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').rstrip(b"=").decode()
    signed = f"{head}.{plain().split('.')[1]}"
    mark = hmac.digest(RSA.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


@pytest.mark.parametrize("made", [token, lambda: token(RSA, "RS256"), lambda: token(exp=NOW - 50)])
def test_a_good_token_names_its_subject(made: Callable[[], str]) -> None:
    assert check(made())["sub"] == "s"


@pytest.mark.parametrize(
    "made",
    [
        lambda: token(iss="https://other.example.org"),
        lambda: token(aud="other"),
        lambda: token(aud=[CLIENT, "other"]),
        lambda: token(aud=[CLIENT, "other"], azp="other"),
        lambda: token(azp="other"),
        lambda: token(nonce="other"),
        lambda: token(nonce=None),
        lambda: token(exp=NOW - 120),
        lambda: token(exp=None),
        lambda: token(iat=NOW + 120),
        lambda: token(nbf=NOW + 120),
        lambda: token(sub=None),
        lambda: token(sub=""),
        lambda: token(sub=7),
        lambda: token(OTHER),
        confused,
        plain,
        lambda: "",
        lambda: "a.b.c",
    ],
)
def test_any_other_token_proves_nobody(made: Callable[[], str]) -> None:
    with pytest.raises(ProviderRefused):
        check(made())


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    key_of(text)
    with pytest.raises(ProviderRefused):
        check(text)


def test_the_key_that_it_names_is_read_before_it_is_checked() -> None:
    assert (key_of(token()), key_of("%%%.x.y"), key_of("W10.x.y")) == ("ec", None, None)


def test_the_way_there_carries_a_challenge_and_the_verifier_stays_here() -> None:
    flow = new_flow(NOW)
    there = authorization(read_metadata(DOCUMENT, ISSUER), CLIENT, "https://desk/cb", ["profile"], flow)
    assert "code_challenge_method=S256" in there
    assert flow.verifier not in there
    assert read_flow(flow.as_dict(), flow.state, NOW + 599) == flow
    for content, state, now in (
        (None, flow.state, NOW), (flow.as_dict(), "other", NOW), (flow.as_dict(), flow.state, NOW + 600),
    ):  # fmt: skip
        with pytest.raises(ProviderRefused):
            read_flow(content, state, now)


@pytest.mark.parametrize(
    "change", [{"issuer": "https://evil.example.org"}, {"token_endpoint": ""}, {"jwks_uri": 7}]
)
def test_a_discovery_document_is_of_this_issuer_and_whole(change: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        read_metadata({**DOCUMENT, **change}, ISSUER)


def test_roles_come_from_the_table_alone() -> None:
    def roles(value: Any, table: dict[str, list[Role]]) -> frozenset[Role] | None:
        told = {"sub": "s", "preferred_username": "Li.Na", "groups": value}
        who = claimed(
            told, user_claim="preferred_username", name_claim="name", role_claim="groups", roles=table
        )
        assert (who.user_id, who.name) == ("li.na", "li.na")
        return who.roles

    table = {"lines": [Role.AGENT], "leads": [Role.AGENT, Role.SUPERVISOR]}
    assert roles(["leads", "admin", 7], table) == frozenset({Role.AGENT, Role.SUPERVISOR})
    assert roles("lines", table) == frozenset({Role.AGENT})
    assert roles(["admin"], {}) is None
    for nothing in (["admin"], [], None, {"lines": 1}):
        with pytest.raises(ProviderRefused):
            roles(nothing, table)


@pytest.mark.parametrize("told", [None, "", "a", "../etc", ["li.na"], "x" * 64])
def test_a_claim_that_is_no_user_name_names_nobody(told: Any) -> None:
    with pytest.raises(ProviderRefused):
        claimed({"sub": "s", "u": told}, user_claim="u", name_claim="n", role_claim="g", roles={})


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "http://login.example.org", "client_id": "c"},
        {"issuer": "ftp://127.0.0.1", "client_id": "c"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "client_id": "c", "create": True},
        {"issuer": ISSUER, "client_id": "c", "address": "http://desk.example.org"},
    ],
)
def test_settings_that_would_let_others_in_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings(**told)


def test_this_machine_needs_no_encryption() -> None:
    assert OidcSettings(issuer="http://127.0.0.1:9", client_id="c").issuer


async def test_a_provider_that_hangs_holds_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = OidcSettings(issuer="http://127.0.0.1:9", client_id=CLIENT, timeout_s=0.05)
    provider = Provider(settings, SystemClock())
    goes_on = threading.Event()
    monkeypatch.setattr(provider, "_fetch", lambda *_asked: goes_on.wait(60))
    try:
        said = await asyncio.gather(*(provider.metadata() for _ in range(50)), return_exceptions=True)
        assert {type(one) for one in said} == {ProviderAway}
        assert await asyncio.wait_for(asyncio.to_thread(int), 10) == 0
    finally:
        goes_on.set()
