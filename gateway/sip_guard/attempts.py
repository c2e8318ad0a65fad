"""Decodes the switch's security events (AMI class `security`) into attempts. Pure; takes any text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

FAILED: Final = frozenset(
    {"ChallengeResponseFailed", "InvalidPassword", "InvalidAccountID", "InvalidTransport"}
)
SIGNED_IN: Final = "SuccessfulAuth"
EVENTS: Final = FAILED | {SIGNED_IN}
SERVICES: Final = {"PJSIP": "sip", "AMI": "ami"}
MOST_ACCOUNT: Final = 64


class SwitchEvent(Protocol):
    """An AMI event, as the reader gives it."""

    @property
    def name(self) -> str:
        """The value of the header `Event`."""
        ...

    def getlist(self, name: str) -> list[str]:
        """All values of a header that may stand there several times."""
        ...


@dataclass(frozen=True, slots=True)
class SipAuthAttempt:
    """A SIP authentication that succeeded or failed. `address` as the switch writes it."""

    door: Literal["sip", "ami"]
    address: str
    account: str
    good: bool


def attempt_of(event: SwitchEvent) -> SipAuthAttempt | None:
    """None for an event that says nothing of this, or names more than one address: AccountID, SessionID and
    Response are texts of the other side, the address is not.
    """
    services, addresses = event.getlist("Service"), event.getlist("RemoteAddress")
    if event.name not in EVENTS or len(services) != 1 or len(addresses) != 1:
        return None
    parts = addresses[0].split("/")
    door = SERVICES.get(services[0])
    if door is None or len(parts) != len(("IPV4", "UDP", "192.0.2.1", "5060")):
        return None
    account = next(iter(event.getlist("AccountID")), "")[:MOST_ACCOUNT]
    return SipAuthAttempt("sip" if door == "sip" else "ami", parts[2], account, event.name == SIGNED_IN)
