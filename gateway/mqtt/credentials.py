"""Accounts for units, created while the broker runs: each unit has its own password and its own rights.

Speaks to Mosquitto's dynamic-security plugin on its control topic; only the `centre` account may.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from core.errors import Unavailable
from core.ids import uuid7
from gateway.mqtt.acl import CONTROL, unit_rules
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received
from gateway.mqtt.mosquitto import new_password

TIMEOUT_S = 5.0
_ALREADY = ("already exists", "already in")


class UnitAccounts:
    """Make before the link starts: it subscribes to the plugin's answers."""

    def __init__(self, link: MqttLink) -> None:
        self._link = link
        self._answers: dict[str, asyncio.Future[str]] = {}
        link.subscribe(f"{CONTROL}/response", self._on_response, name="broker-accounts")

    async def issue(self, uid: str, *, devices: Sequence[str] = ()) -> str:
        """A new password for this unit; the account and its rights are made where they are missing.

        `devices` are its location apps. An older password is void at once. Raises `Unavailable` when the
        broker is away or refuses.
        """
        password = new_password()
        role = f"unit:{uid}"
        rules = unit_rules(self._link.tenant, uid, devices)
        if not await self._ask("createRole", rolename=role, acls=rules):
            await self._ask("modifyRole", rolename=role, acls=rules)
        roles = [{"rolename": role, "priority": 0}]
        if not await self._ask("createClient", username=uid, password=password, roles=roles):
            await self._ask("modifyClient", username=uid, password=password, roles=roles)
        return password

    async def withdraw(self, uid: str) -> None:
        """The unit can no longer sign in; a running connection is ended by the broker."""
        await self._ask("deleteClient", tolerate=("not found",), username=uid)
        await self._ask("deleteRole", tolerate=("not found",), rolename=f"unit:{uid}")

    async def _ask(self, command: str, *, tolerate: tuple[str, ...] = _ALREADY, **arguments: Any) -> bool:
        """True when done, False when the plugin says what `tolerate` names."""
        token = str(uuid7())
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[token] = answer
        body = {"commands": [{"command": command, "correlationData": token, **arguments}]}
        try:
            await self._link.publish(CONTROL, json.dumps(body).encode())
            async with asyncio.timeout(TIMEOUT_S):
                error = await answer
        except TimeoutError as late:
            raise Unavailable(
                "the broker does not answer account commands",
                remedy="see that the broker runs with Songhua's rendered configuration",
            ) from late
        finally:
            self._answers.pop(token, None)
        if not error:
            return True
        if any(words in error.lower() for words in tolerate):
            return False
        raise Unavailable(f"the broker refuses {command}", remedy="read the broker's log")

    async def _on_response(self, message: Received) -> None:
        for token, error in parse_response(message.payload):
            answer = self._answers.get(token)
            if answer is not None and not answer.done():
                answer.set_result(error)


def parse_response(payload: bytes) -> list[tuple[str, str]]:
    """(correlation, error or "") of each answer in the plugin's message; what is malformed is left out."""
    try:
        body = json.loads(payload)
        responses = body["responses"] if isinstance(body, dict) else []
    except (ValueError, KeyError, RecursionError):
        return []
    if not isinstance(responses, list):
        return []
    return [
        (entry["correlationData"], str(entry.get("error", "")))
        for entry in responses
        if isinstance(entry, dict) and isinstance(entry.get("correlationData"), str)
    ]
