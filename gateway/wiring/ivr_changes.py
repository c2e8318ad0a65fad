"""Flows and prompts changed at run time: their versions in the database, their files, the audit trail."""

from __future__ import annotations

from core.storage import Storage
from gateway.settings import Settings
from identity.room import IdentityRoom
from ivr.http import router
from ivr.room import IvrRoom
from ivr.upload.convert import Converter
from ivr.versions.part import ChangesPart, versions_of


def flow_changes(settings: Settings, room: IvrRoom, storage: Storage, people: IdentityRoom) -> ChangesPart:
    versions = versions_of(settings.ivr, room.flows, storage, people.service.audit)
    return ChangesPart(versions, [router(versions, Converter(), people.current_user)])
