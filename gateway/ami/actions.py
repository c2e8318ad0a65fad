"""The actions that the gateway uses, typed; nothing else can be sent that starts, moves or ends a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from gateway.ami import values
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

Headers = list[tuple[str, str]]


class Action(Protocol):
    """`rings` is true where a phone may ring: such an action is never sent twice."""

    @property
    def name(self) -> str: ...

    @property
    def rings(self) -> bool: ...

    def headers(self, dialplan: Dialplan) -> Headers:
        """The checked headers. Raises `UnsafeValue`."""
        ...


UNTYPED = frozenset(
    {
        "BridgeList",
        "CoreSettings",
        "CoreShowChannels",
        "CoreStatus",
        "DeviceStateList",
        "ListCommands",
        "PJSIPShowContacts",
        "PJSIPShowEndpoints",
        "Ping",
        "QueueAdd",
        "QueuePause",
        "QueueRemove",
        "QueueStatus",
        "QueueSummary",
        "Status",
    }
)
"""Actions that may be sent by name and headers: none takes a pattern, a variable or an application."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An action by its name, for the harmless ones in `UNTYPED`."""

    rings: ClassVar[bool] = False
    name: str
    given: Mapping[str, str] = field(default_factory=dict)

    def headers(self, dialplan: Dialplan) -> Headers:
        if self.name not in UNTYPED:
            raise UnsafeValue("this action has a type of its own or is not allowed")
        checks: dict[str, Callable[[str], str]] = {
            "channel": values.channel,
            "interface": dialplan.phone,
            "queue": values.queue,
            "stateinterface": values.member,
        }
        if any(header.lower() in {"variables", "allvariables"} for header in self.given):
            raise UnsafeValue("variables are read by Getvar only")
        return [(name, checks.get(name.lower(), values.text)(value)) for name, value in self.given.items()]


@dataclass(frozen=True, slots=True)
class QueueAdd:
    name: ClassVar[str] = "QueueAdd"
    rings: ClassVar[bool] = False
    queue: str
    member: str
    member_name: str = ""
    state_interface: str = ""
    penalty: int = 0
    paused: bool = False
    reason: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        headers = [
            ("Queue", values.queue(self.queue)),
            ("Interface", dialplan.phone(self.member)),
            ("Penalty", str(int(self.penalty))),
            ("Paused", _yes(self.paused)),
        ]
        if self.member_name:
            headers.append(("MemberName", values.text(self.member_name)))
        if self.state_interface:
            headers.append(("StateInterface", values.member(self.state_interface)))
        if self.reason and self.paused:
            headers.append(("Reason", values.text(self.reason)))
        return headers


@dataclass(frozen=True, slots=True)
class QueueRemove:
    name: ClassVar[str] = "QueueRemove"
    rings: ClassVar[bool] = False
    queue: str
    member: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Queue", values.queue(self.queue)), ("Interface", values.member(self.member))]


@dataclass(frozen=True, slots=True)
class QueuePause:
    """Pause or unpause a member, in one queue or in all; `reason` is a code word, not free text."""

    name: ClassVar[str] = "QueuePause"
    rings: ClassVar[bool] = False
    member: str
    paused: bool
    queue: str = ""
    reason: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        headers = [("Interface", values.member(self.member)), ("Paused", _yes(self.paused))]
        if self.queue:
            headers.append(("Queue", values.queue(self.queue)))
        if self.reason:
            headers.append(("Reason", values.text(self.reason)))
        return headers


@dataclass(frozen=True, slots=True)
class QueuePenalty:
    """A member with a lower penalty is rung before one with a higher."""

    name: ClassVar[str] = "QueuePenalty"
    rings: ClassVar[bool] = False
    queue: str
    member: str
    penalty: int

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Interface", values.member(self.member)),
            ("Penalty", str(max(0, int(self.penalty)))),
            ("Queue", values.queue(self.queue)),
        ]


@dataclass(frozen=True, slots=True)
class QueuePriority:
    """Put a waiting caller, by the name of his channel, where this level belongs, at once.

    The number is made as in dialplan/reach.conf: level first, then who came earlier (`since`, Unix seconds).
    """

    name: ClassVar[str] = "QueueChangePriorityCaller"
    rings: ClassVar[bool] = False
    queue: str
    channel: str
    level: int
    since: float

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        earlier = 99_999_999 - (int(self.since) - 1_750_000_000) % 100_000_000
        return [
            ("Queue", values.queue(self.queue)),
            ("Caller", values.channel(self.channel)),
            ("Priority", str(_level(self.level) * 100_000_000 + earlier)),
            ("Immediate", "yes"),
        ]


@dataclass(frozen=True, slots=True)
class CallerLevel:
    """The level (0–20) with which a caller enters his next round in the queue."""

    name: ClassVar[str] = "Setvar"
    rings: ClassVar[bool] = False
    channel: str
    level: int

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Variable", "FLOW_PRIORITY"),
            ("Value", str(_level(self.level))),
            ("Channel", values.channel(self.channel)),
        ]


def _level(level: int) -> int:
    return max(0, min(int(level), 20))


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
            *_caller(self.caller_name, self.caller_number),
            *_timeout(self.timeout),
        ]
        headers.extend(_variable(dialplan, name, value) for name, value in self.variables.items())
        return headers


