"""Accounts for units, created while the broker runs: each unit has its own password and its own rights.

Speaks to Mosquitto's dynamic-security plugin on its control topic; only the `centre` account may.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from core.errors import Unavailable
from core.ids import uuid7
from gateway.mqtt.acl import CONTROL, unit_rules
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received
from gateway.mqtt.mosquitto import new_password

TIMEOUT_S = 5.0
Answer = tuple[str, Any]
"""The plugin's error, empty when there is none, and its data."""
_ALREADY = ("already exists", "already in")


class UnitAccounts:
    """Make before the link starts: it subscribes to the plugin's answers. `hears` gives the talkgroups whose
    floor a unit may follow, as far as they are known at once.
    """

    def __init__(self, link: MqttLink, hears: Callable[[str], Sequence[str]] = lambda _uid: ()) -> None:
        self._link = link
        self._hears = hears
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        link.subscribe(f"{CONTROL}/response", self._on_response, name="broker-accounts")

    async def issue(self, uid: str, *, devices: Sequence[str] = ()) -> str:
        """A new password for this unit; the account and its rights are made where they are missing.

        `devices` are its location apps. An older password is void at once. Raises `Unavailable` when the
        broker is away or refuses.
        """
        password = new_password()
        role = f"unit:{uid}"
        rules = unit_rules(self._link.tenant, uid, devices, self._hears(uid))
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

    async def let_hear(self, uid: str, talkgroups: Sequence[str], *, devices: Sequence[str] = ()) -> bool:
        """From now on the unit may hear who has the floor of these talkgroups, and of no others; whether that
        was news. A unit without an account is left alone. Raises `Unavailable`.
        """
        role = f"unit:{uid}"
        error, data = await self._answer("getRole", tolerate=("not found",), rolename=role)
        rules = unit_rules(self._link.tenant, uid, devices, talkgroups)
        if error or _topics(data) == {(rule["acltype"], rule["topic"]) for rule in rules}:
            return False
        await self._ask("modifyRole", tolerate=("not found", "not exist"), rolename=role, acls=rules)
        return True

    async def _ask(self, command: str, *, tolerate: tuple[str, ...] = _ALREADY, **arguments: Any) -> bool:
        """True when done, False when the plugin says what `tolerate` names."""
        error, _ = await self._answer(command, tolerate=tolerate, **arguments)
        return not error

    async def _answer(self, command: str, *, tolerate: tuple[str, ...], **arguments: Any) -> Answer:
        """What the plugin says; an error is one that `tolerate` names."""
        token = str(uuid7())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[token] = answer
        body = {"commands": [{"command": command, "correlationData": token, **arguments}]}
        try:
            await self._link.publish(CONTROL, json.dumps(body).encode())
            async with asyncio.timeout(TIMEOUT_S):
                found = await answer
        except TimeoutError as late:
            raise Unavailable(
                "the broker does not answer account commands",
                remedy="check that the broker runs with Songhua's rendered configuration",
            ) from late
        finally:
            self._answers.pop(token, None)
        if not found[0] or any(words in found[0].lower() for words in tolerate):
            return found
        raise Unavailable(f"the broker refuses {command}", remedy="see the broker's log")

    async def _on_response(self, message: Received) -> None:
        for token, error, data in parse_response(message.payload):
            answer = self._answers.get(token)
            if answer is not None and not answer.done():
                answer.set_result((error, data))


def new_client_id(device: str) -> str:
    """For a location app. Who signs in with the same one ends the app's session, whatever his account, so
    nobody can guess it: 64 random bits.
    """
    return f"{device}-{secrets.token_hex(8)}"


def _topics(data: Any) -> set[tuple[str, str]]:
    """Kind and topic of each rule in the plugin's answer about a role."""
    try:
        return {(str(rule["acltype"]), str(rule["topic"])) for rule in data["role"]["acls"]}
    except (KeyError, TypeError):
        return set()


def parse_response(payload: bytes) -> list[tuple[str, str, Any]]:
    """(correlation, error or "", data) of each answer of the plugin; what is malformed is left out."""
    try:
        body = json.loads(payload)
        responses = body["responses"] if isinstance(body, dict) else []
    except (ValueError, KeyError, RecursionError):
        return []
    if not isinstance(responses, list):
        return []
    return [
        (entry["correlationData"], str(entry.get("error", "")), entry.get("data"))
        for entry in responses
        if isinstance(entry, dict) and isinstance(entry.get("correlationData"), str)
    ]
