"""The Digest by which devices show their password (RFC 3261, 22; MD5 as GB/T 28181 has it). Pure.

A nonce is good for one proof within its time. It needs no memory until somebody proved himself with it, so
that a flood of strangers fills nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final

NONCE_S: Final = 60
MOST_USED: Final = 20_000
_PAIR: Final = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_STRANGER: Final = "a password that no device has"


class DigestRealm:
    """Challenges and proofs of one realm; `passwords` by the id of the device."""

    def __init__(self, realm: str, passwords: Mapping[str, str]) -> None:
        self.realm = realm
        self._passwords = passwords
        self._key = secrets.token_bytes(32)
        self._used: dict[str, float] = {}

    def challenge(self, now: float) -> str:
        """The value of `WWW-Authenticate`; `now` in monotonic seconds."""
        bare = f"{int(now)}.{secrets.token_hex(8)}"
        return f'Digest realm="{self.realm}", nonce="{bare}.{self._sealed(bare)}", qop="auth", algorithm=MD5'

    def proves(self, authorization: str, *, method: str, user: str, now: float) -> bool:
        """Whether this header shows the password of `user` for this method, with a nonce of ours that nobody
        has used. Its URI may differ from the request's, as that of SIPp and of some devices does: we are the
        only one that is addressed. An unknown user takes as long as a wrong password.
        """
        scheme, _, rest = authorization.partition(" ")
        said = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(rest[:2048])}
        password = self._passwords.get(user)
        wanted = self._response(said, user, password or _STRANGER, method)
        right = (
            scheme.lower() == "digest"
            and said.get("username") == user
            and said.get("realm") == self.realm
            and said.get("uri", "").startswith("sip:")
            and said.get("algorithm", "MD5").upper() == "MD5"
            and said.get("qop", "auth") == "auth"
            and hmac.compare_digest(wanted.encode(), said.get("response", "").lower().encode())
        )
        return right and password is not None and self._take(said.get("nonce", ""), now)

    def _response(self, said: Mapping[str, str], user: str, password: str, method: str) -> str:
        who = _md5(f"{user}:{self.realm}:{password}")
        what = _md5(f"{method}:{said.get('uri', '')}")
        if "qop" in said:
            middle = f"{said.get('nonce')}:{said.get('nc')}:{said.get('cnonce')}:auth"
            return _md5(f"{who}:{middle}:{what}")
        return _md5(f"{who}:{said.get('nonce')}:{what}")

    def _take(self, nonce: str, now: float) -> bool:
        """Whether it is ours, fresh, and unused; then it is used."""
        found = re.fullmatch(r"((\d{1,12})\.[0-9a-f]{16})\.([0-9a-f]{32})", nonce, re.ASCII)
        if found is None or not hmac.compare_digest(self._sealed(found.group(1)), found.group(3)):
            return False
        if not 0 <= now - int(found.group(2)) <= NONCE_S:
            return False
        if len(self._used) >= MOST_USED:
            self._used = {one: at for one, at in self._used.items() if now - at <= NONCE_S}
        if nonce in self._used or len(self._used) >= MOST_USED:
            return False
        self._used[nonce] = now
        return True

    def _sealed(self, bare: str) -> str:
        return hmac.new(self._key, bare.encode(), hashlib.sha256).hexdigest()[:32]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
