"""Passwords of browsers' telephones, from the settings; None where the settings leave them as they are."""

from __future__ import annotations

from collections.abc import Collection

from core.clock import SystemClock
from gateway.asterisk.included import IncludedFile
from gateway.asterisk.settings import AsteriskSettings
from gateway.phone_passwords.model import HEAD
from gateway.phone_passwords.service import RELOAD, SessionPasswords
from identity.service import IdentityService
from identity.settings import IdentitySettings


def session_passwords(
    switch: AsteriskSettings, identity: IdentityService, settings: IdentitySettings
) -> SessionPasswords | None:
    if not switch.session_passwords:
        return None

    async def live(sessions: Collection[str]) -> Collection[str]:
        return set(await identity.live_sessions(sessions))

    secrets = {one.name: one.secret.get_secret_value() for one in switch.agents if one.browser}
    console = switch.directories.run / "asterisk.ctl"
    file = IncludedFile(switch.passwords_file, console, reload=RELOAD, empty=HEAD)
    return SessionPasswords(secrets, file, live, SystemClock(), unclaimed_s=settings.session_longest_s)
