"""Actions that read and set variables and device states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan


@dataclass(frozen=True, slots=True)
class Setvar:
    """Set a variable of the closed set on `channel`, or globally without one."""

    name: ClassVar[str] = "Setvar"
    rings: ClassVar[bool] = False
    variable: str
    value: str
    channel: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        headers = [("Variable", dialplan.variable(self.variable)), ("Value", values.text(self.value))]
        return headers + parts.on_channel(self.channel)


@dataclass(frozen=True, slots=True)
class Getvar:
    """Read a variable of the closed set; the answer has it in `Value`."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    variable: str
    channel: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        return [("Variable", dialplan.variable(self.variable)), *parts.on_channel(self.channel)]


@dataclass(frozen=True, slots=True)
class PacketsReceived:
    """Read how many RTP packets a leg has sent to the switch so far."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    channel: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Variable", "CHANNEL(rtcp,rxcount)"), *parts.on_channel(self.channel)]


@dataclass(frozen=True, slots=True)
class PhoneContact:
    """Read where a telephone is registered; empty when it is nowhere."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    device: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [("Variable", f"PJSIP_AOR({dialplan.phone(self.device).partition('/')[2]},contact)")]


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Read a device's state (`NOT_INUSE`, `INUSE`, `UNAVAILABLE` …) without the `system` right."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    device: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [("Variable", f"DEVICE_STATE({dialplan.phone(self.device)})")]
