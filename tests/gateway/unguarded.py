"""A gate that lets everybody through, for tests of routes that no table names."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from gateway.web.gate import AccessGate


class Unguarded(AccessGate):
    def __init__(self) -> None:
        """No lines."""

    async def admit(self, connection: HTTPConnection) -> None:
        """Everybody."""

    def check(self, app: FastAPI) -> None:
        """Nothing is compared."""
