"""What a channel raises when a notice cannot be sent."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Invalid, Unavailable


class NoticeUnsent(Unavailable):
    """The peer did not take it now; the notice is tried again."""

    kind: ClassVar[str] = "notice-unsent"
    title: ClassVar[str] = "The notice could not be sent now"


class VoiceUnrecognised(Unavailable):
    """No recogniser is at hand, or it heard no words."""

    kind: ClassVar[str] = "voice-unrecognised"
    title: ClassVar[str] = "The voice message could not be recognised"


class NoticeRefused(Invalid):
    """The peer refuses it for good: the address is unknown or has opted out."""

    kind: ClassVar[str] = "notice-refused"
    title: ClassVar[str] = "The notice cannot be sent to this address"
