"""The guard of the SIP door, from the settings; the command line and the service make it alike."""

from __future__ import annotations

from core.audit import Audit
from core.clock import SystemClock
from gateway.ami.client import AmiClient
from gateway.asterisk.settings import AsteriskSettings
from gateway.sip_guard.acl import SwitchList
from gateway.sip_guard.attempts import SipAuthAttempt
from gateway.sip_guard.blocking import Blocking
from gateway.sip_guard.protected import Protected
from gateway.sip_guard.service import SipGuard
from gateway.sip_guard.store import BlockFile
from identity.guessing.service import Attacks


def blocking(switch: AsteriskSettings, audit: Audit) -> Blocking:
    """The list, which any process of this machine may change."""
    file = BlockFile(switch.blocked_file.with_suffix(".jsonl"))
    return Blocking(switch.guard, file, Protected(switch), audit, SystemClock())


def sip_guard(switch: AsteriskSettings, client: AmiClient, audit: Audit, attacks: Attacks) -> SipGuard:
    """Attacks on the switch are shown and taken over as those on the sign-in of people are."""

    def alert(attempt: SipAuthAttempt, *, enough: bool) -> None:
        attacks.elsewhere(f"{attempt.door}:{attempt.account}", attempt.address, attack=enough)

    console = switch.directories.run / "asterisk.ctl"
    return SipGuard(
        switch.guard,
        client,
        blocking(switch, audit),
        SwitchList(switch.blocked_file, console),
        Protected(switch),
        alert=alert,
    )
