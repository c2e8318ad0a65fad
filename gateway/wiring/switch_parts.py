"""The parts that look after the switch itself: its trunks, its SIP door, the passwords of its telephones."""

from __future__ import annotations

from collections.abc import Sequence

from core.room import ServicePart
from gateway.ami.client import AmiClient
from gateway.asterisk.settings import AsteriskSettings
from gateway.wiring.phone_passwords import session_passwords
from gateway.wiring.sip_guard import sip_guard
from gateway.wiring.trunks import Trunks
from identity.room import IdentityRoom
from identity.settings import IdentitySettings


class SwitchParts:
    """`phone_passwords` is None where browsers' telephones keep the passwords of the settings."""

    def __init__(
        self, switch: AsteriskSettings, client: AmiClient, people: IdentityRoom, settings: IdentitySettings
    ) -> None:
        self._trunks = Trunks(client, switch.trunks)
        self._guard = sip_guard(switch, client, people.service.audit, people.attacks)
        self.phone_passwords = session_passwords(switch, people.service, settings)

    @property
    def parts(self) -> Sequence[ServicePart]:
        passwords = () if self.phone_passwords is None else (self.phone_passwords,)
        return (self._trunks, self._guard, *passwords)
