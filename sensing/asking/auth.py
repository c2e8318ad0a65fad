"""How we show who we are: Basic and Digest (RFC 7617, RFC 7616), of HTTP and of RTSP alike. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

_PAIR: Final = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES: Final[dict[str, Callable[[bytes], str]]] = {
    "": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_STRONGEST: Final = ("sha-256", "md5", "")


@dataclass(frozen=True, slots=True)
class CameraLogin:
    """A user of a camera."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"CameraLogin({self.user!r})"


def answer(
    challenges: Sequence[str], login: CameraLogin, method: str, uri: str, *, nonce_ours: str = ""
) -> str:
    """The `Authorization` header for these `WWW-Authenticate` headers; empty when none is understood. The
    strongest Digest is taken, and Basic only where no Digest is asked for.
    """
    digests = {}
    for one in challenges:
        scheme, _, rest = one.partition(" ")
        if scheme.lower() == "digest":
            said = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(rest)}
            digests[said.get("algorithm", "").lower()] = said
    for algorithm in _STRONGEST:
        if algorithm in digests:
            return _digest(digests[algorithm], algorithm, login, method, uri, nonce_ours)
    if any(one.lower().startswith("basic") for one in challenges):
        return "Basic " + b64encode(f"{login.user}:{login.password}".encode()).decode()
    return ""


def _digest(
    said: dict[str, str], algorithm: str, login: CameraLogin, method: str, uri: str, nonce_ours: str
) -> str:
    hashed = _HASHES[algorithm]
    realm, nonce = said.get("realm", ""), said.get("nonce", "")
    who = hashed(f"{login.user}:{realm}:{login.password}".encode())
    what = hashed(f"{method}:{uri}".encode())
    parts = {"username": login.user, "realm": realm, "nonce": nonce, "uri": uri}
    bare = {}
    if "auth" in [one.strip() for one in said.get("qop", "").split(",")]:
        ours = nonce_ours or secrets.token_hex(8)
        proof = hashed(f"{who}:{nonce}:00000001:{ours}:auth:{what}".encode())
        bare = {"qop": "auth", "nc": "00000001"}
        parts["cnonce"] = ours
    else:
        proof = hashed(f"{who}:{nonce}:{what}".encode())
    parts["response"] = proof
    if said.get("opaque"):
        parts["opaque"] = said["opaque"]
    if algorithm:
        bare["algorithm"] = said["algorithm"]
    shown = [f'{name}="{_escaped(value)}"' for name, value in parts.items()]
    return "Digest " + ", ".join([*shown, *(f"{name}={value}" for name, value in bare.items())])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
