"""The client of an OpenID provider: discovery document, keys, tokens. Every request has a deadline and a size
limit and follows no redirect; answers are untrusted until they are checked.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote, urlencode

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.clock import Clock
from core.http_client import NoRedirect
from core.metrics import counter
from identity.errors import ProviderAway, ProviderRefused
from identity.oidc.model import Metadata, check_id_token, key_of, read_metadata
from identity.oidc.settings import OidcSettings, is_safe

MOST_BYTES: Final = 512 * 1024
AT_ONCE: Final = 8
"""Requests on threads of their own: while the provider hangs, nothing else waits for one."""
FRESH_S: Final = 3_600.0
"""So long discovery document and keys are used before they are asked for again."""
KEYS_AGAIN_S: Final = 10.0
"""An unknown key is asked for no more often."""
_failed = counter("identity_provider_failures", "Requests to the OpenID provider that failed", ["why"])


class Provider:
    """Every method may raise `ProviderAway`, and `ProviderRefused` for an answer that proves nothing."""

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="provider")
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def metadata(self) -> Metadata:
        known = self._metadata
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = read_metadata(await self._ask(address), self._settings.issuer)
        for end in (found.authorize, found.token, found.keys, found.userinfo, found.end_session):
            if end and not is_safe(end):
                raise ProviderRefused("an endpoint of it is not https")
        self._metadata = (self._clock.monotonic() + FRESH_S, found)
        return found

    async def redeem(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        """What the token endpoint gives for a code."""
        metadata, settings = await self.metadata(), self._settings
        secret = settings.client_secret.get_secret_value()
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier,
        }  # fmt: skip
        headers = {}
        if secret and not metadata.posts_secret:
            # RFC 6749, 2.3.1: both are form-encoded first.
            pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": settings.client_id} | ({"client_secret": secret} if secret else {})
        return await self._ask(metadata.token, headers, urlencode(form).encode())

    async def claims(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, and what the provider adds when it is asked."""
        token, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise ProviderRefused("it sent no ID token")
        metadata = await self.metadata()
        keys = await self._keys_with(key_of(token))
        claims = check_id_token(
            token, keys, issuer=metadata.issuer, client_id=self._settings.client_id, nonce=nonce,
            now=self._clock.now().timestamp(), skew_s=self._settings.skew_s,
        )  # fmt: skip
        wanted = {self._settings.user_claim, *([self._settings.role_claim] if self._settings.roles else [])}
        if wanted <= claims.keys() or not metadata.userinfo or not isinstance(access, str):
            return claims
        added = await self._ask(metadata.userinfo, {"Authorization": f"Bearer {access}"})
        if added.get("sub") != claims["sub"]:
            raise ProviderRefused("its answer is about another person")
        return {**added, **claims}

    async def _keys_with(self, kid: str | None) -> KeySet:
        """The provider's keys; asked for anew when it signs with one that is not known yet."""
        now = self._clock.monotonic()
        if self._keys is not None:
            asked, keys = self._keys
            knows = kid is None or any(one.kid == kid for one in keys.keys)
            if (knows and now - asked < FRESH_S) or (not knows and now - asked < KEYS_AGAIN_S):
                return keys
        document = await self._ask((await self.metadata()).keys)
        try:
            found = KeySet.import_key_set({"keys": [one for one in document["keys"] if _is_key(one)]})
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderRefused("its keys cannot be read") from error
        self._keys = (now, found)
        return found

    async def _ask(
        self, address: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> dict[str, Any]:
        asked = asyncio.get_running_loop().run_in_executor(
            self._threads, self._fetch, address, dict(headers or {}), body
        )
        try:
            async with asyncio.timeout(2 * self._settings.timeout_s):
                answer = await asked
        except urllib.error.HTTPError as error:
            _failed.labels("status").inc()
            if error.code >= 500:
                raise ProviderAway(f"it answers {error.code}") from error
            raise ProviderRefused(f"it answers {error.code}", remedy="check client id and secret") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            _failed.labels("away").inc()
            raise ProviderAway(type(error).__name__) from error
        try:
            found = json.loads(answer)
        except ValueError as error:
            raise ProviderRefused("its answer is no JSON") from error
        if not isinstance(found, dict):
            raise ProviderRefused("its answer is no object")
        return found

    def _fetch(self, address: str, headers: dict[str, str], body: bytes | None) -> bytes:
        ca = self._settings.ca_file
        trust = ssl.create_default_context(cafile=ca)
        opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=trust))
        request = urllib.request.Request(  # noqa: S310  # https, or this machine: checked before
            address, data=body, headers={"Accept": "application/json", **headers}
        )
        with opener.open(request, timeout=self._settings.timeout_s) as answer:
            found: bytes = answer.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise ValueError("too long")
        return found


def _is_key(one: Any) -> bool:
    """A public key for signatures; others in the set are none of ours."""
    return isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"} and one.get("use", "sig") == "sig"
