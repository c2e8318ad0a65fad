"""Actions on conferences: mute, kick, lock, and their legs of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan

TO: Final = "to*"
"""Before the conference in an extension that only a channel of ours comes to, never the one that Asterisk
makes when nobody answered: dialplan/talkgroup.conf.
"""


@dataclass(frozen=True, slots=True)
class ConferenceMute:
    """Mute or unmute a channel in its conference."""

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
class ConferenceLock:
    """Let nobody else into a conference, or let them in again."""

    rings: ClassVar[bool] = False
    conference: str
    locked: bool

    @property
    def name(self) -> str:
        return "ConfbridgeLock" if self.locked else "ConfbridgeUnlock"

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Conference", values.extension(self.conference))]


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
        listener = values.channel(self.channel)
        return [
            parts.local(dialplan, self.tone, self.context),
            ("Application", "ChanSpy"),
            ("Data", f"{listener},qWSE"),
            ("Variable", f"__TONE_OF={listener}"),
            *parts.of_nobody(own),
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
        return [
            parts.local(dialplan, f"{TO}{values.extension(self.conference)}", self.context),
            *parts.into(dialplan, self.tones, self.tone),
            *parts.of_nobody(f"tap-tone-{values.stream_id(self.mark)}"),
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
        first, second = self.conferences
        return [
            parts.local(dialplan, first, self.contexts[0]),
            *parts.into(dialplan, self.contexts[1], f"{TO}{values.extension(second)}"),
            ("Variable", f"__PATCH_ONE={values.word(self.one)}"),
            ("Variable", f"__PATCH_TWO={values.word(self.two)}"),
            *parts.of_nobody(f"tap-patch-{values.stream_id(self.mark)}"),
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
            *parts.into(dialplan, self.context, f"{TO}{values.extension(self.conference)}"),
            *parts.of_nobody(f"tap-{stream}", halves=False),
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
        return [
            parts.local(dialplan, self.conference, self.contexts[0]),
            *parts.into(dialplan, self.contexts[1], f"{TO}{values.extension(self.conference)}"),
            *parts.of_nobody(f"tap-rec-{values.stream_id(self.mark)}"),
        ]


@dataclass(frozen=True, slots=True)
class GroupLeg:
    """Let a talkgroup take part in a conference by a channel of nobody with one end in each; rings nobody.

    `group` is the talkgroup's conference, `contexts` lead to it and to `conference`; the uniqueid of the end
    in `conference` is `tap-ic-<mark>`.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = False
    group: str
    conference: str
    contexts: tuple[str, str]
    mark: str

    def headers(self, dialplan: Dialplan) -> Headers:
        return [
            parts.local(dialplan, self.group, self.contexts[0]),
            *parts.into(dialplan, self.contexts[1], f"{TO}{values.extension(self.conference)}"),
            *parts.of_nobody(f"tap-ic-{values.stream_id(self.mark)}"),
        ]