class Supervision(StrEnum):
    """ChanSpy's options: hear only; hear and speak to the agent; join the call."""

    LISTEN = "qE"
    WHISPER = "qwE"
    BARGE = "qBE"


@dataclass(frozen=True, slots=True)
class Supervise:
    """Ring a supervisor's `phone` and join it to the agent's `channel`."""

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = True
    phone: str
    channel: str
    mode: Supervision = Supervision.LISTEN
    timeout: float = 30.0

    def headers(self, dialplan: Dialplan) -> Headers:
        return [
            ("Channel", dialplan.phone(self.phone)),
            ("Application", "ChanSpy"),
            ("Data", f"{values.channel(self.channel)},{self.mode.value}"),
            *_timeout(self.timeout),
        ]


@dataclass(frozen=True, slots=True)
class TapLeg:
    """Copy what one channel says to an AudioSocket server (8 kHz s16le); rings nobody.

    `stream` is the UUID that the server sees; the tap's own channel gets `tap-<uuid>` as its uniqueid
    and no CDR.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    channel: str
    server: str
    stream: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        stream = values.stream_id(self.stream)
        return [
            ("Channel", f"AudioSocket/{values.host_port(self.server)}/{stream}/c(slin)"),
            ("Application", "ChanSpy"),
            ("Data", f"{values.channel(self.channel)},qoSE"),
            ("ChannelId", f"tap-{stream}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *_timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class MuteRecording:
    """Keep both directions of one channel out of its recording, or let them in again. The talk goes on."""

    name: ClassVar[str] = "MixMonitorMute"
    rings: ClassVar[bool] = False
    channel: str
    muted: bool

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Channel", values.channel(self.channel)),
            ("Direction", "both"),
            ("State", "1" if self.muted else "0"),
        ]


@dataclass(frozen=True, slots=True)
class MarkRecording:
    """Have Asterisk itself write into its ledger that a recording was paused or goes on; rings nobody.

    The line is written by a channel of nobody (`tap-mark-…`) in `[recording-mark]` and names the channel that
    it is about.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    paused: bool
    uniqueid: str
    linkedid: str
    reason: str
    by: str
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        own = f"tap-mark-{values.stream_id(self.mark)}"
        about = [values.channel_id(self.uniqueid), values.channel_id(self.linkedid)]
        said = "/".join([*about, values.word(self.reason), values.word(self.by)])
        return [
            ("Channel", f"Local/{'paused' if self.paused else 'resumed'}@recording-mark/n"),
            ("Context", "recording-mark"),
            ("Exten", "done"),
            ("Priority", "1"),
            ("ChannelId", own),
            ("OtherChannelId", f"{own}-2"),
            ("Variable", f"__RECORDING_MARK={said}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *_timeout(5.0),
        ]


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
class _Transfer:
    rings: ClassVar[bool] = True
    channel: str
    context: str
    extension: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [
            ("Channel", values.channel(self.channel)),
            ("Context", dialplan.context(self.context)),
            ("Exten", values.extension(self.extension)),
        ]


class BlindTransfer(_Transfer):
    """The other party of `channel` goes to the extension at once."""

    __slots__ = ()
    name: ClassVar[str] = "BlindTransfer"


class Atxfer(_Transfer):
    """`channel` begins an attended transfer: it consults the extension first."""

    __slots__ = ()
    name: ClassVar[str] = "Atxfer"


@dataclass(frozen=True, slots=True)
class CancelAtxfer:
    name: ClassVar[str] = "CancelAtxfer"
    rings: ClassVar[bool] = False
    channel: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", values.channel(self.channel))]


@dataclass(frozen=True, slots=True)
class Hangup:
    """End exactly one channel; `cause` is a Q.850 code."""

    name: ClassVar[str] = "Hangup"
    rings: ClassVar[bool] = False
    channel: str
    cause: int = 16

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", values.channel(self.channel)), ("Cause", str(int(self.cause)))]


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
        return headers + _on_channel(self.channel)


@dataclass(frozen=True, slots=True)
class Getvar:
    """Read a variable of the closed set; the answer has it in `Value`."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    variable: str
    channel: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        return [("Variable", dialplan.variable(self.variable)), *_on_channel(self.channel)]


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Read a device's state (`NOT_INUSE`, `INUSE`, `UNAVAILABLE` …) without the `system` right."""

    name: ClassVar[str] = "Getvar"
    rings: ClassVar[bool] = False
    device: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [("Variable", f"DEVICE_STATE({dialplan.phone(self.device)})")]


def _yes(flag: bool) -> str:
    return "true" if flag else "false"


def _timeout(seconds: float) -> Headers:
    if not 1.0 <= seconds <= 300.0:
        raise UnsafeValue("an Originate rings for 1 to 300 seconds")
    return [("Timeout", str(round(seconds * 1000)))]


def _caller(name: str, number: str) -> Headers:
    if not number:
        return []
    number = values.number(number)
    return [("CallerID", f'"{values.text(name)}" <{number}>' if name else number)]


def _variable(dialplan: Dialplan, name: str, value: str) -> tuple[str, str]:
    return ("Variable", f"{dialplan.variable(name)}={values.text(value)}")


def _on_channel(name: str) -> Headers:
    return [("Channel", values.channel(name))] if name else []
