"""The first administrator and the first agent. Who is there already keeps his password."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from typing import Final

from core.actor import Role
from gateway.commands.acting import operator
from gateway.commands.common import open_storage
from gateway.installation.context import Installation
from gateway.installation.plan import StepName
from identity.model import User
from identity.service import IdentityService

VARIABLES: Final = {"administrator": "SONGHUA_ADMIN_PASSWORD", "agent": "SONGHUA_AGENT_PASSWORD"}
"""Environment variables with a password to take instead of a random one."""


class FirstPeople:
    name = StepName.PEOPLE

    def missing(self, to: Installation) -> Sequence[str]:
        return [f"{one.id} ({', '.join(sorted(one.roles))})" for one in asyncio.run(_lacking(to))]

    def do(self, to: Installation) -> Sequence[str]:
        return asyncio.run(_add(to))


def first_people(to: Installation) -> dict[str, User]:
    """By the question that names them. The agent has the first phone of the settings."""
    told, switch = to.answers(), to.settings.asterisk
    phone = switch.agents[0].name if switch is not None and switch.agents else None
    return {
        "administrator": User(told.administrator, told.administrator, frozenset({Role.ADMIN})),
        "agent": User(told.agent, told.agent, frozenset({Role.AGENT}), endpoint=phone),
    }


async def _lacking(to: Installation) -> list[User]:
    async with open_storage(to.settings) as storage:
        there = {one.id for one in await IdentityService(storage, to.settings.identity).users()}
    first = first_people(to)
    # A centre that has other people needs none of these.
    if there and first["administrator"].id not in there:
        return []
    return [one for one in first.values() if one.id not in there]


async def _add(to: Installation) -> list[str]:
    lacking, done = {one.id for one in await _lacking(to)}, []
    async with open_storage(to.settings) as storage:
        identity = IdentityService(storage, to.settings.identity)
        for asked, person in first_people(to).items():
            if person.id not in lacking:
                continue
            given = os.environ.get(VARIABLES[asked])
            password = given or secrets.token_urlsafe(12)
            await identity.create_user(person, password, by=operator())
            if not given:
                to.passwords[person.id] = password
            with_phone = f", phone {person.endpoint}" if person.endpoint else ""
            done.append(f"{person.id} ({', '.join(sorted(person.roles))}{with_phone})")
    return done
