"""What others may know of follow-up calls: the switch's records name them by their channel."""

from __future__ import annotations

from typing import Final

FOLLOW_UP_CHANNEL: Final = "fu-"
"""Begins the Uniqueid of a leg that was placed for a follow-up, and so the linkedid of its call."""
