"""The cookies of a browser: their names and attributes, by whether its connection is encrypted.

Over TLS a name has a prefix that browsers keep to (RFC 6265bis, 4.1.3): no other site of the domain, and
nobody who answers for it without TLS, can plant a session of his own.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from identity.settings import IdentitySettings

SESSION: Final = "songhua_session"
DEVICE: Final = "songhua_device"
DEVICE_PATH: Final = "/api/session"
FLOW: Final = "songhua_provider"
"""Of the way to the OpenID provider and back."""
FLOW_PATH: Final = "/api/session/provider"
HOST: Final = "__Host-"
"""Only with Secure, path / and no domain."""
SECURE: Final = "__Secure-"
_TLS: Final = frozenset({"https", "wss"})


class Cookies:
    """With `secure_cookie` a proxy in front speaks TLS; else the connection itself says whether it does."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._always_secure = settings.secure_cookie
        self._device_s = settings.guessing.device_days * 86_400

    def session_of(self, connection: HTTPConnection) -> str | None:
        """The session's secret; None without a session."""
        return connection.cookies.get(self._name(connection, HOST, SESSION))

    def device_of(self, connection: HTTPConnection) -> str:
        """The secret by which a browser is known; empty for a new one."""
        return connection.cookies.get(self._name(connection, SECURE, DEVICE), "")

    def set_session(self, connection: HTTPConnection, response: Response, token: str) -> None:
        secure = self._secure(connection)
        name = self._name(connection, HOST, SESSION)
        response.set_cookie(name, token, httponly=True, samesite="strict", secure=secure, path="/")

    def forget_session(self, connection: HTTPConnection, response: Response) -> None:
        secure = self._secure(connection)
        name = self._name(connection, HOST, SESSION)
        response.delete_cookie(name, httponly=True, samesite="strict", secure=secure, path="/")

    def set_device(self, connection: HTTPConnection, response: Response, device: str) -> None:
        secure = self._secure(connection)
        name = self._name(connection, SECURE, DEVICE)
        response.set_cookie(
            name, device, httponly=True, samesite="strict", secure=secure, path=DEVICE_PATH,
            max_age=self._device_s,
        )  # fmt: skip

    def flow_of(self, connection: HTTPConnection) -> str:
        """The sealed state of a sign-in by a provider that is under way; empty without one."""
        return connection.cookies.get(self._name(connection, SECURE, FLOW), "")

    def set_flow(self, connection: HTTPConnection, response: Response, kept: str, lasts_s: int) -> None:
        """Sent also where another site leads back to us (`lax`): that is the way of the provider."""
        secure = self._secure(connection)
        response.set_cookie(
            self._name(connection, SECURE, FLOW), kept, httponly=True, samesite="lax", secure=secure,
            path=FLOW_PATH, max_age=lasts_s,
        )  # fmt: skip

    def forget_flow(self, connection: HTTPConnection, response: Response) -> None:
        secure = self._secure(connection)
        name = self._name(connection, SECURE, FLOW)
        response.delete_cookie(name, httponly=True, samesite="lax", secure=secure, path=FLOW_PATH)

    def address_of(self, connection: HTTPConnection) -> str:
        """Where this browser reaches us: `https://host`."""
        scheme = "https" if self._secure(connection) else "http"
        return f"{scheme}://{connection.headers.get('host', '')}"

    def _secure(self, connection: HTTPConnection) -> bool:
        return self._always_secure or connection.scope.get("scheme") in _TLS

    def _name(self, connection: HTTPConnection, prefix: str, name: str) -> str:
        return prefix + name if self._secure(connection) else name
