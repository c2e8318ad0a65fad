"""What the desk's phones refuse."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict


class PhoneElsewhere(Conflict):
    """`since` is when the other page took the phone, where that is known."""

    kind: ClassVar[str] = "phone-elsewhere"
    title: ClassVar[str] = "Your phone is at another place"


class PhoneNotYours(Conflict):
    """Another page has taken the phone meanwhile."""

    kind: ClassVar[str] = "phone-taken"
    title: ClassVar[str] = "Another page has your phone now"
