"""What a reader of our e-mails may be told."""

from __future__ import annotations

from typing import ClassVar

from core.errors import NotFound


class NoSuchMailKey(NotFound):
    """The link is not one of ours, or not the whole of it."""

    kind: ClassVar[str] = "no-such-mail-key"
    title: ClassVar[str] = "This link is not known"
