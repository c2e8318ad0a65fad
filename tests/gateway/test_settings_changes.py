"""The audit trail names the sections of the settings that another start has found changed."""

from __future__ import annotations

from core.storage import Storage
from gateway.settings import Settings
from gateway.wiring.settings_changes import SettingsChanges
from identity.service import IdentityService


async def test_a_changed_section_is_named_once(storage: Storage) -> None:
    identity = IdentityService(storage, Settings().identity)
    for text in ({}, {}, {"web": {"port": 8081}}, {"web": {"port": 8081}}):
        await SettingsChanges(Settings.model_validate(text), storage, identity).note()
    rows = await identity.audit_of("settings")
    assert [(row["actor"], row["action"]) for row in rows] == [("system:centre", "settings-changed")] * 2
    assert rows[0]["detail"]["changed"] == ["web"]
    assert "web" in rows[1]["detail"]["changed"]


async def test_no_secret_is_in_a_digest(storage: Storage) -> None:
    identity = IdentityService(storage, Settings().identity)
    account = {"mqtt": {"accounts": {"centre": {"user": "c", "password": "first-of-both-secrets"}}}}
    await SettingsChanges(Settings.model_validate(account), storage, identity).note()
    account["mqtt"]["accounts"]["centre"]["password"] = "second-of-both-secrets"  # of a test
    await SettingsChanges(Settings.model_validate(account), storage, identity).note()
    assert len(await identity.audit_of("settings")) == 1
