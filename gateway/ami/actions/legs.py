"""Placing, moving and ending legs; keys that a party hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan


@dataclass(frozen=True, slots=True)
class Originate:
    """Ring `phone`; when it answers, it goes to `context`/`extension`. Always asynchronous.

    `timeout` is in seconds. `variables` are set on the new channel before it is dialled.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = True
    phone: str
    context: str
    extension: str
    caller_number: str = ""
    caller_name: str = ""
    timeout: float = 30.0
    variables: Mapping[str, str] = field(default_factory=dict)

    def headers(self, dialplan: Dialplan) -> Headers:
        headers = [
            ("Channel", dialplan.phone(self.phone)),
            ("Context", dialplan.context(self.context)),
            ("Exten", values.extension(self.extension)),
            ("Priority", "1"),
            *parts.caller(self.caller_name, self.caller_number),
            *parts.timeout(self.timeout),
        ]
        headers.extend(parts.variable(dialplan, name, value) for name, value in self.variables.items())
        return headers


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send one channel, and with `other` a second one at the same moment, to an extension.

    The second goes to the same place unless it is given one of its own.
    """

    name: ClassVar[str] = "Redirect"
    rings: ClassVar[bool] = True
    channel: str
    context: str
    extension: str
    other: str = ""
    other_context: str = ""
    other_extension: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        headers = [
            ("Channel", values.channel(self.channel)),
            ("Context", dialplan.context(self.context)),
            ("Exten", values.extension(self.extension)),
            ("Priority", "1"),
        ]
        if self.other:
            headers += [
                ("ExtraChannel", values.channel(self.other)),
                ("ExtraContext", dialplan.context(self.other_context or self.context)),
                ("ExtraExten", values.extension(self.other_extension or self.extension)),
                ("ExtraPriority", "1"),
            ]
        return headers


@dataclass(frozen=True, slots=True)
class HangupChannel:
    """End exactly one channel; `cause` is a Q.850 code."""

    name: ClassVar[str] = "Hangup"
    rings: ClassVar[bool] = False
    channel: str
    cause: int = 16

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", values.channel(self.channel)), ("Cause", str(int(self.cause)))]


@dataclass(frozen=True, slots=True)
class SendPlaced:
    """Send a call that the gateway placed, by the channel id that it gave it, to an extension: Asterisk finds
    a channel by its uniqueid, too.
    """

    name: ClassVar[str] = "Redirect"
    rings: ClassVar[bool] = True
    channel_id: str
    context: str
    extension: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [
            ("Channel", values.placed_id(self.channel_id)),
            ("Context", dialplan.context(self.context)),
            ("Exten", values.extension(self.extension)),
            ("Priority", "1"),
        ]


@dataclass(frozen=True, slots=True)
class MarkPlaced:
    """Set a variable of the closed set on a call that the gateway placed, by the channel id that it gave
    it.
    """

    name: ClassVar[str] = "Setvar"
    rings: ClassVar[bool] = False
    channel_id: str
    variable: str
    value: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [
            ("Variable", dialplan.variable(self.variable)),
            ("Value", values.text(self.value)),
            ("Channel", values.placed_id(self.channel_id)),
        ]


@dataclass(frozen=True, slots=True)
class EndPlaced:
    """End a call that the gateway placed, by the channel id that it gave it."""

    name: ClassVar[str] = "Hangup"
    rings: ClassVar[bool] = False
    channel_id: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", values.placed_id(self.channel_id)), ("Cause", "16")]


@dataclass(frozen=True, slots=True)
class PlayDtmf:
    """Send one key to the far end of `channel`, for `seconds`."""

    name: ClassVar[str] = "PlayDTMF"
    rings: ClassVar[bool] = False
    channel: str
    digit: str
    seconds: float = 0.1

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        if len(self.digit) != 1 or self.digit not in "0123456789*#ABCD":
            raise UnsafeValue("not a key of a telephone")
        return [
            ("Channel", values.channel(self.channel)),
            ("Digit", self.digit),
            ("Duration", str(round(self.seconds * 1000))),
        ]
