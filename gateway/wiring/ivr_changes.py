"""Flows and prompts changed at run time: their versions in the database, their files, the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.actor import Actor
from core.storage import Storage
from gateway.settings import Settings
from identity.room import IdentityRoom
from identity.service import IdentityService
from ivr.http import router
from ivr.room import IvrRoom
from ivr.upload.convert import Converter
from ivr.versions.part import ChangesPart, versions_of


class FlowAudit:
    """Fills `ivr.versions.ports.Audit`."""

    def __init__(self, identity: IdentityService) -> None:
        self._identity = identity

    async def record(self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        await self._identity.record(actor, action, subject, dict(detail))


def flow_changes(settings: Settings, room: IvrRoom, storage: Storage, people: IdentityRoom) -> ChangesPart:
    versions = versions_of(settings.ivr, room.flows, storage, FlowAudit(people.service))
    return ChangesPart(versions, [router(versions, Converter(), people.current_user)])
