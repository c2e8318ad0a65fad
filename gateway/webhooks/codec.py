"""Requests of webhooks. Pure. A receiver's secret is derived from one key of ours, so that none is stored;
how a request is signed is in `core.webhook_signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.webhook_signature import PREFIX


class BadAnswer(ValueError):
    """The receiver's answer is no HTTP."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where a form goes. `target` is path and query."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """As the header `Host` says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"


def address_of(url: str) -> WebAddress:
    """Raises `ValueError` for what `cases.exchange.model.is_web_address` refuses."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii():
        raise ValueError("no address of HTTP")
    if any(sign <= " " or sign == "\x7f" for sign in url):
        raise ValueError("a sign that no address has")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebAddress(secure, parts.hostname, parts.port or (443 if secure else 80), target)


def secret_of(key: bytes, department_id: str, number: int) -> bytes:
    """The secret that a department shares with us."""
    about = f"songhua webhook 1\n{department_id}\n{number}".encode()
    return hmac.new(key, about, hashlib.sha256).digest()


def written(secret: bytes) -> str:
    """As a receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def request_of(address: WebAddress, headers: Mapping[str, str], body: bytes) -> bytes:
    """A whole HTTP/1.1 request."""
    lines = [
        f"POST {address.target} HTTP/1.1",
        f"Host: {address.authority}",
        "User-Agent: songhua-exchange/1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def header_of(line: bytes) -> tuple[str, str]:
    """Name (in small letters) and value of a header of an answer. Raises `BadAnswer`."""
    name, colon, value = line.partition(b":")
    if not colon or not name.strip():
        raise BadAnswer
    return name.strip().decode("latin-1").lower(), value.strip().decode("latin-1")


def chunk_size(line: bytes) -> int:
    """How many bytes a chunk of an answer has. Raises `BadAnswer`."""
    digits = line.split(b";", 1)[0].strip()
    if not 1 <= len(digits) <= 8 or any(sign not in b"0123456789abcdefABCDEF" for sign in digits):
        raise BadAnswer
    return int(digits, 16)


def status_of(line: bytes) -> int:
    """The status in the first line of an answer. Raises `BadAnswer`."""
    words = line.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or len(words[1].rstrip()) != 3:
        raise BadAnswer
    code = words[1].rstrip()
    if not code.isdigit() or not b"100" <= code <= b"599":
        raise BadAnswer
    return int(code)
