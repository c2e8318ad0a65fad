"""What a network can carry for us, in words that a dispatcher is shown; what it cannot is not tried."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Can(StrEnum):
    """One thing that some networks can do. `docs/radio.md` has the table of all drivers."""

    SPEAK = "speak"
    """Our sound is heard there."""
    HEAR = "hear"
    """Its sound is heard here."""
    TALKER = "talker"
    """It names who talks."""
    PRESENCE = "presence"
    """It says who is there."""
    GRANT = "grant"
    """It grants or denies each talk; before that nothing is heard."""
    QUEUE = "queue"
    """It keeps whoever wants to talk in a queue."""
    PRIORITY = "priority"
    PRE_EMPT = "pre_empt"
    """A higher priority takes the talk from a lower one."""
    NOTICE = "notice"
    """A short tone of ours may be put on the air while nobody talks: it needs no call to be set up, and ends
    at once for whoever of ours asks.
    """
    JOB = "job"
    """A case as a job, with its steps back."""
    TEXT = "text"
    TEXT_REPORT = "text_report"
    """It says when a text was delivered."""
    TEXT_DISPLAYED = "text_displayed"
    """It says when a text was read, or shown."""
    STATUS = "status"
    LOCATION = "location"
    EMERGENCY_ALARM = "emergency_alarm"
    EMERGENCY_CALL = "emergency_call"
    GROUPS = "groups"
    """Units choose their talkgroups by it."""


@dataclass(frozen=True, slots=True)
class Caps:
    can: frozenset[Can]

    @property
    def lacks(self) -> frozenset[Can]:
        """What a dispatcher cannot expect of this network."""
        return frozenset(Can) - self.can
