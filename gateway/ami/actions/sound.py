"""Actions on a leg's sound: taps, recording, muting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan


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
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class EndTap:
    """End the tap of this UUID; the leg that it heard goes on. A channel is found by its uniqueid, too."""

    name: ClassVar[str] = "Hangup"
    rings: ClassVar[bool] = False
    stream: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", f"tap-{values.stream_id(self.stream)}"), ("Cause", "16")]


MUTED: Final = "CONTROL_MUTED"
"""The mark of mute on a leg: the switch can be told to mute, and not be asked whether it does."""


@dataclass(frozen=True, slots=True)
class MuteLeg:
    """Mute or unmute what this channel says, and mark the channel with it.

    Mute and mark are set by one action: whatever ends when, none is there without the other.
    """

    name: ClassVar[str] = "Setvar"
    rings: ClassVar[bool] = False
    channel: str
    muted: bool

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Variable", f"ARRAY({MUTED},MUTEAUDIO(in))"),
            ("Value", "yes,on" if self.muted else "no,off"),
            ("Channel", values.channel(self.channel)),
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
            *parts.timeout(5.0),
        ]
