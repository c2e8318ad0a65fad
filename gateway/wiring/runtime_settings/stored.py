"""A setting's value for a command: as people have changed it, else as the settings file has it."""

from __future__ import annotations

from typing import Any

from core.storage import Storage
from gateway.settings import Settings
from gateway.wiring.runtime_settings.registry import runtime_settings_of
from identity.service import IdentityService
from runtime_settings.service import RuntimeSettings


async def stored_value(settings: Settings, storage: Storage, name: str) -> Any:
    """Raises `NoSuchSetting`, `StorageAway`."""
    audit = IdentityService(storage, settings.identity).audit
    held = RuntimeSettings(runtime_settings_of(settings, storage), storage, audit, None, here=False)
    return (await held.state(name)).version.value
