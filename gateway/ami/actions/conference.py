"""Talkgroups' conferences: who is heard in them, who is sent out, and their leg to the role `radio`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan

TO: Final = "to*"
"""Before the conference in an extension that only a channel which was answered comes to:
dialplan/talkgroup.conf.
"""


@dataclass(frozen=True, slots=True)
class ConferenceMute:
    """Nobody in the conference hears what this channel says, or everybody hears it again."""

    rings: ClassVar[bool] = False
    conference: str
    channel: str
    muted: bool

    @property
    def name(self) -> str:
        return "ConfbridgeMute" if self.muted else "ConfbridgeUnmute"

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Conference", values.extension(self.conference)),
            ("Channel", values.channel(self.channel)),
        ]


@dataclass(frozen=True, slots=True)
class ConferenceKick:
    """Send one channel out of its conference; it goes on in the dialplan."""

    name: ClassVar[str] = "ConfbridgeKick"
    rings: ClassVar[bool] = False
    conference: str
    channel: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Conference", values.extension(self.conference)),
            ("Channel", values.channel(self.channel)),
        ]


@dataclass(frozen=True, slots=True)
class SoundTone:
    """Play a tone into one channel's ear alone, wherever it is: a channel of nobody whispers it; rings
    nobody. `mark` is a UUID of its own.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    channel: str
    context: str
    tone: str
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        own = f"tap-tone-{values.stream_id(self.mark)}"
        context = dialplan.context(self.context)
        return [
            ("Channel", f"Local/{values.extension(self.tone)}@{context}/n"),
            ("Application", "ChanSpy"),
            ("Data", f"{values.channel(self.channel)},qWSE"),
            ("ChannelId", own),
            ("OtherChannelId", f"{own}-2"),
            ("Variable", f"__TONE_OF={values.channel(self.channel)}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class ConferenceTone:
    """Play a tone into a conference: a channel of nobody with one end in it, by `context`, whose other end
    plays `tone` of the context `tones`, and which is over then; rings nobody. `mark` is a UUID of its own.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    conference: str
    context: str
    tones: str
    tone: str
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        own = f"tap-tone-{values.stream_id(self.mark)}"
        return [
            ("Channel", f"Local/{values.extension(self.conference)}@{dialplan.context(self.context)}/n"),
            ("Context", dialplan.context(self.tones)),
            ("Exten", values.extension(self.tone)),
            ("Priority", "1"),
            ("ChannelId", own),
            ("OtherChannelId", f"{own}-2"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class PatchLegs:
    """Join the conferences of two talkgroups by a channel of nobody with one end in each; rings nobody.

    `one` and `two` are talkgroups, `conferences` theirs; `contexts` lead one end each into its conference.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    one: str
    two: str
    conferences: tuple[str, str]
    contexts: tuple[str, str]
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        own = f"tap-patch-{values.stream_id(self.mark)}"
        first, second = (values.extension(one) for one in self.conferences)
        return [
            ("Channel", f"Local/{first}@{dialplan.context(self.contexts[0])}/n"),
            ("Context", dialplan.context(self.contexts[1])),
            ("Exten", second),
            ("Priority", "1"),
            ("ChannelId", own),
            ("OtherChannelId", f"{own}-2"),
            ("Variable", f"__PATCH_ONE={values.word(self.one)}"),
            ("Variable", f"__PATCH_TWO={values.word(self.two)}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class RadioLeg:
    """Have the switch bring a conference's sound to the role `radio` (AudioSocket, 8 kHz s16le); rings
    nobody.

    Its channel is nobody's leg: `tap-<uuid>` is its uniqueid, and it has no CDR.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    server: str
    stream: str
    context: str
    conference: str

    def headers(self, dialplan: Dialplan) -> Headers:
        stream = values.stream_id(self.stream)
        return [
            ("Channel", f"AudioSocket/{values.host_port(self.server)}/{stream}/c(slin)"),
            ("Context", dialplan.context(self.context)),
            ("Exten", f"{TO}{values.extension(self.conference)}"),
            ("Priority", "1"),
            ("ChannelId", f"tap-{stream}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class RecorderLeg:
    """Let a channel of nobody hear a conference and record it; rings nobody. `contexts` lead one end into the
    conference and let the other one wait.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    conference: str
    contexts: tuple[str, str]
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        own = f"tap-rec-{values.stream_id(self.mark)}"
        conference = values.extension(self.conference)
        return [
            ("Channel", f"Local/{conference}@{dialplan.context(self.contexts[0])}/n"),
            ("Context", dialplan.context(self.contexts[1])),
            ("Exten", f"{TO}{conference}"),
            ("Priority", "1"),
            ("ChannelId", own),
            ("OtherChannelId", f"{own}-2"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(5.0),
        ]
